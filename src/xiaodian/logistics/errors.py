"""What the logistics room refuses; those of ``DENIALS`` are codes that rulebooks name."""

from __future__ import annotations

from typing import ClassVar

from xiaodian.kernel.errors import Kind, Refusal

__all__ = [
    "DENIALS",
    "AccountNumberInvalid",
    "AddressIncomplete",
    "CarrierDeclined",
    "CarrierNotRegistered",
    "CarrierNotSupported",
    "EwaybillNotOffered",
    "EwaybillNotPlatform",
    "NothingToShip",
    "ParcelNotFound",
    "ParcelsMax",
    "RefundExecuting",
    "ReturnAddressMissing",
    "ShippingDenied",
    "WaybillInvalid",
    "WaybillUsed",
]


class ShippingDenied(Refusal):
    """The market's rulebook forbids this shipment; fact ``denial`` is its code."""

    code: ClassVar[str] = "SHIPPING_DENIED"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "平台规则不允许这样发货（{denial}）"


class CarrierNotSupported(Refusal):
    """The market does not take this carrier (W-LOG-02)."""

    code: ClassVar[str] = "CARRIER_NOT_SUPPORTED"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "平台不支持用{carrier:carrier}发货"


class CarrierNotRegistered(Refusal):
    """The shop has not registered this carrier (W-LOG-03)."""

    code: ClassVar[str] = "CARRIER_NOT_REGISTERED"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "{carrier:carrier}尚未报备，请先在“物流设置”中报备"


class EwaybillNotPlatform(Refusal):
    """The number was not issued by the platform for this order (D-LOG-01)."""

    code: ClassVar[str] = "EWAYBILL_NOT_PLATFORM"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "运单号不是平台为本单签发的电子面单"


class ReturnAddressMissing(Refusal):
    """The shop has no default return address (A-AFS-08)."""

    code: ClassVar[str] = "RETURN_ADDRESS_MISSING"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "请先在“物流设置”中填写默认退货地址"


class ParcelsMax(Refusal):
    """An order has at most ``limit`` parcels, or may not be split (A-LOG-02, K-LOG-06)."""

    code: ClassVar[str] = "PARCELS_MAX"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "每单最多 {limit} 个包裹"


class RefundExecuting(Refusal):
    """A refund of the order is under way (K-LOG-06)."""

    code: ClassVar[str] = "REFUND_EXECUTING"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "订单正在退款，不能发货"


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


class CarrierDeclined(Refusal):
    """The carrier understood and said no; ``reason`` is its word."""

    code: ClassVar[str] = "CARRIER_DECLINED"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "快递公司没有接受：{reason}"


DENIALS: dict[str, type[Refusal]] = {
    refusal.code: refusal
    for refusal in (
        CarrierNotSupported,
        CarrierNotRegistered,
        EwaybillNotPlatform,
        ReturnAddressMissing,
        ParcelsMax,
        RefundExecuting,
    )
}
