"""What the JSON doors of the catalogue take. Ids are texts, money whole fen."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from xiaodian.catalog.service import DraftChanges, SkuInput
from xiaodian.kernel.paging import PAGE_MAX

__all__ = [
    "AnswerBody",
    "ApproveBody",
    "BulkAnswerBody",
    "CheckPaperBody",
    "NewProductBody",
    "ProductBody",
    "ProductIdsBody",
    "ProductQuery",
    "RejectBody",
    "SkuBody",
    "StockBody",
    "WhereBody",
]

Fen = Annotated[int, Field(ge=0, le=1_000_000_000_000)]
Id = Annotated[str, Field(max_length=20)]
Line = Annotated[str, Field(max_length=500)]
Value = Annotated[str, Field(max_length=2_000)]


class Body(BaseModel):
    """What is sent: unknown fields are refused, nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SkuBody(Body):
    """A SKU; ``stock`` left out stays as it is."""

    number: Line
    spec: Line = ""
    price_fen: Fen
    stock: Annotated[int, Field(ge=0, le=100_000_000)] | None = None


class ProductBody(Body):
    """Changes of a draft; what is left out stays. ``skus`` is the whole list."""

    title: Line | None = None
    category: Line | None = None
    brand: Line | None = None
    selling_point: Line | None = None
    unit: Line | None = None
    market_price_fen: Fen | None = None
    sale_price_fen: Fen | None = None
    attributes: Annotated[dict[str, Value], Field(max_length=100)] = {}
    skus: Annotated[list[SkuBody], Field(max_length=2_000)] | None = None
    seen_revision: Annotated[int, Field(ge=1)] | None = None

    def changes(self) -> DraftChanges:
        """Answer what shall become of the draft."""
        skus = None
        if self.skus is not None:
            skus = [SkuInput(one.number, one.spec, one.price_fen, one.stock) for one in self.skus]
        return DraftChanges(
            title=self.title,
            category=self.category,
            brand=self.brand,
            selling_point=self.selling_point,
            unit=self.unit,
            market_price_fen=self.market_price_fen,
            sale_price_fen=self.sale_price_fen,
            attributes=self.attributes,
            skus=skus,
        )


class NewProductBody(ProductBody):
    """A new product: its number, and at least title and both prices."""

    number: Line


class StockBody(Body):
    """Stocks by SKU number; they hold at once."""

    stocks: Annotated[
        dict[str, Annotated[int, Field(ge=0, le=100_000_000)]], Field(min_length=1, max_length=500)
    ]


class AnswerBody(Body):
    """An answer to one question of a draft."""

    key: Annotated[str, Field(min_length=1, max_length=160)]
    value: Value


class WhereBody(Body):
    """Whose questions are meant."""

    category: Line = ""
    product_no: Line = ""
    brand: Line = ""


class BulkAnswerBody(AnswerBody):
    """An answer to every open question of a key, where something holds."""

    where: WhereBody = WhereBody()


class ProductIdsBody(Body):
    """Some products."""

    product_ids: Annotated[list[Id], Field(min_length=1, max_length=200)]


class ApproveBody(Body):
    """Approve what was seen; findings set aside by code, each with its reason."""

    revision: Annotated[int, Field(ge=1)] | None = None
    overruled: Annotated[dict[str, Line], Field(max_length=10)] = {}


class RejectBody(Body):
    """Reject, and why."""

    reasons: Annotated[list[Value], Field(max_length=20)]
    revision: Annotated[int, Field(ge=1)] | None = None


class CheckPaperBody(Body):
    """What a paper was found to be."""

    genuine: bool
    why: Value = ""


class ProductQuery(BaseModel):
    """What a list of products is narrowed to; ``open`` asks for drafts with open questions."""

    model_config = ConfigDict(extra="forbid")

    cursor: Annotated[str | None, Field(max_length=64)] = None
    size: Annotated[int, Field(ge=1, le=PAGE_MAX)] = 20
    status: Annotated[str, Field(max_length=16)] = ""
    edit_status: Annotated[str, Field(max_length=16)] = ""
    category: Annotated[str, Field(max_length=48)] = ""
    words: Annotated[str, Field(max_length=100)] = ""
    open: bool | None = None
