"""What the ledger refuses."""

from __future__ import annotations

from typing import ClassVar

from xiaodian.kernel.errors import Kind, Refusal

__all__ = ["BalanceTooLow", "EventReused", "NotReversible", "UnknownAccount"]


class BalanceTooLow(Refusal):
    """There is less in an account than the posting takes. Nothing of the posting was written.

    Facts: ``account``, ``balance_fen`` and ``needed_fen``, what the posting takes in all.
    """

    code: ClassVar[str] = "BALANCE_TOO_LOW"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "余额不足：现有 {balance_fen}，需要 {needed_fen}"


class EventReused(Refusal):
    """An event that is booked already was to be booked with another amount or between others."""

    code: ClassVar[str] = "EVENT_REUSED"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "这笔业务已按另一个金额入账，不能重复记账"


class NotReversible(Refusal):
    """There is no such event to reverse, or it has been reversed."""

    code: ClassVar[str] = "NOT_REVERSIBLE"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "这笔业务没有可冲正的分录，或已冲正"


class UnknownAccount(Refusal):
    """No account has such a name. Fact: ``account``."""

    code: ClassVar[str] = "UNKNOWN_ACCOUNT"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "没有名为 {account} 的账户"
