"""What the pages share: whose shop, what was typed, what stands in the way, words and tones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian import merchants, rulebooks
from xiaodian.catalog import service
from xiaodian.catalog.errors import FieldMissing, FieldRefused, FieldTooLong, ProductNotFound
from xiaodian.catalog.rules.importing.cells import NUMBER_MAX
from xiaodian.catalog.rules.lore import library
from xiaodian.catalog.states import EDIT_WORDS, STATUS_WORDS, EditState, Status
from xiaodian.infra.i18n import sentence
from xiaodian.infra.problem import STATUS
from xiaodian.infra.sheets import AmountUnreadable, fen_of
from xiaodian.kernel.ids import parse_id
from xiaodian.merchants.errors import ShopNotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import FormData
    from starlette.requests import Request

    from xiaodian.catalog.models import ProductRow
    from xiaodian.infra.db import Tx
    from xiaodian.kernel.errors import Refusal
    from xiaodian.merchants import ShopView

__all__ = [
    "EDIT_TONES",
    "STATUS_TONES",
    "category_name",
    "category_options",
    "document_name",
    "fen_in",
    "form_of",
    "key_options",
    "number_in",
    "own_product",
    "product_id_of",
    "shop_of",
    "status_of",
    "text",
    "texts",
    "words",
]

EDIT_TONES: dict[str, str] = {
    EditState.EDITING: "wait",
    EditState.AUDITING: "busy",
    EditState.AUDIT_FAILED: "bad",
    EditState.AUDIT_PASSED: "ok",
    EditState.UPLOAD_FAILED: "bad",
}
STATUS_TONES: dict[str, str] = {
    Status.ONLINE: "ok",
    Status.SOLD_OUT: "wait",
    Status.VIOLATION_DOWN: "bad",
    Status.DEPOSIT_DOWN: "bad",
    Status.BRAND_EXPIRED: "bad",
    Status.BANNED: "bad",
}
words = {"edit": EDIT_WORDS, "status": STATUS_WORDS}


async def own_product(tx: Tx, shop: ShopView, product: str) -> ProductRow:
    """Answer the product of an address, if it is of that shop; refuses ``PRODUCT_NOT_FOUND``."""
    row, _ = await service.visible_product(tx, product_id_of(product))
    if row.shop_id != shop.id:
        raise ProductNotFound
    return row


async def shop_of(tx: Tx, shop: str) -> ShopView:
    """Answer the shop of an address to whoever may act for its products."""
    number = parse_id(shop)
    if number is None:
        raise ShopNotFound
    return await merchants.visible_shop(tx, number, "products")


def product_id_of(product: str) -> int:
    """Read a product's id from an address."""
    number = parse_id(product)
    if number is None:
        raise ProductNotFound
    return number


def text(form: FormData, name: str) -> str:
    """Answer a text field; empty when it is missing or a file was sent in its place."""
    given = form.get(name)
    return given.strip() if isinstance(given, str) else ""


def texts(form: FormData, name: str) -> list[str]:
    """Answer all texts of a repeated field, in order."""
    return [one.strip() if isinstance(one, str) else "" for one in form.getlist(name)]


def fen_in(form: FormData, name: str, label: str) -> int | None:
    """Read yuan somebody typed as fen, None for an empty field; refuses ``FIELD_REFUSED``."""
    return fen_typed(text(form, name), label)


def fen_typed(typed: str, label: str) -> int | None:
    """Read yuan somebody typed; None for nothing."""
    if not typed:
        return None
    try:
        return fen_of(typed)
    except AmountUnreadable as refusal:
        raise FieldRefused(field=label, why="请写成 199.00 这样的金额") from refusal


def number_in(typed: str, label: str) -> int | None:
    """Read a whole number somebody typed, None for nothing; refuses ``FIELD_REFUSED``."""
    if not typed:
        return None
    if not (typed.isascii() and typed.isdecimal()) or len(typed) > NUMBER_MAX:
        raise FieldRefused(field=label, why="须为不超过一亿的非负整数")
    return int(typed[:12])


def status_of(refusal: Refusal | None) -> int:
    """Answer the status of a page that shows a refusal."""
    return 200 if refusal is None else STATUS[refusal.kind]


def form_of(
    request: Request, typed: Mapping[str, str], refusal: Refusal | None
) -> dict[str, object]:
    """Answer a form as the field macros take it: what was typed, and what is wrong with it."""
    errors: dict[str, str] = {}
    if isinstance(refusal, FieldMissing | FieldTooLong | FieldRefused):
        field = _FIELDS.get(str(refusal.facts.get("field")), "form")
        errors[field] = sentence(refusal.sentence, refusal.facts, request.state.lang)
    return {"typed": dict(typed), "errors": errors}


_FIELDS = {
    "货号": "number",
    "标题": "title",
    "类目": "category",
    "品牌": "brand",
    "单位": "unit",
    "卖点": "selling_point",
    "市场价": "market_price",
    "售价": "sale_price",
}


def category_options(lang: str) -> list[tuple[str, str]]:
    """List the leaf categories as a select takes them, each with the group it stands under."""
    tree = rulebooks.categories()
    found: list[tuple[str, str]] = []
    for leaf in tree.leaves:
        above = tree.by_code[leaf.parent].name.in_(lang) if leaf.parent else ""
        found.append((leaf.code, f"{above} / {leaf.name.in_(lang)}"))
    return found


def key_options(lang: str) -> list[tuple[str, str]]:
    """List the library's keys as a select takes them."""
    english = lang.startswith("en")
    return [(one.key, one.en if english else one.zh) for one in library().by_key.values()]


def category_name(code: str | None, lang: str) -> str:
    """Answer what people call a category; empty for none."""
    return _name("category", code, lang) if code else ""


def document_name(code: str, lang: str) -> str:
    """Answer what people call a paper."""
    return _name("document", code, lang)


def _name(kind: str, code: str, lang: str) -> str:
    return rulebooks.name_of(kind, code, "en" if lang.startswith("en") else "zh")
