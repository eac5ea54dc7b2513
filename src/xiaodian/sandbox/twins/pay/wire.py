"""What merchants may ask of the pay gateway; anything else is PARAM_ERROR."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = ["Close", "Prepay", "RefundAsked", "TransferAsked"]

_NUMBER = r"^[0-9A-Za-z_\-|*]{6,32}$"
_REFUND_NUMBER = r"^[0-9A-Za-z_\-|*@]{1,64}$"
_BILL_NUMBER = r"^[0-9A-Za-z]{5,32}$"
_URL = r"^https?://[^\s?#]+$"
Fen = Annotated[int, Meta(ge=1, le=10_000_000_000)]
Url = Annotated[str, Meta(pattern=_URL, max_length=255)]


class Amount(msgspec.Struct, frozen=True):
    """What the buyer shall pay."""

    total: Fen
    currency: Literal["CNY"] = "CNY"


class H5Info(msgspec.Struct, frozen=True):
    """What kind of page sends the buyer."""

    type: str


class Scene(msgspec.Struct, frozen=True):
    """Where the buyer is."""

    payer_client_ip: Annotated[str, Meta(min_length=2, max_length=45)]
    h5_info: H5Info | None = None


class Prepay(msgspec.Struct, frozen=True):
    """A charge to register."""

    appid: str
    mchid: str
    description: Annotated[str, Meta(min_length=1, max_length=127)]
    out_trade_no: Annotated[str, Meta(pattern=_NUMBER)]
    notify_url: Url
    amount: Amount
    attach: Annotated[str, Meta(max_length=128)] = ""
    time_expire: Annotated[datetime, Meta(tz=True)] | None = None
    scene_info: Scene | None = None


class Close(msgspec.Struct, frozen=True):
    """Whose charge to close."""

    mchid: str


class RefundAmount(msgspec.Struct, frozen=True):
    """What was paid and what goes back."""

    refund: Fen
    total: Fen
    currency: Literal["CNY"]


class RefundAsked(msgspec.Struct, frozen=True):
    """Money to give back."""

    out_refund_no: Annotated[str, Meta(pattern=_REFUND_NUMBER)]
    amount: RefundAmount
    out_trade_no: str = ""
    transaction_id: str = ""
    reason: Annotated[str, Meta(max_length=80)] = ""
    notify_url: Url | None = None


class TransferAsked(msgspec.Struct, frozen=True):
    """Money to send out."""

    appid: str
    out_bill_no: Annotated[str, Meta(pattern=_BILL_NUMBER)]
    transfer_scene_id: Annotated[str, Meta(min_length=1, max_length=36)]
    openid: Annotated[str, Meta(min_length=1, max_length=64)]
    transfer_amount: Fen
    transfer_remark: Annotated[str, Meta(min_length=1, max_length=32)]
    user_name: str = ""
    notify_url: Url | None = None
