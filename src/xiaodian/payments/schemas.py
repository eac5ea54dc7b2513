"""What a payment looks like over the wire."""

from __future__ import annotations

import msgspec

from xiaodian.payments.service.collecting import PaymentView

__all__ = ["PaymentAnswer"]


class PaymentAnswer(msgspec.Struct):
    """One payment; the links lead to the provider."""

    id: str
    purpose: str
    reference: str
    amount_fen: int
    method: str
    state: str
    out_trade_no: str
    link_native: str
    link_h5: str

    @classmethod
    def of(cls, payment: PaymentView) -> PaymentAnswer:
        """Write a view out."""
        return cls(
            id=str(payment.id),
            purpose=payment.purpose,
            reference=str(payment.reference),
            amount_fen=payment.amount_fen,
            method=payment.method,
            state=payment.state,
            out_trade_no=payment.out_trade_no,
            link_native=payment.link_native,
            link_h5=payment.link_h5,
        )
