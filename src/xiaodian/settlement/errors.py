"""What settlement refuses."""

from __future__ import annotations

from typing import ClassVar

from xiaodian.kernel.errors import Kind, Refusal

__all__ = ["D0NotFound", "RefundExceedsSale", "SaleNotFound"]


class SaleNotFound(Refusal):
    """No such sale, or another shop's."""

    code: ClassVar[str] = "SALE_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "没有这笔结算"


class RefundExceedsSale(Refusal):
    """More was to be given back than is left; facts ``paid_fen`` and ``refunded_fen``."""

    code: ClassVar[str] = "REFUND_EXCEEDS_SALE"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "退款超出可退金额：实付 {paid_fen}，已退 {refunded_fen}"


class D0NotFound(Refusal):
    """The shop has not asked for D+0."""

    code: ClassVar[str] = "D0_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "这家店铺没有 D+0 申请"
