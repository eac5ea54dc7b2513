"""What the order room refuses."""

from __future__ import annotations

from typing import ClassVar

from xiaodian.kernel.errors import Kind, Refusal

__all__ = [
    "AddressIncomplete",
    "AddressNotFound",
    "CartEmpty",
    "CartFull",
    "IllegalTransition",
    "NotForSale",
    "OrderNotFound",
    "PlacementKeyReused",
    "PriceChanged",
    "QuantityOutOfRange",
    "ShopNotOpen",
    "StockShort",
]


class OrderNotFound(Refusal):
    """No such order, or not this person's."""

    code: ClassVar[str] = "ORDER_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "订单不存在"


class AddressNotFound(Refusal):
    """No such address of this buyer."""

    code: ClassVar[str] = "ADDRESS_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "请先选择收货地址"


class AddressIncomplete(Refusal):
    """An address lacks ``field`` or it cannot be read."""

    code: ClassVar[str] = "ADDRESS_INCOMPLETE"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "收货地址不完整，请检查：{field}"


class IllegalTransition(Refusal):
    """The order does not allow this now (rulebook 4.5)."""

    code: ClassVar[str] = "ILLEGAL_TRANSITION"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "订单当前状态不能这样操作"


class CartEmpty(Refusal):
    """Nothing is ordered."""

    code: ClassVar[str] = "CART_EMPTY"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "购物车里还没有选中的商品"


class CartFull(Refusal):
    """A cart or an order has at most ``limit`` lines."""

    code: ClassVar[str] = "CART_FULL"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "一次最多 {limit} 种商品"


class QuantityOutOfRange(Refusal):
    """A line takes 1 to ``limit`` pieces."""

    code: ClassVar[str] = "QUANTITY_OUT_OF_RANGE"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "数量应在 1 到 {limit} 之间"


class NotForSale(Refusal):
    """The named SKUs are not on sale; the whole cart is refused."""

    code: ClassVar[str] = "NOT_FOR_SALE"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "有商品已下架，请移除后再下单"


class ShopNotOpen(Refusal):
    """A shop of the cart is not open."""

    code: ClassVar[str] = "SHOP_NOT_OPEN"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "店铺暂时无法接单"


class PriceChanged(Refusal):
    """The buyer saw another price; ``lines`` name SKU and new price."""

    code: ClassVar[str] = "PRICE_CHANGED"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "商品价格有变化，请确认新价格后再下单"


class StockShort(Refusal):
    """The named SKUs are short; the whole cart is refused."""

    code: ClassVar[str] = "STOCK_SHORT"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "库存不足，请减少数量或移除商品"


class PlacementKeyReused(Refusal):
    """The idempotency key already names another placement."""

    code: ClassVar[str] = "IDEMPOTENCY_KEY_REUSED"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "这个幂等键已用于另一个请求，请换一个"
