"""The house as its deployments run it: server, worker and twins, each a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
from tests.world.ports import free_port

from xiaodian import wiring
from xiaodian.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from xiaodian.infra.jobs import Runtime

_READY_S = 90.0
_STOP_S = 15.0


class Processes:
    """Processes on a migrated database. Stop them when done."""

    def __init__(self, home: Path, database_url: str) -> None:
        ports = [free_port() for _ in range(3)]
        self.url = f"http://127.0.0.1:{ports[0]}"
        self.twins_url = f"http://127.0.0.1:{ports[1]}"
        self._home = home
        self._environment = {
            "XIAODIAN_HOME": str(home),
            "XIAODIAN_DATABASE_URL": database_url,
            "XIAODIAN_SANDBOX": "1",
            "XIAODIAN_PORT": str(ports[0]),
            "XIAODIAN_PUBLIC_URL": self.url,
            "XIAODIAN_TWINS_URL": self.twins_url,
            "XIAODIAN_SMTP_HOST": "127.0.0.1",
            "XIAODIAN_SMTP_PORT": str(ports[2]),
            "XIAODIAN_LOG_LEVEL": "warning",
            "XIAODIAN_LOG_JSON": "0",
        }
        self.settings = wiring.complete(Settings.from_environment(self._environment))
        self._children: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start all, and wait until pages are answered and the twins listen."""
        for name in ("twins", "work", "serve"):
            with (self._home / f"{name}.log").open("wb") as said:
                self._children.append(
                    subprocess.Popen(
                        [sys.executable, "-m", "xiaodian", name],
                        env=os.environ | self._environment,
                        stdout=said,
                        stderr=subprocess.STDOUT,
                        start_new_session=True,
                    )
                )
        deadline = time.monotonic() + _READY_S
        for door in (f"{self.url}/healthz", f"{self.twins_url}/carriers/"):
            while not _answers(door):
                assert all(child.poll() is None for child in self._children), self.said()
                assert time.monotonic() < deadline, f"{door} is silent\n{self.said()}"
                time.sleep(0.2)

    def said(self) -> str:
        """Answer what the processes wrote: warnings and worse."""
        return "\n".join(path.read_text("utf-8") for path in sorted(self._home.glob("*.log")))

    async def runtime(self) -> Runtime:
        """Open a runtime beside the processes, for what no page shows."""
        return await wiring.open_runtime(self.settings, self.settings.database_url)

    def stop(self) -> None:
        """Stop all."""
        for child in self._children:
            child.terminate()
        for child in self._children:
            try:
                child.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.HTTPError:
        return False
