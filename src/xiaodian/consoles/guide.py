"""How to open a shop: the steps of a market, where an applicant stands, and why (G-GEN-09)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from xiaodian.deposits import rules as deposits
from xiaodian.infra.i18n import SOURCE, sentence
from xiaodian.merchants import opening

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xiaodian.rulebooks import Categories, Origin, Rulebook, Subject, Verdict
    from xiaodian.rulebooks.schema import Input

__all__ = ["Guide", "GuideFacts", "GuideItem", "GuideState", "guide"]


class GuideState(StrEnum):
    """How far a step is. What is blocked waits for a step before it, or can never be done."""

    DONE = "done"
    MISSING = "missing"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideFacts:
    """Where an applicant stands; by default at the very beginning."""

    self_operated: bool = True
    bound: frozenset[str] = frozenset()
    papers: frozenset[str] = frozenset()
    submitted: bool = False
    approved: bool = False
    required: Verdict[int] | None = None
    """What the shop must lodge now; before there is one, the category alone decides."""
    cash_fen: int = 0
    cover_fen: int = 0
    products_listed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideItem:
    """One step, its state, and why it stands so.

    ``needs`` are the codes of what the step still asks for: bindings or papers.
    """

    step: str
    state: GuideState
    sentence: str
    inputs: Mapping[str, Input]
    rule: str
    origin: Origin
    needs: tuple[str, ...] = ()

    def why(self, lang: str = SOURCE) -> str:
        """Answer the reason in a language."""
        return sentence(self.sentence, self.inputs, lang)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """The ordered checklist of one market for one applicant."""

    book: Rulebook
    subject: Subject
    category: str
    items: tuple[GuideItem, ...]

    @property
    def next(self) -> GuideItem | None:
        """Answer the first step that can be done now; None when all is done or all is blocked."""
        return next((item for item in self.items if item.state is GuideState.MISSING), None)

    def as_json(self, lang: str = SOURCE) -> dict[str, object]:
        """Answer the checklist as the command line has it."""
        return {
            "market": self.book.market,
            "rulebook": self.book.ref,
            "subject": str(self.subject),
            "category": self.category,
            "items": [
                {
                    "item": item.step,
                    "state": str(item.state),
                    "why": item.why(lang),
                    "needs": list(item.needs),
                    "rule": item.rule,
                    "origin": str(item.origin),
                }
                for item in self.items
            ],
        }


def guide(
    book: Rulebook,
    subject: Subject,
    category: str,
    categories: Categories,
    facts: GuideFacts | None = None,
) -> Guide:
    """Make the checklist of a market for an applicant, in the order of the rulebook.

    A subject or category that the market does not take blocks every step.
    """
    known = facts or GuideFacts()
    refusals = [
        verdict
        for verdict in (
            opening.subject_allowed(book, subject),
            opening.category_allowed(book, subject, category, categories),
        )
        if verdict.value is not None
    ]
    if refusals:
        items = tuple(_item(step, GuideState.BLOCKED, refusals[0]) for step in book.platform.guide)
        return Guide(book=book, subject=subject, category=category, items=items)
    steps = {
        "bind_account": _bind(book, known),
        "documents": _documents(book, subject, known),
        "audit": _audit(book, known),
        "deposit": _deposit(book, category, categories, known),
        "first_product": _first_product(book, category, known),
    }
    found: list[GuideItem] = []
    for step in book.platform.guide:
        item = steps[step]
        waits = [before for before in found if before.state is not GuideState.DONE]
        # Papers may be gathered before anything is bound; everything after waits its turn.
        held = step not in {"bind_account", "documents"} and waits
        if item.state is not GuideState.DONE and held:
            item = _waiting(book, step, waits[-1])
        found.append(item)
    return Guide(book=book, subject=subject, category=category, items=tuple(found))


def _item(
    step: str, state: GuideState, verdict: Verdict[object], needs: tuple[str, ...] = ()
) -> GuideItem:
    return GuideItem(
        step=step,
        state=state,
        sentence=verdict.sentence,
        inputs=verdict.inputs,
        rule=verdict.rule,
        origin=verdict.origin,
        needs=needs,
    )


def _said(book: Rulebook, step: str, state: GuideState, text: str, **inputs: Input) -> GuideItem:
    """Make an item that no other decision explains."""
    leaf = book.leaf("platform.guide")
    return GuideItem(
        step=step,
        state=state,
        sentence=text,
        inputs=inputs,
        rule=leaf.rules[0],
        origin=leaf.origin,
    )


def _waiting(book: Rulebook, step: str, before: GuideItem) -> GuideItem:
    return _said(
        book, step, GuideState.BLOCKED, "请先完成“{before:guide_step}”", before=before.step
    )


def _bind(book: Rulebook, facts: GuideFacts) -> GuideItem:
    verdict = opening.preconditions_met(book, facts.bound)
    needs = tuple(code for code in book.registration.preconditions if code not in facts.bound)
    state = GuideState.DONE if verdict.value is None else GuideState.MISSING
    return _item("bind_account", state, verdict, needs)


def _documents(book: Rulebook, subject: Subject, facts: GuideFacts) -> GuideItem:
    asked = opening.documents(book, subject, self_operated=facts.self_operated)
    verdict = opening.documents_complete(
        book, subject, facts.papers, self_operated=facts.self_operated
    )
    if verdict.value is None:
        return _item("documents", GuideState.DONE, verdict)
    needs = tuple(code for code in asked.value if code not in facts.papers)
    shown = asked if needs == asked.value else verdict
    return _item("documents", GuideState.MISSING, shown, needs)


def _audit(book: Rulebook, facts: GuideFacts) -> GuideItem:
    if facts.approved:
        return _said(book, "audit", GuideState.DONE, "审核已通过")
    audit = book.registration.audit
    leaf = book.leaf("registration.audit.max_days")
    text = (
        "审核中，{min_days}–{max_days} 个工作日内答复"
        if facts.submitted
        else "提交后 {min_days}–{max_days} 个工作日内审核"
    )
    return GuideItem(
        step="audit",
        state=GuideState.MISSING,
        sentence=text,
        inputs={"min_days": audit.min_days, "max_days": audit.max_days},
        rule=leaf.rules[0],
        origin=leaf.origin,
    )


def _deposit(book: Rulebook, category: str, categories: Categories, facts: GuideFacts) -> GuideItem:
    required = facts.required or deposits.required(
        book, deposits.DepositFacts(categories=(category,)), categories
    )
    missing = deposits.shortfall(required, cash_fen=facts.cash_fen, cover_fen=facts.cover_fen)
    if missing.value == 0:
        return _item("deposit", GuideState.DONE, missing)
    untouched = facts.cash_fen == 0 and facts.cover_fen == 0
    return _item("deposit", GuideState.MISSING, required if untouched else missing)


def _first_product(book: Rulebook, category: str, facts: GuideFacts) -> GuideItem:
    if facts.products_listed > 0:
        return _said(
            book,
            "first_product",
            GuideState.DONE,
            "已上架 {count} 个商品",
            count=facts.products_listed,
        )
    return _said(
        book,
        "first_product",
        GuideState.MISSING,
        "上架一个{category:category}商品，通过商品审核",
        category=category,
    )
