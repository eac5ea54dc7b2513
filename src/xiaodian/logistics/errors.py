"""What the logistics room refuses beside what a market's rules deny."""

from __future__ import annotations

from typing import ClassVar

from xiaodian.kernel.errors import Kind, Refusal

__all__ = [
    "AccountNumberInvalid",
    "AddressIncomplete",
    "CarrierNotSupported",
    "EwaybillNotOffered",
    "NothingToShip",
    "ParcelNotFound",
    "WaybillInvalid",
    "WaybillUsed",
]


class CarrierNotSupported(Refusal):
    """The market does not take this carrier (W-LOG-02)."""

    code: ClassVar[str] = "CARRIER_NOT_SUPPORTED"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "平台不支持用{carrier:carrier}发货"


class WaybillInvalid(Refusal):
    """No such carrier numbers its parcels like this."""

    code: ClassVar[str] = "WAYBILL_INVALID"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "这不是{carrier:carrier}的运单号，请核对后再填"


class WaybillUsed(Refusal):
    """A number names one parcel of a carrier, once."""

    code: ClassVar[str] = "WAYBILL_USED"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "运单号 {waybill} 已经用过，请核对"


class NothingToShip(Refusal):
    """No line has anything left to send."""

    code: ClassVar[str] = "NOTHING_TO_SHIP"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "没有待发货的商品"


class AccountNumberInvalid(Refusal):
    """A carrier account is 4 to 32 letters, digits or dashes."""

    code: ClassVar[str] = "ACCOUNT_NUMBER_INVALID"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "月结账号应为 4 到 32 位字母、数字或短横线"


class AddressIncomplete(Refusal):
    """The address lacks ``field``, or it cannot be read."""

    code: ClassVar[str] = "ADDRESS_INCOMPLETE"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "退货地址不完整，请检查：{field}"


class ParcelNotFound(Refusal):
    """No such parcel, or another shop's."""

    code: ClassVar[str] = "PARCEL_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "包裹不存在"


class EwaybillNotOffered(Refusal):
    """The market's rulebook has no waybills of the platform's own."""

    code: ClassVar[str] = "EWAYBILL_NOT_OFFERED"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "这个平台不提供电子面单，请填写快递公司的运单号"
