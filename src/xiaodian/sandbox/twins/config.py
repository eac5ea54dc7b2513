"""What the twins are told at their start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from xiaodian.infra.addresses import is_loopback

if TYPE_CHECKING:
    from pathlib import Path

    from xiaodian.sandbox.keys import SandboxKeys

__all__ = ["OpenSandbox", "ScanStep", "TwinsConfig"]

_NOTIFY_DELAYS_S = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0, *[60.0] * 9)


class OpenSandbox(ValueError):  # noqa: N818 - named after what it would have been
    """The sandbox would listen beyond this machine without a key."""


@dataclass(frozen=True, slots=True)
class ScanStep:
    """One step of a parcel that travels by itself: its next scan, so long after the last."""

    state: str
    after_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinsConfig:
    """One set of twins. Times are seconds of wall time; raises ``OpenSandbox``.

    The provider's own retry schedule (15 s to 6 h over a day) is compressed, so that a person
    who plays with faults does not wait.
    """

    folder: Path
    """Where the journals are."""
    keys: SandboxKeys
    product_url: str
    """Where the product answers: carriers push there, and the payment page returns there."""
    host: str = "127.0.0.1"
    port: int
    smtp_port: int
    public_url: str = ""
    """Where browsers reach the twins. When empty, ``http://host:port``; a host that means every
    address of the machine is replaced by the one at which the product is reached."""
    sandbox_key: str = ""
    notify_delays_s: tuple[float, ...] = _NOTIFY_DELAYS_S
    """How long to wait before each attempt at a notification; there are no more than these."""
    notify_answer_s: float = 5.0
    settle_s: float = 1.0
    """How long a refund or a transfer is on its way."""
    scan_plan: tuple[ScanStep, ...] = ()
    """How parcels travel by themselves; empty means that each scan is ordered."""

    def __post_init__(self) -> None:
        if not is_loopback(self.host) and not self.sandbox_key:
            msg = f"the sandbox listens on {self.host} only with XIAODIAN_SANDBOX_KEY"
            raise OpenSandbox(msg)

    @property
    def address(self) -> str:
        """Answer where browsers reach the twins, without a slash at the end."""
        if self.public_url:
            return self.public_url.rstrip("/")
        everywhere = self.host in ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
        host = (urlsplit(self.product_url).hostname or "127.0.0.1") if everywhere else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"
