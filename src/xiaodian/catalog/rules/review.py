"""What a market's review looks for in a submitted draft: automatic findings for the reviewer.

Each check is a policy kind of the rulebook; which of them a market runs is its data. A finding of
level DENY stands in the way of approval; MANUAL wants a person's look and word; NOTE is said only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from xiaodian.catalog.rules.questions import document_word
from xiaodian.catalog.rules.said import Said
from xiaodian.kernel.money import BPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from xiaodian.catalog.rules.drafts import Draft
    from xiaodian.catalog.rules.questions import Lore
    from xiaodian.rulebooks import Categories

__all__ = [
    "Finding",
    "Level",
    "Paper",
    "PaperState",
    "Prediction",
    "ReviewFacts",
    "findings",
    "note_findings",
    "predict_category",
]


_LAST_WEIGHT = 3


class Level(StrEnum):
    """How much a finding weighs."""

    DENY = "DENY"
    MANUAL = "MANUAL"
    NOTE = "NOTE"
    """Worth knowing; it stands in nobody's way."""


class PaperState(StrEnum):
    """What a reviewer found a paper to be."""

    UNCHECKED = "UNCHECKED"
    GENUINE = "GENUINE"
    FORGED = "FORGED"


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper attached to a draft; ``issuer`` granted it to ``holder``, until a day or for ever."""

    code: str
    state: PaperState
    issuer: str
    holder: str
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """The leaf that a title's words point to, and with how much of their weight."""

    category: str
    score_bps: int


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """What a review knows beside the draft. ``median_fen`` is of the category's other offers.

    ``holder`` is the name of the shop's subject, ``on`` the Shanghai day of the review, and
    ``notes_related`` how many notes are tied to the product.
    """

    prediction: Prediction | None
    median_fen: int | None
    papers: Sequence[Paper]
    holder: str
    on: date
    notes_related: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check found: the denial's code, the rule, the weight, and the sentence.

    ``predicted`` marks a DENY that rests on a prediction: a reviewer may set it aside with a
    reason, like whatever is MANUAL; any other DENY stands.
    """

    code: str
    rule: str
    level: Level
    said: Said
    predicted: bool = False

    @property
    def stands(self) -> bool:
        """Tell whether it keeps a product from being approved until it is set aside."""
        return self.level is not Level.NOTE

    @property
    def overrulable(self) -> bool:
        """Tell whether a reviewer's reasoned word sets it aside."""
        return self.predicted or self.level is Level.MANUAL


