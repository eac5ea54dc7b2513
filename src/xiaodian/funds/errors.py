"""What funds refuse; what a rulebook refuses comes as its own code."""

from __future__ import annotations

from typing import ClassVar

from xiaodian.kernel.errors import Kind, Refusal

__all__ = [
    "AdjustmentInvalid",
    "AdjustmentNotFound",
    "AmountInvalid",
    "ReasonMissing",
    "WithdrawalNotFound",
]


class WithdrawalNotFound(Refusal):
    """No such withdrawal, or another shop's."""

    code: ClassVar[str] = "WITHDRAWAL_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "没有这笔提现"


class AdjustmentNotFound(Refusal):
    """No such adjustment."""

    code: ClassVar[str] = "ADJUSTMENT_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "没有这笔调账"


class AdjustmentInvalid(Refusal):
    """An adjustment names what it needs: a shop, a buyer, or an event that can be reversed."""

    code: ClassVar[str] = "ADJUSTMENT_INVALID"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "调账信息不完整：{missing}"


class AmountInvalid(Refusal):
    """An amount is a positive number of fen, up to a hundred million yuan."""

    code: ClassVar[str] = "AMOUNT_INVALID"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "金额应大于 0，最多两位小数"


class ReasonMissing(Refusal):
    """A decision on money says why, in 1 to ``limit`` characters."""

    code: ClassVar[str] = "REASON_MISSING"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "请填写理由（最多 {limit} 字）"
