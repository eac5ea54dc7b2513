"""What counts as an answer to a draft's question, and what it makes of the draft."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xiaodian.catalog.rules.attributes import NOT_APPLICABLE, plain_value
from xiaodian.catalog.rules.importing.cells import STOCK_MAX, is_storable, read_spec
from xiaodian.catalog.rules.mapping import DROP
from xiaodian.catalog.rules.questions import SPEC_MAX, TEXT_LIMITS, TEXT_WORDS, may_not_apply
from xiaodian.catalog.rules.said import Fact, Said

if TYPE_CHECKING:
    from xiaodian.catalog.rules.drafts import Draft
    from xiaodian.catalog.rules.questions import Lore

__all__ = ["VALUE_MAX", "AnswerFault", "answered", "stock_of"]

VALUE_MAX = 2_000
"""An answer has at most so many signs."""
_STOCK_DIGITS = len(str(STOCK_MAX))


class AnswerFault(Exception):  # noqa: N818 - says what is wrong with an answer
    """This value is no answer to this question; ``code``, and ``said`` for a person."""

    def __init__(self, code: str, text: str, **facts: Fact) -> None:
        super().__init__(code)
        self.code = code
        self.said = Said(text, facts)


def answered(draft: Draft, key: str, value: str, lore: Lore) -> Draft:
    """Put an answer into a draft; raises ``AnswerFault`` for what is no answer.

    ``key`` is a question's key: an attribute's key, ``title``, ``category``, ``attributes``,
    ``attribute:<name>`` (a library key, or ``DROP``) or ``stock:<SKU number>``, whose number the
    caller takes with ``stock_of``. Papers are uploaded, not answered.
    """
    value = value.strip()
    if not value:
        raise AnswerFault("ANSWER_EMPTY", "答案不能为空")
    if len(value) > VALUE_MAX or not is_storable(value):
        raise AnswerFault(
            "ANSWER_TOO_LONG", "答案最多 {limit} 个字，不能含控制字符", limit=VALUE_MAX
        )
    head, _, rest = key.partition(":")
    match head:
        case "title" | "brand" | "unit" | "selling_point":
            after = _text(draft, head, value)
        case "spec":
            after = _specified(draft, rest, value)
        case "category":
            after = replace(draft, category=_leaf(value, lore))
        case "document":
            raise AnswerFault("ANSWER_IS_A_DOCUMENT", "请上传文件，不能填写文字")
        case "attribute":
            after = _renamed(draft, rest, value, lore)
        case "attributes":
            after = _dropped(draft, value)
        case "stock":
            stock_of(value)
            after = _without(draft, key)
        case _:
            after = _filled(draft, key, value, lore)
    return after


def stock_of(value: str) -> int:
    """Read a stock somebody typed; raises ``AnswerFault`` STOCK_UNREADABLE."""
    text = value.strip()
    if not (text.isascii() and text.isdecimal()) or len(text) > _STOCK_DIGITS:
        raise AnswerFault("STOCK_UNREADABLE", "库存须为 0 到 {limit} 的整数", limit=STOCK_MAX)
    return min(int(text), STOCK_MAX)


def _text(draft: Draft, name: str, value: str) -> Draft:
    """Set a text; a selling point may have several lines."""
    limit = TEXT_LIMITS[name]
    if len(value) > limit or not (name == "selling_point" or value.isprintable()):
        facts: dict[str, Fact] = {"field": TEXT_WORDS[name], "limit": limit}
        raise AnswerFault("TEXT_TOO_LONG", "{field}须为一行文字，最多 {limit} 个字", **facts)
    match name:
        case "title":
            return replace(draft, title=value)
        case "brand":
            return replace(draft, brand=value)
        case "unit":
            return replace(draft, unit=value)
        case _:
            return replace(draft, selling_point=value)


def _specified(draft: Draft, number: str, value: str) -> Draft:
    if len(value) > SPEC_MAX:
        raise AnswerFault("TEXT_TOO_LONG", "规格最多 {limit} 个字", limit=SPEC_MAX)
    if number not in {sku.number for sku in draft.skus}:
        raise AnswerFault("QUESTION_NOT_OPEN", "没有 SKU {number}", number=number[:40])
    spec = read_spec(value)
    skus = tuple(replace(sku, spec=spec) if sku.number == number else sku for sku in draft.skus)
    return replace(draft, skus=skus)


def _leaf(value: str, lore: Lore) -> str:
    if value not in {leaf.code for leaf in lore.categories.leaves}:
        raise AnswerFault("CATEGORY_UNKNOWN", "没有代码为 {category} 的类目", category=value[:40])
    return value


def _renamed(draft: Draft, name: str, value: str, lore: Lore) -> Draft:
    """Say which library key a name means, or drop it."""
    held = draft.extra.get(name) or draft.attributes.get(name)
    if held is None:
        raise AnswerFault("QUESTION_NOT_OPEN", "没有名为“{name}”的属性待处理", name=name[:40])
    extra = {other: text for other, text in draft.extra.items() if other != name}
    kept = {other: text for other, text in draft.attributes.items() if other != name}
    if value == DROP:
        return replace(draft, extra=extra, attributes=kept)
    if value not in lore.library.by_key:
        raise AnswerFault("ATTR_UNKNOWN", "属性库没有 {key}", key=value[:40])
    if kept.get(value, held) != held:
        facts = {"attribute": lore.library.label(value), "value": kept[value][:40]}
        raise AnswerFault("ATTR_AMBIGUOUS", "{attribute}已经是“{value}”", **facts)
    return replace(draft, extra=extra, attributes={**kept, value: held})


def _dropped(draft: Draft, value: str) -> Draft:
    """Let go of attributes that could not be read; the keys are then asked for one by one."""
    if value != DROP:
        raise AnswerFault("ANSWER_INVALID", "请逐项填写属性；回答 {drop} 表示舍弃原文", drop=DROP)
    return _without(draft, "attributes")


def _without(draft: Draft, key: str) -> Draft:
    if key not in draft.unread:
        raise AnswerFault("QUESTION_NOT_OPEN", "这一项没有疑问")
    return replace(draft, unread={name: raw for name, raw in draft.unread.items() if name != key})


def _filled(draft: Draft, key: str, value: str, lore: Lore) -> Draft:
    rule = lore.book.product.attributes.get(key)
    attribute = lore.library.by_key.get(key)
    if rule is None and attribute is None:
        raise AnswerFault("ATTR_UNKNOWN", "属性库没有 {key}", key=key[:40])
    label = lore.library.label(key)
    value = plain_value(value)
    if value == NOT_APPLICABLE:
        if not may_not_apply(key, draft, lore):
            raise AnswerFault(
                "NOT_APPLICABLE_REFUSED", "这个类目的{attribute}不能填“不适用”", attribute=label
            )
    else:
        allowed = rule.values if rule and rule.kind == "ENUM" else ()
        if not allowed and attribute and lore.keeps_library:
            allowed = attribute.values
        if allowed and value not in allowed:
            raise AnswerFault(
                "ATTR_VALUE", "{attribute}只能是：{values}", attribute=label, values=list(allowed)
            )
    ambiguous = {name: offers for name, offers in draft.ambiguous.items() if name != key}
    return replace(draft, attributes={**draft.attributes, key: value}, ambiguous=ambiguous)
