"""One product: its draft to edit, what is open on it, its SKUs, pictures, papers and reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import rulebooks
from xiaodian.catalog import queries, service
from xiaodian.catalog.errors import DraftLocked, FieldRefused, ProductNotFound
from xiaodian.catalog.pages import drawing
from xiaodian.catalog.rules.lore import library
from xiaodian.catalog.service import DraftChanges, SkuInput
from xiaodian.catalog.states import EDITABLE
from xiaodian.infra import http
from xiaodian.infra.files import Store
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.money import yuan
from xiaodian.kernel.paging import PAGE_MAX, PageRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.datastructures import FormData

    from xiaodian.infra.db import Tx

__all__ = ["draw_product", "router"]

router = APIRouter()
_BLANK_SKUS = 2
_PREFIX = "attribute:"
_SkuLine = tuple[str, str, str, str, str]
"""Number, specification, price, stock as typed, and the stock that was drawn."""


@router.get("/merchant/shops/{shop}/products/{product}")
async def show(request: Request, shop: str, product: str) -> Response:
    """Show a product to its merchant."""
    return await draw_product(request, shop, product)


@router.post("/merchant/shops/{shop}/products/{product}")
async def save(request: Request, shop: str, product: str) -> Response:
    """Save what was typed into the draft."""
    form = await http.form(request)

    async def act(tx: Tx, product_id: int) -> None:
        seen = drawing.number_in(drawing.text(form, "revision"), "版本")
        await service.edit_product(tx, product_id, _changes(form), seen_revision=seen)

    return await _with_product(request, shop, product, act, typed=_typed(form))


@router.post("/merchant/shops/{shop}/products/{product}/answers")
async def answer(request: Request, shop: str, product: str) -> Response:
    """Answer one question."""
    form = await http.form(request)
    # The last value counts: a button "not applicable" stands behind the field.
    given = [one for one in drawing.texts(form, "value") if one]

    async def act(tx: Tx, product_id: int) -> None:
        await service.answer(
            tx, product_id, drawing.text(form, "question")[:160], given[-1] if given else ""
        )

    return await _with_product(request, shop, product, act, place="#questions")


@router.post("/merchant/shops/{shop}/products/{product}/stock")
async def set_stock(request: Request, shop: str, product: str) -> Response:
    """Set the stock of SKUs, at once."""
    form = await http.form(request)

    async def act(tx: Tx, product_id: int) -> None:
        columns = [drawing.texts(form, name) for name in ("number", "stock", "seen")]
        changed: dict[str, int] = {}
        for number, given, seen in zip(*columns, strict=False):
            stock = drawing.number_in(given, "库存")
            if stock is not None and given != seen:
                changed[number] = stock
        await service.set_stock(tx, product_id, changed)

    return await _with_product(request, shop, product, act, place="#skus")


@router.post("/merchant/shops/{shop}/products/{product}/pictures")
async def set_pictures(request: Request, shop: str, product: str) -> Response:
    """Keep, drop and add pictures."""
    form = await http.form(request)
    added = [
        await one.read()
        for one in form.getlist("pictures")
        if isinstance(one, UploadFile) and one.filename
    ]
    kept = drawing.texts(form, "keep")

    async def act(tx: Tx, product_id: int) -> None:
        row, _ = await service.visible_product(tx, product_id, lock=True)
        if row.edit_status not in EDITABLE:
            raise DraftLocked
        view = await queries.product_view(tx, row)
        pictures = [file_id for file_id in view.pictures if file_id in kept]
        if len(pictures) + len(added) > service.PICTURES_MAX:
            raise FieldRefused(field="图片", why="最多 9 张")
        store = http.runtime(request).gateway(Store)
        pictures += [await service.add_picture(tx, store, row, data) for data in added]
        await service.edit_product(tx, product_id, DraftChanges(pictures=pictures))

    return await _with_product(request, shop, product, act, place="#pictures")


@router.post("/merchant/shops/{shop}/products/{product}/submit")
async def submit(request: Request, shop: str, product: str) -> Response:
    """Hand the draft to review."""
    return await _with_product(request, shop, product, service.submit)


@router.post("/merchant/shops/{shop}/products/{product}/withdraw")
async def withdraw(request: Request, shop: str, product: str) -> Response:
    """Take the submission back."""
    return await _with_product(request, shop, product, service.withdraw)


@router.post("/merchant/shops/{shop}/products/{product}/take-down")
async def take_down(request: Request, shop: str, product: str) -> Response:
    """Take the product from before the buyers."""
    return await _with_product(request, shop, product, service.take_down)


@router.post("/merchant/shops/{shop}/products/{product}/list")
async def list_again(request: Request, shop: str, product: str) -> Response:
    """Put the product before the buyers again."""
    return await _with_product(request, shop, product, service.list_again)


@router.post("/merchant/shops/{shop}/products/{product}/delete")
async def delete(request: Request, shop: str, product: str) -> Response:
    """Delete the product and go back to the list."""
    return await _with_product(request, shop, product, service.delete_product, gone=True)


async def _with_product(
    request: Request,
    shop: str,
    product: str,
    act: Callable[[Tx, int], Awaitable[None]],
    *,
    typed: Mapping[str, object] | None = None,
    place: str = "",
    gone: bool = False,
) -> Response:
    actor, key = http.actor(request, "merchant"), await http.key(request)
    try:
        async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
            own = await drawing.shop_of(tx, shop)
            row = await drawing.own_product(tx, own, product)
            await act(tx, row.id)
            home = f"/merchant/shops/{own.id}/products"
            return await http.redirect(tx, home if gone else f"{home}/{row.id}{place}")
    except ProductNotFound:
        raise
    except Refusal as refusal:
        return await draw_product(request, shop, product, typed=typed, refusal=refusal)


async def draw_product(
    request: Request,
    shop: str,
    product: str,
    *,
    typed: Mapping[str, object] | None = None,
    refusal: Refusal | None = None,
    paper_refused: Refusal | None = None,
) -> Response:
    """Draw the editor, with what was typed and what was refused."""
    kept = typed or {}
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        own = await drawing.shop_of(tx, shop)
        row = await drawing.own_product(tx, own, product)
        view = await queries.product_view(tx, row)
        papers = await queries.list_papers(tx, own.id, PageRequest(PAGE_MAX))
    lang = request.state.lang
    attached = {paper.id for paper in view.papers}
    demanded = rulebooks.version(own.rulebook).product.attributes
    wanted = [key for key in demanded if key in library().by_key]
    fields = dict.fromkeys([*view.attributes, *wanted])
    return await http.page(
        request,
        "catalog/product.html",
        audience="merchant",
        status=drawing.status_of(refusal or paper_refused),
        shop=own,
        product=view,
        editable=view.edit_status in EDITABLE,
        form=drawing.form_of(
            request, {str(name): str(text) for name, text in kept.items()}, refusal
        ),
        skus=_sku_fields(view, kept),
        attributes=[(key, library().label(key), view.attributes.get(key, "")) for key in fields],
        label=library().label,
        categories=drawing.category_options(lang),
        category_name=drawing.category_name,
        keys=drawing.key_options(lang),
        documents=_documents(own.rulebook, lang),
        document_name=drawing.document_name,
        loose_papers=[paper for paper in papers.items if paper.id not in attached],
        words=drawing.words,
        edit_tones=drawing.EDIT_TONES,
        status_tones=drawing.STATUS_TONES,
        refusal=refusal,
        paper_refused=paper_refused,
    )


def _changes(form: FormData) -> DraftChanges:
    """Read the editor's form; an attribute left empty is taken away."""
    attributes = {
        str(name).removeprefix(_PREFIX): drawing.text(form, str(name))
        for name in form
        if str(name).startswith(_PREFIX)
    }
    new = drawing.text(form, "new_attribute")
    if new:
        attributes[new] = drawing.text(form, "new_value")
    skus: list[SkuInput] = []
    for number, spec, price, stock, seen in _sku_lines(form):
        if not (number or price):
            continue
        price_fen = drawing.fen_typed(price, "SKU 价格")
        # A stock that was left as it was drawn is not set: it may have been sold meanwhile.
        pieces = None if stock == seen else drawing.number_in(stock, "库存")
        skus.append(SkuInput(number, spec, price_fen or 0, pieces))
    return DraftChanges(
        title=drawing.text(form, "title"),
        category=drawing.text(form, "category"),
        brand=drawing.text(form, "brand"),
        selling_point=drawing.text(form, "selling_point"),
        unit=drawing.text(form, "unit"),
        market_price_fen=drawing.fen_in(form, "market_price", "市场价"),
        sale_price_fen=drawing.fen_in(form, "sale_price", "售价"),
        attributes=attributes,
        skus=skus,
    )


