"""What a draft still lacks before it may be submitted.

Nothing here asks which market it is: the rulebook says which keys and papers it demands.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from xiaodian import rulebooks
from xiaodian.catalog.rules.attributes import NOT_APPLICABLE
from xiaodian.catalog.rules.drafts import spec_text
from xiaodian.catalog.rules.said import Said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xiaodian.catalog.rules.attributes import AttributeLibrary
    from xiaodian.catalog.rules.drafts import Draft
    from xiaodian.rulebooks import Categories, Rulebook

__all__ = [
    "SPEC_MAX",
    "TEXT_LIMITS",
    "TEXT_WORDS",
    "Asks",
    "Lore",
    "Question",
    "document_word",
    "may_not_apply",
    "open_questions",
]

TEXT_LIMITS: dict[str, int] = {"title": 100, "brand": 100, "selling_point": 500, "unit": 20}
"""The texts of a product have at most so many signs; an order's line keeps a title whole."""
SPEC_MAX = 200
"""What tells a SKU from its sisters has at most so many signs."""
TEXT_WORDS = {"title": "标题", "brand": "品牌", "selling_point": "卖点", "unit": "单位"}
_SHOWN = 40


def document_word(code: str) -> str:
    """Answer what people call a paper."""
    return rulebooks.name_of("document", code)


@dataclass(frozen=True, slots=True)
class Lore:
    """What drafts are questioned by: the market's rulebook, the categories, the library."""

    book: Rulebook
    categories: Categories
    library: AttributeLibrary

    def rule(self, path: str, otherwise: str) -> str:
        """Answer the rule that a part of the rulebook serves first."""
        leaves = self.book.under(path)
        return leaves[0].rules[0] if leaves else otherwise

    @property
    def keeps_library(self) -> bool:
        """Tell whether the market holds every key and value to its library."""
        return self.book.product.attribute_library

    @property
    def library_rule(self) -> str:
        """Answer the rule that holds attributes to the library."""
        return self.rule("product.attribute_library", "W-PRD-01")


class Asks(StrEnum):
    """What kind of answer a question wants."""

    TEXT = "TEXT"
    CHOICE = "CHOICE"
    CATEGORY = "CATEGORY"
    KEY = "KEY"
    """A library key that a sheet's attribute name means, or ``DROP``."""
    NUMBER = "NUMBER"
    DOCUMENT = "DOCUMENT"
    """An uploaded paper; a text is no answer."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing a draft lacks. ``key`` is unique within the draft and names it for an answer.

    ``code`` is what submission would be denied with, ``rule`` the rule that demands it;
    ``not_applicable`` says that ``NOT_APPLICABLE`` would be an answer here.
    """

    key: str
    code: str
    rule: str
    said: Said
    asks: Asks
    options: tuple[str, ...] = ()
    not_applicable: bool = False


def open_questions(draft: Draft, lore: Lore) -> tuple[Question, ...]:
    """List what is open, in the order a person would fill it in."""
    return (
        *_about_form(draft, lore),
        *_about_category(draft, lore),
        *_about_unread(draft),
        *_about_keys(draft, lore),
        *_about_values(draft, lore),
        *_about_names(draft, lore),
        *_about_documents(draft, lore),
    )


def may_not_apply(key: str, draft: Draft, lore: Lore) -> bool:
    """Tell whether a key may hold NOT_APPLICABLE; market and category must allow it (AMB-17)."""
    rule = lore.book.product.attributes.get(key)
    if rule is None or rule.kind != "REQUIRED" or not rule.not_applicable_allowed:
        return False
    return draft.category is not None and key in lore.categories.get(draft.category).not_applicable


def is_demanded(key: str, draft: Draft, lore: Lore) -> bool:
    """Tell whether the market demands a key of this draft."""
    rule = lore.book.product.attributes.get(key)
    if rule is None:
        return False
    if rule.kind == "ENUM":
        return True
    if rule.kind != "REQUIRED":
        return False
    if rule.when is None:
        return True
    return draft.category is not None and lore.categories.has(draft.category, rule.when)


def _about_form(draft: Draft, lore: Lore) -> Iterator[Question]:
    if lore.book.product.listing.title_needs_words and draft.title.isascii():
        said = Said("标题不能只有数字和字母，请写出商品名称")
        rule = lore.rule("product.listing.title_needs_words", "A-PRD-02")
        yield Question("title", "TITLE_NEEDS_WORDS", rule, said, Asks.TEXT)
    for name, limit in TEXT_LIMITS.items():
        count = len(getattr(draft, name))
        if count > limit:
            facts = {"field": TEXT_WORDS[name], "count": count, "limit": limit}
            said = Said("{field}有 {count} 个字，最多 {limit} 个", facts)
            yield Question(name, "TEXT_TOO_LONG", "A-PRD-02", said, Asks.TEXT)
    for sku in draft.skus:
        count = len(spec_text(sku.spec))
        if count > SPEC_MAX:
            facts = {"number": sku.number, "count": count, "limit": SPEC_MAX}
            said = Said("SKU {number} 的规格有 {count} 个字，最多 {limit} 个", facts)
            yield Question(f"spec:{sku.number}", "TEXT_TOO_LONG", "A-PRD-02", said, Asks.TEXT)


def _about_category(draft: Draft, lore: Lore) -> Iterator[Question]:
    if draft.category is not None:
        return
    rule = lore.rule("product.audit.category_match", "A-PRD-02")
    said = Said("请选择商品类目")
    if draft.source:
        said = Said("“{source}”对应哪个类目？", {"source": draft.source[:_SHOWN]})
    yield Question("category", "CATEGORY_UNMAPPED", rule, said, Asks.CATEGORY)