def predict_category(title: str, categories: Categories) -> Prediction | None:
    """Weigh the words of every leaf that a title contains; None when it contains none.

    A word weighs its length, and three times that where it ends last: in a Chinese title the
    thing itself comes at the end, what it is for or made of before it (空调被 is a quilt). Of
    equals the first leaf of the list wins.
    """
    ends = {
        word: title.rindex(word) + len(word)
        for leaf in categories.leaves
        for word in leaf.words
        if word in title
    }
    if not ends:
        return None
    last = max(ends.values())
    weights = {
        leaf.code: sum(
            len(word) * (_LAST_WEIGHT if ends[word] == last else 1)
            for word in leaf.words
            if word in ends
        )
        for leaf in categories.leaves
    }
    best = max(weights, key=lambda code: weights[code])
    return Prediction(best, weights[best] * BPS // sum(weights.values()))


def findings(  # noqa: C901 - one case a policy kind
    draft: Draft, facts: ReviewFacts, lore: Lore
) -> tuple[Finding, ...]:
    """Run the market's automatic checks over a draft that answered all its questions."""
    found: list[Finding] = []
    for code, check in lore.book.product.audit.items():
        rule = lore.rule(f"product.audit.{code}", "A-PRD-02")
        match check.kind:
            case "DOC_AUTHENTIC":
                found += _documents(facts, rule, check.denial)
            case "CATEGORY_MATCH":
                found += _category(draft, facts, lore, rule, check.denial, check.threshold_bps)
            case "PRICE_BAND":
                found += _price(draft, facts, rule, check.denial, (check.min_bps, check.max_bps))
            case "BRAND_CHAIN":
                found += _brand(draft, facts, rule, check.denial)
            case "FORBIDDEN_WORDS":
                found += _words(draft, rule, check.denial, check.words)
            case "CONSISTENCY":
                found += _claims(draft, lore, rule, check.denial)
            case "NOTE_RELEVANCE":
                found += _notes(facts.notes_related, rule, check.denial, check.notes_min)
            case "RESTRICTED_LIST":
                found += _restricted(draft, lore, rule, check.denial, (check.flags, check.words))
            case "METRIC_WATCH":
                continue
    return tuple(found)


def _documents(facts: ReviewFacts, rule: str, denial: str) -> Iterator[Finding]:
    """Every paper must be genuine, in force and made out to the shop's subject (W-PRD-02)."""
    for paper in facts.papers:
        named = {"document": document_word(paper.code)}
        if paper.state is PaperState.FORGED:
            yield Finding(denial, rule, Level.DENY, Said("{document}经核查不真实", named))
        elif paper.valid_until is not None and paper.valid_until < facts.on:
            said = Said("{document}已于 {until} 过期", {**named, "until": str(paper.valid_until)})
            yield Finding("DOC_EXPIRED", rule, Level.DENY, said)
        elif paper.state is PaperState.UNCHECKED:
            said = Said("{document}还没有核查真伪", named)
            yield Finding("DOC_UNCHECKED", rule, Level.DENY, said)
        elif paper.holder != facts.holder:
            # A factory's licence names the factory; whether its goods are meant, a person judges.
            said = Said(
                "{document}的持有人“{holder}”不是店铺主体", {**named, "holder": paper.holder}
            )
            yield Finding("DOC_HOLDER_DIFFERS", rule, Level.MANUAL, said)


def _category(
    draft: Draft, facts: ReviewFacts, lore: Lore, rule: str, denial: str, threshold_bps: int
) -> Iterator[Finding]:
    """Compare the predicted leaf with the chosen one, or its sister by enough weight (W-PRD-03)."""
    assert draft.category is not None, "a submitted draft has its category"
    if facts.prediction is None:
        said = Said("标题里没有可以判断类目的词，请留意所选类目")
        yield Finding("CATEGORY_UNPREDICTED", rule, Level.NOTE, said)
        return
    predicted, chosen = facts.prediction.category, draft.category
    sisters = lore.categories.get(predicted).parent == lore.categories.get(chosen).parent
    if predicted == chosen or (sisters and facts.prediction.score_bps >= threshold_bps):
        return
    said = Said(
        "标题更像“{predicted}”，与所选类目“{chosen}”不符",
        {
            "predicted": lore.categories.get(predicted).name.zh,
            "chosen": lore.categories.get(chosen).name.zh,
        },
    )
    yield Finding(denial, rule, Level.DENY, said, predicted=True)


def _price(
    draft: Draft, facts: ReviewFacts, rule: str, denial: str, band_bps: tuple[int, int]
) -> Iterator[Finding]:
    """Every price lies in the band around the category's median, else a person looks (W-PRD-04)."""
    if facts.median_fen is None:
        return
    lowest, highest = band_bps
    for price_fen in sorted({draft.sale_price_fen, *(sku.price_fen for sku in draft.skus)}):
        # price / median compared with the band without dividing (C-2).
        ratio, whole = price_fen * BPS, facts.median_fen
        if lowest * whole <= ratio <= highest * whole:
            continue
        said = Said(
            "价格 {price_fen} 偏离类目中位价 {median_fen} 过多",
            {"price_fen": price_fen, "median_fen": facts.median_fen},
        )
        yield Finding(denial, rule, Level.MANUAL, said)


def _brand(draft: Draft, facts: ReviewFacts, rule: str, denial: str) -> Iterator[Finding]:
    """Authorisations in force lead from the mark's owner to the shop's subject (D-PRD-01)."""
    if not draft.brand:
        return
    valid = [
        paper
        for paper in facts.papers
        if paper.state is not PaperState.FORGED
        and (paper.valid_until is None or paper.valid_until >= facts.on)
    ]
    reached = {paper.holder for paper in valid if paper.code == "trademark_certificate"}
    if not reached:
        said = Said("品牌“{brand}”缺少有效的商标注册证", {"brand": draft.brand})
        yield Finding(denial, rule, Level.DENY, said)
        return
    links = [paper for paper in valid if paper.code == "brand_auth"]
    while more := {link.holder for link in links if link.issuer in reached} - reached:
        reached |= more
    if facts.holder not in reached:
        last = sorted(reached)
        said = Said("授权链止于{links}，没有到达店铺主体", {"links": last})
        yield Finding(denial, rule, Level.DENY, said)


def _words(draft: Draft, rule: str, denial: str, words: Sequence[str]) -> Iterator[Finding]:
    """No word of the Advertising Law's list stands in title, selling point or values (D-PRD-02)."""
    for place, text in _texts(draft):
        for word in words:
            if word in text:
                said = Said("{place}含有违禁词“{word}”", {"place": place, "word": word})
                yield Finding(denial, rule, Level.DENY, said)


def _claims(draft: Draft, lore: Lore, rule: str, denial: str) -> Iterator[Finding]:
    """Hold what the title claims against the attributes (K-PRD-01)."""
    text = f"{draft.title} {draft.selling_point}"
    for key, value in draft.attributes.items():
        attribute = lore.library.by_key.get(key)
        for claim, proofs in attribute.claims.items() if attribute else ():
            if claim in text and not any(proof in value for proof in proofs):
                facts = {"claim": claim, "attribute": lore.library.label(key), "value": value[:40]}
                said = Said("标题写“{claim}”，{attribute}却是“{value}”", facts)
                yield Finding(denial, rule, Level.DENY, said)


def note_findings(notes_related: int, lore: Lore) -> tuple[Finding, ...]:
    """Run the checks on notes alone: they stand before submission as well as before approval."""
    return tuple(
        finding
        for code, check in lore.book.product.audit.items()
        if check.kind == "NOTE_RELEVANCE"
        for finding in _notes(
            notes_related,
            lore.rule(f"product.audit.{code}", "X-PRD-01"),
            check.denial,
            check.notes_min,
        )
    )


def _notes(notes_related: int, rule: str, denial: str, notes_min: int) -> Iterator[Finding]:
    """Count the notes that speak of the product (X-PRD-01)."""
    if notes_related < notes_min:
        said = Said(
            "至少要关联 {count} 篇与商品相关的笔记，现有 {found} 篇",
            {"count": notes_min, "found": notes_related},
        )
        yield Finding(denial, rule, Level.DENY, said)


def _restricted(
    draft: Draft,
    lore: Lore,
    rule: str,
    denial: str,
    barred: tuple[Sequence[str], Sequence[str]],
) -> Iterator[Finding]:
    """Goods that may not be sold here, by trait of their category or by word (X-PRD-02)."""
    flags, words = barred
    for flag in flags:
        if draft.category is not None and lore.categories.has(draft.category, flag):
            said = Said(
                "类目属于“{flag}”，不允许销售", {"flag": lore.categories.flag_names[flag].zh}
            )
            yield Finding(denial, rule, Level.DENY, said)
    for place, text in _texts(draft):
        for word in words:
            if word in text:
                said = Said("{place}出现限售词“{word}”", {"place": place, "word": word})
                yield Finding(denial, rule, Level.DENY, said)


def _texts(draft: Draft) -> Iterator[tuple[str, str]]:
    yield "标题", draft.title
    yield "卖点", draft.selling_point
    yield "属性", "\n".join([*draft.attributes.values(), *draft.extra.values()])