def _typed(form: FormData) -> dict[str, object]:
    """Keep what was typed, for a page that shows a refusal."""
    typed: dict[str, object] = {str(name): drawing.text(form, str(name)) for name in form}
    typed["sku_lines"] = list(_sku_lines(form))
    return typed


def _sku_lines(form: FormData) -> list[_SkuLine]:
    names = ("sku_number", "sku_spec", "sku_price", "sku_stock", "sku_seen")
    columns = [drawing.texts(form, name) for name in names]
    return [(a, b, c, d, e) for a, b, c, d, e in zip(*columns, strict=False)]


def _sku_fields(view: queries.ProductView, typed: Mapping[str, object]) -> list[_SkuLine]:
    if "sku_lines" in typed:
        return cast("list[_SkuLine]", typed["sku_lines"])
    from_draft = [
        (sku.number, sku.spec, yuan(sku.price_fen).replace(",", ""), str(sku.stock), str(sku.stock))
        for sku in view.skus
        if sku.in_draft
    ]
    blank = _BLANK_SKUS if view.edit_status in EDITABLE else 0
    return from_draft + [("", "", "", "", "")] * blank


def _documents(rulebook: str, lang: str) -> list[tuple[str, str]]:
    """List the papers that a market's rules speak of, as a select takes them."""
    product = rulebooks.version(rulebook).product
    codes = dict.fromkeys(
        [
            *(code for need in product.certificates.values() for code in need.documents),
            *(one.document for one in product.attributes.values() if one.kind == "NEEDS_DOCUMENT"),
            "brand_auth",
            "trademark_certificate",
            "test_report",
        ]
    )
    return [(code, drawing.document_name(code, lang)) for code in codes]
