"""No provider at all: what a deployment has before it is told of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from xiaodian.kernel.errors import Outage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xiaodian.payments.gateway.words import Charge, PayOutRequest, RefundRequest

__all__ = ["NullPayGateway"]


class NullPayGateway:
    """Refuses everything with an ``Outage``: no money moves, nothing is believed."""

    async def prepare(self, charge: Charge) -> NoReturn:
        """Refuse."""
        del charge
        raise Outage("payments")

    async def query(self, out_trade_no: str) -> NoReturn:
        """Refuse."""
        del out_trade_no
        raise Outage("payments")

    async def query_transaction(self, transaction_id: str) -> NoReturn:
        """Refuse."""
        del transaction_id
        raise Outage("payments")

    async def close(self, out_trade_no: str) -> NoReturn:
        """Refuse."""
        del out_trade_no
        raise Outage("payments")

    async def refund(self, request: RefundRequest) -> NoReturn:
        """Refuse."""
        del request
        raise Outage("payments")

    async def query_refund(self, out_refund_no: str) -> NoReturn:
        """Refuse."""
        del out_refund_no
        raise Outage("payments")

    async def pay_out(self, request: PayOutRequest) -> NoReturn:
        """Refuse."""
        del request
        raise Outage("payments")

    async def query_pay_out(self, out_bill_no: str) -> NoReturn:
        """Refuse."""
        del out_bill_no
        raise Outage("payments")

    def read_notification(self, headers: Mapping[str, str], body: bytes) -> NoReturn:
        """Refuse."""
        del headers, body
        raise Outage("payments")

    async def aclose(self) -> None:
        """Hold nothing, give nothing back."""
