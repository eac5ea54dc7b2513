"""What deposits refuse."""

from __future__ import annotations

from typing import ClassVar

from xiaodian.kernel.errors import Kind, Refusal

__all__ = ["DepositEnded", "DepositNotFound", "TopUpAmount", "TopUpNotFound"]


class DepositNotFound(Refusal):
    """The shop has no deposit account."""

    code: ClassVar[str] = "DEPOSIT_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "这家店铺没有保证金账户"


class DepositEnded(Refusal):
    """The deposit is being paid back, or has been: nothing more is paid in."""

    code: ClassVar[str] = "DEPOSIT_ENDED"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "保证金正在退还，不能再缴纳"


class TopUpAmount(Refusal):
    """An amount that cannot be paid in at once; fact ``limit_fen``."""

    code: ClassVar[str] = "TOP_UP_AMOUNT"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "缴纳金额须大于 0，单次不超过 {limit_fen}"


class TopUpNotFound(Refusal):
    """No such top-up of this shop."""

    code: ClassVar[str] = "TOP_UP_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "没有这笔缴纳"
