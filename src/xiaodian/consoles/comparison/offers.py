"""What each market would ask of a merchant, and what it would leave him of an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from xiaodian.deposits import rules as deposits
from xiaodian.merchants import opening
from xiaodian.rulebooks import Origin, Permission, Rulebook, Subject, Verdict, schema, weakest
from xiaodian.settlement import rules as settlement

if TYPE_CHECKING:
    from xiaodian.rulebooks import Categories, Library

__all__ = ["Advice", "Offer", "Question", "advise", "make_offer"]

Answer: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Who asks, and about what trade.

    ``monthly_orders`` None means as many orders of ``order_fen`` as make up the monthly sales.
    """

    subject: Subject = Subject.ENTERPRISE
    category: str = "general"
    order_fen: int = 10_000
    monthly_gmv_fen: int = 0
    monthly_orders: int | None = None
    self_operated: bool = True
    content_skill: bool = False
    private_followers: int = 0

    @property
    def orders(self) -> int:
        """Answer the orders of a month."""
        if self.monthly_orders is not None:
            return self.monthly_orders
        return self.monthly_gmv_fen // self.order_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One market's answer. ``deposit`` and ``split`` are None where the merchant may not trade."""

    book: Rulebook
    reasons: tuple[Permission, ...]
    documents: Verdict[tuple[str, ...]]
    deposit: Verdict[int] | None
    split: Verdict[settlement.Split] | None

    @property
    def eligible(self) -> bool:
        """Tell whether the merchant may open a shop here and sell this."""
        return not self.reasons

    @property
    def settle_days(self) -> int:
        """Answer n of T+n."""
        return self.book.trade.settlement.days

    @property
    def settle_days_first(self) -> int:
        """Answer n of T+n while the shop is new."""
        novice = self.book.trade.settlement.novice
        return self.settle_days if novice is None else novice.days

    @property
    def origin(self) -> Origin:
        """Answer the weakest origin of everything the offer says."""
        paths = ["registration.subjects", "registration.audit.min_days"]
        paths += ["registration.audit.max_days", "trade.settlement.days"]
        if self.book.trade.settlement.novice is not None:
            paths.append("trade.settlement.novice.days")
        verdicts = (self.documents, *self.reasons, self.deposit, self.split)
        return weakest([self.book.origin_of(paths), *(v.origin for v in verdicts if v is not None)])

    def as_json(self) -> Answer:
        """Answer the offer as the command line has it; money is None when not eligible."""
        audit = self.book.registration.audit
        split = None if self.split is None else self.split.value
        return {
            "eligible": self.eligible,
            "reasons": [
                {"code": reason.value, "rule": reason.rule, "text": reason.text()}
                for reason in self.reasons
            ],
            "documents": list(self.documents.value),
            "audit_days": {"min": audit.min_days, "max": audit.max_days},
            "deposit_fen": None if self.deposit is None else self.deposit.value,
            "settle_days": self.settle_days,
            "settle_days_first": self.settle_days_first,
            "fees": [
                {
                    "line": charge.line,
                    "bps": charge.bps,
                    "fen": charge.fen,
                    "origin": str(charge.origin),
                }
                for charge in (() if split is None else split.charges)
            ],
            "fee_fen": None if split is None else split.fee_fen,
            "net_fen": None if split is None else split.net_fen,
            "reserve_fen": None if split is None else split.reserve_fen,
            "origin": str(self.origin),
        }


def make_offer(book: Rulebook, question: Question, categories: Categories) -> Offer:
    """Answer a question by one rulebook."""
    reasons = _reasons(book, question, categories)
    papers = opening.documents(book, question.subject, self_operated=question.self_operated)
    if reasons:
        return Offer(book=book, reasons=reasons, documents=papers, deposit=None, split=None)
    facts = deposits.DepositFacts(
        categories=(question.category,),
        month_gmv_fen={question.category: question.monthly_gmv_fen},
        orders_last_month=question.orders,
    )
    sale = settlement.Remaining(paid_fen=question.order_fen)
    return Offer(
        book=book,
        reasons=(),
        documents=papers,
        deposit=deposits.required(book, facts, categories),
        split=settlement.split(book, sale, question.category, categories),
    )


def _reasons(book: Rulebook, question: Question, categories: Categories) -> tuple[Permission, ...]:
    """List what keeps the merchant from selling this here."""
    subject = opening.subject_allowed(book, question.subject)
    if subject.value is not None:
        return (subject,)
    category = opening.category_allowed(book, question.subject, question.category, categories)
    found = [category, *_restrictions(book, question.category, categories)]
    return tuple(verdict for verdict in found if verdict.value is not None)


def _restrictions(book: Rulebook, category: str, categories: Categories) -> list[Permission]:
    """List the restricted-goods checks that a category as a whole cannot pass (X-PRD-02)."""
    return [
        Verdict.of(
            book,
            check.denial,
            f"product.audit.{focus}.kind",
            f"product.audit.{focus}.flags",
            sentence="{category:category}属于限售品类",
            category=category,
        )
        for focus, check in book.product.audit.items()
        if isinstance(check, schema.RestrictedList)
        and any(categories.has(category, flag) for flag in check.flags)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A market in the adviser's ranking, with the reasons that speak for it."""

    offer: Offer
    reasons: tuple[Verdict[str], ...]


def advise(library: Library, question: Question) -> list[Advice]:
    """Rank the markets for a merchant (G-GEN-06).

    Where he may trade comes first, then what the market is recommended for, then what it leaves of
    an order, then how soon it pays and how little deposit it asks.
    """
    found = [
        Advice(
            offer=make_offer(book, question, library.categories), reasons=_merits(book, question)
        )
        for book in library.compared()
    ]
    return sorted(found, key=_rank)


def _rank(advice: Advice) -> tuple[bool, int, int, int, int]:
    offer = advice.offer
    net = 0 if offer.split is None else offer.split.value.net_fen
    deposit = 0 if offer.deposit is None else offer.deposit.value
    return not offer.eligible, -len(advice.reasons), -net, offer.settle_days, deposit


def _merits(book: Rulebook, question: Question) -> tuple[Verdict[str], ...]:
    """List for what the market is recommended to this merchant."""
    adviser = book.platform.adviser
    found: list[Verdict[str]] = []
    if question.content_skill and adviser.content_skill is not None:
        found.append(
            Verdict.of(
                book,
                adviser.content_skill,
                "platform.adviser.content_skill",
                sentence="适合擅长内容创作的商家",
            )
        )
    enough = question.private_followers >= adviser.private_followers_min
    if enough and adviser.private_followers is not None:
        found.append(
            Verdict.of(
                book,
                adviser.private_followers,
                "platform.adviser.private_followers",
                sentence="适合已有私域粉丝的商家（你有 {followers} 位）",
                followers=question.private_followers,
            )
        )
    return tuple(found)
