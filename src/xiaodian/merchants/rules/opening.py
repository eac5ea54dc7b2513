"""Who may open a shop, with what papers, by when it is reviewed, and what the shop may then do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from xiaodian.rulebooks import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from xiaodian.kernel.calendar import Deadline, WorkingCalendar
    from xiaodian.rulebooks import Categories, Permission, Rulebook, Subject

__all__ = [
    "Applicant",
    "audit_deadline",
    "category_allowed",
    "documents",
    "documents_complete",
    "invoice_allowed",
    "method_allowed",
    "methods",
    "objections",
    "preconditions_met",
    "shop_type",
    "subject_allowed",
    "supplement_deadline",
    "surface_allowed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """What an application says: who, for which categories, and what was bound and handed in."""

    subject: Subject
    categories: tuple[str, ...]
    self_operated: bool = True
    bound: frozenset[str] = frozenset()
    papers: frozenset[str] = frozenset()


def subject_allowed(book: Rulebook, subject: Subject) -> Permission:
    """Tell whether such a subject may open a shop here (W-REG-02, X-REG-01)."""
    allowed = subject in book.registration.subjects
    denial = None if allowed else book.registration.subject_denial
    return Verdict.of(
        book,
        denial,
        "registration.subjects",
        sentence="本平台接受{subject:subject}开店"
        if allowed
        else "本平台只接受{allowed:subject}开店",
        subject=str(subject),
        allowed=tuple(book.registration.subjects),
    )


def shop_type(book: Rulebook, subject: Subject) -> Verdict[str]:
    """Answer the type of shop that an allowed subject opens (W-DEP-01)."""
    return Verdict.of(
        book,
        book.deposit.shop_types[subject],
        f"deposit.shop_types.{subject}",
        sentence="{subject:subject}开设{shop_type:shop_type}",
        subject=str(subject),
        shop_type=book.deposit.shop_types[subject],
    )


def preconditions_met(book: Rulebook, bound: Collection[str]) -> Permission:
    """Tell whether everything is bound that must be before an application (W-REG-01)."""
    lacking = tuple(code for code in book.registration.preconditions if code not in bound)
    return Verdict.of(
        book,
        book.registration.precondition_denial if lacking else None,
        "registration.preconditions",
        sentence="请先完成：{lacking:precondition}" if lacking else "开店前的绑定已完成",
        lacking=lacking,
    )


def documents(
    book: Rulebook, subject: Subject, *, self_operated: bool = True
) -> Verdict[tuple[str, ...]]:
    """Answer the papers that a subject hands in; none for a subject that is not allowed."""
    needs = book.registration.documents.get(subject, {})
    listed = tuple(code for code, when in needs.items() if when == "ALWAYS" or not self_operated)
    leaves = [f"registration.documents.{subject}.{code}" for code in listed]
    return Verdict.of(
        book,
        listed,
        *(leaves or ["registration.subjects"]),
        sentence="{subject:subject}开店需提交：{documents:document}",
        subject=str(subject),
        self_operated=self_operated,
        documents=listed,
    )


def documents_complete(
    book: Rulebook, subject: Subject, papers: Collection[str], *, self_operated: bool = True
) -> Permission:
    """Tell whether every paper is there; papers of another subject do not count (W-REG-02)."""
    asked = documents(book, subject, self_operated=self_operated).value
    missing = tuple(code for code in asked if code not in papers)
    leaves = [f"registration.documents.{subject}.{code}" for code in missing or asked]
    return Verdict.of(
        book,
        book.registration.document_denial if missing else None,
        *(leaves or ["registration.subjects"]),
        sentence="还缺少材料：{missing:document}" if missing else "材料齐全",
        subject=str(subject),
        self_operated=self_operated,
        missing=missing,
    )


def category_allowed(
    book: Rulebook, subject: Subject, category: str, categories: Categories
) -> Permission:
    """Tell whether a subject may trade in a category (W-REG-07)."""
    for flag, denials in book.registration.category_denials.items():
        if subject in denials and categories.has(category, flag):
            return Verdict.of(
                book,
                denials[subject],
                f"registration.category_denials.{flag}.{subject}",
                sentence="{subject:subject}不能经营{category:category}类目",
                subject=str(subject),
                category=category,
            )
    return Verdict.of(
        book,
        None,
        "registration.subjects",
        sentence="{subject:subject}可以经营{category:category}类目",
        subject=str(subject),
        category=category,
    )


def objections(book: Rulebook, applicant: Applicant, categories: Categories) -> list[Permission]:
    """List everything that stands against an application; an empty list lets it be submitted."""
    subject = subject_allowed(book, applicant.subject)
    if subject.value is not None:
        return [subject]
    found = [
        preconditions_met(book, applicant.bound),
        documents_complete(
            book, applicant.subject, applicant.papers, self_operated=applicant.self_operated
        ),
        *(
            category_allowed(book, applicant.subject, category, categories)
            for category in applicant.categories
        ),
    ]
    return [verdict for verdict in found if verdict.value is not None]


def audit_deadline(
    book: Rulebook, submitted_at: datetime, calendar: WorkingCalendar
) -> Verdict[Deadline]:
    """Answer by when the review is promised: the end of the last working day (W-REG-05, C-7)."""
    audit = book.registration.audit
    deadline = calendar.deadline(submitted_at, audit.max_days)
    return Verdict.of(
        book,
        deadline,
        "registration.audit.max_days",
        sentence="{min_days}–{max_days} 个工作日内审核，最晚 {due_at}",
        min_days=audit.min_days,
        max_days=audit.max_days,
        submitted_at=submitted_at,
        due_at=deadline.at,
    )


def supplement_deadline(book: Rulebook, asked_at: datetime) -> Verdict[datetime]:
    """Answer until when a supplement may be handed in (A-REG-01)."""
    due_at = asked_at + timedelta(days=book.registration.supplement_days)
    return Verdict.of(
        book,
        due_at,
        "registration.supplement_days",
        sentence="请在 {due_at} 前补充材料，逾期申请失效",
        asked_at=asked_at,
        due_at=due_at,
    )


def methods(
    book: Rulebook, subject: Subject, bound: Collection[str] = ()
) -> Verdict[tuple[str, ...]]:
    """Answer the payment methods that a shop of this subject may offer now (W-REG-08, W-TRX-02)."""
    listed = tuple(
        code
        for code in book.trade.payment.methods
        if method_allowed(book, subject, code, bound).value is None
    )
    return Verdict.of(
        book,
        listed,
        *(f"trade.payment.methods.{code}.subjects" for code in book.trade.payment.methods),
        sentence="可以使用：{methods:method}",
        subject=str(subject),
        methods=listed,
    )


def method_allowed(
    book: Rulebook, subject: Subject, method: str, bound: Collection[str] = ()
) -> Permission:
    """Tell whether a shop may offer a method; ``bound`` says what it has bound (W-REG-08, -09)."""
    payment = book.trade.payment
    rule = payment.methods.get(method)
    leaf = "trade.payment.personal_methods"
    denial: str | None = None
    sentence = "可以使用{method:method}"
    if rule is None:
        denial, sentence = "METHOD_NOT_OFFERED", "本平台不支持{method:method}"
    elif subject not in rule.subjects:
        denial, sentence = payment.method_denial, "{subject:subject}店铺不能使用{method:method}"
    elif rule.needs is not None and rule.needs not in bound:
        denial, sentence = "METHOD_NOT_BOUND", "使用{method:method}前请先完成：{needs:precondition}"
        leaf = f"trade.payment.methods.{method}.needs"
    return Verdict.of(
        book,
        denial,
        leaf if denial else f"trade.payment.methods.{method}.subjects",
        sentence=sentence,
        subject=str(subject),
        method=method,
        needs=rule.needs if rule is not None else None,
    )


def invoice_allowed(book: Rulebook, subject: Subject) -> Permission:
    """Tell whether a shop may issue invoices (W-REG-10)."""
    gate = book.trade.payment.invoice
    allowed = subject in gate.subjects
    return Verdict.of(
        book,
        None if allowed else gate.denial,
        "trade.payment.invoice.subjects",
        sentence="可以开具发票" if allowed else "{subject:subject}店铺不能开具发票",
        subject=str(subject),
    )


def surface_allowed(
    book: Rulebook, surface: str, *, same_subject: bool, authorised: bool = False
) -> Permission:
    """Tell whether an account of a surface may be linked to the shop (G-GEN-01)."""
    denial: str | None = None
    sentence = "可以关联{surface:surface}"
    if surface not in book.platform.surfaces:
        denial, sentence = book.platform.surface_denial, "本平台不支持关联{surface:surface}"
    elif not (same_subject or authorised):
        denial, sentence = "SURFACE_NOT_AUTHORISED", "{surface:surface}的主体与店铺不同，需要授权"
    return Verdict.of(
        book,
        denial,
        "platform.surfaces",
        sentence=sentence,
        surface=surface,
        same_subject=same_subject,
        authorised=authorised,
    )
