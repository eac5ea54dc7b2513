"""Rows on registration, deposit and products."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from xiaodian.consoles.comparison.cells import Cell, Phrase, cell, cell_of, cell_with
from xiaodian.merchants import opening
from xiaodian.rulebooks import schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.consoles.comparison.offers import Offer, Question
    from xiaodian.consoles.comparison.rows import Row
    from xiaodian.rulebooks import Categories, Rulebook

__all__ = ["DEPOSIT", "PRODUCT", "REGISTRATION"]

NONE = "无"


def _subjects(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    book = offer.book
    return cell(
        book,
        "{subjects:subject}",
        "registration.subjects",
        subjects=tuple(book.registration.subjects),
    )


def _eligible(offer: Offer, question: Question, _categories: Categories) -> Cell:
    if offer.reasons:
        return cell_of(offer.reasons[0])
    return cell_of(opening.subject_allowed(offer.book, question.subject))


def _preconditions(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    listed = offer.book.registration.preconditions
    text = "{codes:precondition}" if listed else NONE
    return cell(offer.book, text, "registration.preconditions", codes=listed)


def _papers(offer: Offer, question: Question, _categories: Categories) -> Cell:
    papers = offer.documents.value
    paths = [f"registration.documents.{question.subject}.{code}" for code in papers]
    return cell(
        offer.book,
        "{papers:document}" if papers else NONE,
        *(paths or ["registration.subjects"]),
        papers=papers,
    )


def _audit(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    audit = offer.book.registration.audit
    return cell(
        offer.book,
        "{min_days}–{max_days} 个工作日",
        "registration.audit.min_days",
        "registration.audit.max_days",
        min_days=audit.min_days,
        max_days=audit.max_days,
    )


def _brand(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    need = offer.book.registration.brand_auth
    return cell(offer.book, "{need:brand_auth}", "registration.brand_auth", need=need)


def _virtual(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    book = offer.book
    denied = book.registration.category_denials.get("virtual", {})
    if not denied:
        return cell(book, "不限制", "registration.subjects")
    paths = [f"registration.category_denials.virtual.{subject}" for subject in denied]
    return cell(book, "{denied:subject}不可经营", *paths, denied=tuple(denied))


REGISTRATION: Sequence[Row] = (
    ("主体类型", _subjects),
    ("能否开店", _eligible),
    ("开店前绑定", _preconditions),
    ("所需资质", _papers),
    ("审核周期", _audit),
    ("品牌授权", _brand),
    ("虚拟类目", _virtual),
)


def _shop_types(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    types = offer.book.deposit.shop_types
    paths = [f"deposit.shop_types.{subject}" for subject in types]
    return cell(offer.book, "{types:shop_type}", *paths, types=tuple(dict.fromkeys(types.values())))


def _deposit_kind(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    return cell(offer.book, "{kind:deposit_kind}", "deposit.kind", kind=offer.book.deposit.kind)


def _deposit_range(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    policy = offer.book.deposit
    same = policy.base_fen == policy.cap_fen
    return cell(
        offer.book,
        "{base_fen}" if same else "{base_fen} – {cap_fen}",
        "deposit.base_fen",
        "deposit.cap_fen",
        base_fen=policy.base_fen,
        cap_fen=policy.cap_fen,
    )


def _deposit_now(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    if offer.deposit is None:
        return cell_of(offer.reasons[0])
    return cell_of(offer.deposit)


def _insurance(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    insurance = offer.book.deposit.insurance
    if insurance is None:
        return cell(offer.book, NONE, "deposit.insurance")
    return cell(
        offer.book,
        "{subjects:subject}可申请，年保费率 {rate_bps}",
        "deposit.insurance.subjects",
        "deposit.insurance.premium_bps_year",
        subjects=tuple(insurance.subjects),
        rate_bps=insurance.premium_bps_year,
    )


def _grace(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    days = offer.book.deposit.grace_days
    return cell(offer.book, "{days} 天内补缴", "deposit.grace_days", days=days)


DEPOSIT: Sequence[Row] = (
    ("店铺类型", _shop_types),
    ("收取方式", _deposit_kind),
    ("金额范围", _deposit_range),
    ("本次需缴", _deposit_now),
    ("保证金保险", _insurance),
    ("不足时", _grace),
)


def _focus(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    checks = tuple(offer.book.product.audit)
    paths = [f"product.audit.{code}.kind" for code in checks]
    return cell(offer.book, "{checks:audit_focus}", *paths, checks=checks)


def _required(offer: Offer, question: Question, categories: Categories) -> Cell:
    listed = tuple(
        code
        for code, rule in offer.book.product.attributes.items()
        if isinstance(rule, schema.Enumerated)
        or (
            isinstance(rule, schema.RequiredAttribute)
            and (rule.when is None or categories.has(question.category, rule.when))
        )
    )
    paths = [f"product.attributes.{code}.kind" for code in listed]
    return cell(offer.book, "{listed:attribute}", *paths, listed=listed)


def _certificates(offer: Offer, question: Question, categories: Categories) -> Cell:
    book = offer.book
    for flag, rule in book.product.certificates.items():
        if categories.has(question.category, flag):
            text = "{papers:document}" if rule.match == "ALL_OF" else "{papers:document}（任一）"
            path = f"product.certificates.{flag}.documents"
            return cell(book, text, path, papers=rule.documents)
    return cell(book, "该类目无需专门证件", "product.attribute_library")


def _violation(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    book = offer.book
    policy = book.product.violation
    match policy:
        case schema.StrikeCount():
            phrases = [
                Phrase("第 {count} 次{actions:action}", {"count": count, "actions": actions})
                for count, actions in sorted(policy.steps.items())
            ]
            paths = [f"product.violation.steps.{count}" for count in policy.steps]
            return cell_with(book, phrases, paths)
        case schema.SeverityAction():
            return cell(
                book,
                "{actions:action}",
                *(f"product.violation.actions.{one}.action" for one in policy.actions),
                actions=tuple(dict.fromkeys(step.action for step in policy.actions.values())),
            )
        case schema.MetricLimit():
            return cell(
                book,
                "{metric:metric}超过 {over_bps} 时{flag:action}",
                "product.violation.over_bps",
                metric=policy.metric,
                over_bps=policy.over_bps,
                flag=policy.flag,
            )
        case schema.ContentAndPoints():
            return cell(
                book,
                "删除违规笔记，每篇扣 {points} 分",
                "product.violation.deletes",
                "product.violation.points_each",
                points=policy.points_each,
            )
        case _:
            assert_never(policy)


def _batch(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    return _gate(offer.book, offer.book.product.batch_import, "product.batch_import")


def _library(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    return _gate(offer.book, offer.book.product.brand_library, "product.brand_library")


def _gate(book: Rulebook, gate: schema.Gate | None, path: str) -> Cell:
    if gate is None:
        return cell(book, NONE, path)
    return cell(book, "{subjects:subject}", f"{path}.subjects", subjects=tuple(gate.subjects))


PRODUCT: Sequence[Row] = (
    ("审核重点", _focus),
    ("必填属性", _required),
    ("类目证件", _certificates),
    ("违规处理", _violation),
    ("自有品牌库", _library),
    ("批量导入", _batch),
)