def _about_unread(draft: Draft) -> Iterator[Question]:
    for name, raw in draft.unread.items():
        found = raw[:_SHOWN] or "没有填写"
        if name.startswith("stock:"):
            number = name.removeprefix("stock:")
            said = Said("SKU {number} 的库存无法识别：{found}", {"number": number, "found": found})
            yield Question(name, "STOCK_UNREADABLE", "A-PRD-02", said, Asks.NUMBER)
        else:
            said = Said("属性无法读取：{why}", {"why": found})
            yield Question(name, "ATTRIBUTES_UNREADABLE", "W-PRD-01", said, Asks.TEXT)


def _about_keys(draft: Draft, lore: Lore) -> Iterator[Question]:
    """Keys that the market demands and the draft has not."""
    for key in lore.book.product.attributes:
        if not is_demanded(key, draft, lore):
            continue
        value = draft.attributes.get(key, "")
        if value and (value != NOT_APPLICABLE or may_not_apply(key, draft, lore)):
            continue
        yield _missing(key, draft, lore)


def _missing(key: str, draft: Draft, lore: Lore) -> Question:
    rule = lore.book.product.attributes[key]
    attribute = lore.library.by_key.get(key)
    said = Said("请填写{attribute}", {"attribute": lore.library.label(key)})
    if key in draft.ambiguous:
        said = Said("{attribute}有多个值，请选定一个", said.facts)
    options = draft.ambiguous.get(key) or (attribute.values if attribute else ())
    return Question(
        key=key,
        code="ATTR_REQUIRED" if rule.kind == "OPTIONAL" else rule.denial,
        rule=lore.rule(f"product.attributes.{key}", "W-PRD-05"),
        said=said,
        asks=Asks.CHOICE if rule.kind == "ENUM" else Asks.TEXT,
        options=rule.values if rule.kind == "ENUM" else options,
        not_applicable=may_not_apply(key, draft, lore),
    )


def _about_values(draft: Draft, lore: Lore) -> Iterator[Question]:
    """Values outside an enumeration, and keys for which the sheet offers several."""
    for key, value in draft.attributes.items():
        if not value or value == NOT_APPLICABLE:
            continue
        rule = lore.book.product.attributes.get(key)
        attribute = lore.library.by_key.get(key)
        if rule is not None and rule.kind == "ENUM":
            allowed, code = rule.values, rule.denial
            rule_id = lore.rule(f"product.attributes.{key}", "W-PRD-01")
        else:
            allowed = attribute.values if attribute and lore.keeps_library else ()
            code, rule_id = "ATTR_VALUE", lore.library_rule
        if allowed and value not in allowed:
            facts = {"attribute": lore.library.label(key), "value": value[:_SHOWN]}
            said = Said("{attribute}“{value}”不在可选范围内", facts)
            yield Question(key, code, rule_id, said, Asks.CHOICE, allowed)
    for key, offers in draft.ambiguous.items():
        if not is_demanded(key, draft, lore):
            said = Said("{attribute}有多个值，请选定一个", {"attribute": lore.library.label(key)})
            yield Question(key, "ATTR_AMBIGUOUS", lore.library_rule, said, Asks.TEXT, offers)


def _about_names(draft: Draft, lore: Lore) -> Iterator[Question]:
    """Names and keys that the category's schema does not have, where the market keeps one."""
    if not lore.keeps_library:
        return
    for name, value in draft.extra.items():
        facts = {"name": name, "value": value[:_SHOWN]}
        said = Said("属性库没有“{name}”（{value}），它对应哪个属性？", facts)
        yield Question(f"attribute:{name}", "ATTR_UNKNOWN", lore.library_rule, said, Asks.KEY)
    if draft.category is None:
        return
    for key in draft.attributes:
        attribute = lore.library.by_key.get(key)
        if key in lore.book.product.attributes:
            continue
        if attribute is None or not attribute.fits(draft.category, lore.categories):
            name = lore.categories.get(draft.category).name.zh
            facts = {"category": name, "attribute": lore.library.label(key)}
            said = Said("类目“{category}”没有“{attribute}”这个属性", facts)
            yield Question(f"attribute:{key}", "ATTR_UNKNOWN", lore.library_rule, said, Asks.KEY)


def _about_documents(draft: Draft, lore: Lore) -> Iterator[Question]:
    """Papers that the category, or the value of an attribute, demands."""
    for flag, certificates in lore.book.product.certificates.items():
        if draft.category is None or not lore.categories.has(draft.category, flag):
            continue
        lacking = [code for code in certificates.documents if code not in draft.documents]
        if certificates.match == "ANY_OF" and len(lacking) < len(certificates.documents):
            continue
        rule = lore.rule(f"product.certificates.{flag}", "W-PRD-09")
        for code in lacking:
            facts = {"flag": lore.categories.flag_names[flag].zh, "document": document_word(code)}
            said = Said("{flag}类商品须上传{document}", facts)
            yield Question(f"document:{code}", certificates.denial, rule, said, Asks.DOCUMENT)
    for key, need in lore.book.product.attributes.items():
        if need.kind != "NEEDS_DOCUMENT" or need.document in draft.documents:
            continue
        if draft.attributes.get(need.attribute) == need.equals:
            rule = lore.rule(f"product.attributes.{key}", "W-PRD-09")
            label, document = lore.library.label(need.attribute), document_word(need.document)
            facts = {"attribute": label, "value": need.equals, "document": document}
            said = Said("{attribute}为“{value}”，须上传{document}", facts)
            yield Question(f"document:{need.document}", need.denial, rule, said, Asks.DOCUMENT)
