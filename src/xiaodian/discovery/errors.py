"""What the storefront refuses."""

from __future__ import annotations

from typing import ClassVar

from xiaodian.kernel.errors import Kind, Refusal

__all__ = ["CategoryNotFound", "ProductNotHere", "ShopNotHere", "StorefrontNotFound"]


class StorefrontNotFound(Refusal):
    """There is no market of this name."""

    code: ClassVar[str] = "STOREFRONT_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "没有这个商城"


class CategoryNotFound(Refusal):
    """The market does not trade in such a category."""

    code: ClassVar[str] = "CATEGORY_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "这个商城没有这个分类"


class ProductNotHere(Refusal):
    """No such product is on sale in this market."""

    code: ClassVar[str] = "PRODUCT_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "商品不存在或已下架"


class ShopNotHere(Refusal):
    """No such shop trades in this market."""

    code: ClassVar[str] = "SHOP_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "没有这家店铺，或它还没有开业"
