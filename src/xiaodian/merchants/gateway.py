"""Asking the outside whether papers are true: identity, face, licence, bank, certificate, accounts.

Each question is answered APPROVED, REJECTED or UNCLEAR; no answer is an ``Outage`` and is asked
again. What is unclear goes to a person, so the ``Null`` that stands in for a missing provider
calls everything unclear and approves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from xiaodian.kernel.errors import Outage
from xiaodian.merchants.states import CheckOutcome

__all__ = [
    "AccountProvider",
    "BankProvider",
    "CaProvider",
    "CheckAnswer",
    "FaceProvider",
    "IdentityProvider",
    "LicenceProvider",
    "NullProviders",
    "RealNameProvider",
    "SandboxProviders",
    "providers",
]


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """What a provider said; the sentence is for the applicant and the reviewer."""

    outcome: CheckOutcome
    sentence: str = ""


class AccountProvider(Protocol):
    """Knows the accounts of the market's own system (WeChat id, Channels account)."""

    async def check_account(self, *, surface: str, identifier: str) -> CheckAnswer:
        """Ask whether the account exists and the applicant has confirmed the binding there."""
        ...


class IdentityProvider(Protocol):
    """Knows identity cards."""

    async def check_identity(self, *, name: str, number: str) -> CheckAnswer:
        """Ask whether name and number belong together."""
        ...


class RealNameProvider(Protocol):
    """Knows under whose name an account of the market is verified."""

    async def check_real_name(self, *, identifier: str, name: str, number: str) -> CheckAnswer:
        """Ask whether the account is real-name verified for this person."""
        ...


class FaceProvider(Protocol):
    """Compares a live face with the identity card."""

    async def check_face(self, *, name: str, number: str, picture: bytes) -> CheckAnswer:
        """Ask whether the picture shows this person, alive."""
        ...


class CaProvider(Protocol):
    """Knows digital certificates."""

    async def check_certificate(self, *, name: str, number: str) -> CheckAnswer:
        """Ask whether the certificate with this serial is in force for this holder."""
        ...


class LicenceProvider(Protocol):
    """Knows the register of enterprises."""

    async def check_licence(self, *, name: str, number: str) -> CheckAnswer:
        """Ask whether the enterprise with this unified social credit code is in business."""
        ...


class BankProvider(Protocol):
    """Knows bank accounts and opening permits."""

    async def check_bank_account(self, *, name: str, bank: str, number: str) -> CheckAnswer:
        """Ask whether the account exists and belongs to this holder."""
        ...


_APPROVED = CheckAnswer(CheckOutcome.APPROVED)
_SIGNS = {"901": CheckOutcome.REJECTED, "902": CheckOutcome.UNCLEAR, "903": CheckOutcome.DOWN}


class SandboxProviders:
    """All of them in one twin. The three characters before the last one of a number decide.

    ``901`` is rejected, ``902`` unclear, ``903`` down; anything else is approved. The last
    character is left alone because it is often a check digit.
    """

    async def check_account(self, *, surface: str, identifier: str) -> CheckAnswer:
        """Answer by the identifier."""
        del surface
        return _by_sign(identifier, "账号不存在，或尚未在手机上确认绑定")

    async def check_identity(self, *, name: str, number: str) -> CheckAnswer:
        """Answer by the identity number."""
        del name
        return _by_sign(number, "姓名与身份证号不一致")

    async def check_real_name(self, *, identifier: str, name: str, number: str) -> CheckAnswer:
        """Answer by the account's identifier."""
        del name, number
        return _by_sign(identifier, "该账号的实名信息与身份证不一致")

    async def check_face(self, *, name: str, number: str, picture: bytes) -> CheckAnswer:
        """Answer by the identity number, once there is a picture."""
        del name
        if not picture:
            return CheckAnswer(CheckOutcome.REJECTED, "没有收到人脸照片")
        return _by_sign(number, "人脸与身份证照片不符")

    async def check_certificate(self, *, name: str, number: str) -> CheckAnswer:
        """Answer by the serial."""
        del name
        return _by_sign(number, "数字证书无效或与企业名称不符")

    async def check_licence(self, *, name: str, number: str) -> CheckAnswer:
        """Answer by the unified social credit code."""
        del name
        return _by_sign(number, "企业名称与统一社会信用代码不一致，或已注销")

    async def check_bank_account(self, *, name: str, bank: str, number: str) -> CheckAnswer:
        """Answer by the account's number."""
        del name, bank
        return _by_sign(number, "户名与账号不一致")


class NullProviders:
    """No provider at all: everything goes to a person."""

    async def check_account(self, *, surface: str, identifier: str) -> CheckAnswer:
        """Leave it to a person."""
        del surface, identifier
        return _UNASKED

    async def check_identity(self, *, name: str, number: str) -> CheckAnswer:
        """Leave it to a person."""
        del name, number
        return _UNASKED

    async def check_real_name(self, *, identifier: str, name: str, number: str) -> CheckAnswer:
        """Leave it to a person."""
        del identifier, name, number
        return _UNASKED

    async def check_face(self, *, name: str, number: str, picture: bytes) -> CheckAnswer:
        """Leave it to a person."""
        del name, number, picture
        return _UNASKED

    async def check_certificate(self, *, name: str, number: str) -> CheckAnswer:
        """Leave it to a person."""
        del name, number
        return _UNASKED

    async def check_licence(self, *, name: str, number: str) -> CheckAnswer:
        """Leave it to a person."""
        del name, number
        return _UNASKED

    async def check_bank_account(self, *, name: str, bank: str, number: str) -> CheckAnswer:
        """Leave it to a person."""
        del name, bank, number
        return _UNASKED


_UNASKED = CheckAnswer(CheckOutcome.UNCLEAR, "未接入自动核验，由审核人员核对")


def providers(*, sandbox: bool) -> dict[type, object]:
    """Answer every provider by its Protocol, for the composition."""
    chosen = SandboxProviders() if sandbox else NullProviders()
    protocols = (
        AccountProvider,
        IdentityProvider,
        RealNameProvider,
        FaceProvider,
        CaProvider,
        LicenceProvider,
        BankProvider,
    )
    return dict.fromkeys(protocols, chosen)


def _by_sign(number: str, rejection: str) -> CheckAnswer:
    outcome = _SIGNS.get(number[-4:-1])
    if outcome is None:
        return _APPROVED
    if outcome is CheckOutcome.DOWN:
        raise Outage("verification")
    if outcome is CheckOutcome.REJECTED:
        return CheckAnswer(outcome, rejection)
    return CheckAnswer(outcome, "核验结果不明确，由审核人员核对")
