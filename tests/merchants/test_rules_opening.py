"""Who may open a shop, and with what."""

from datetime import datetime

import pytest

from xiaodian import rulebooks
from xiaodian.kernel.clock import SHANGHAI
from xiaodian.merchants.rules import opening
from xiaodian.rulebooks import Origin, Subject

P, S, E = Subject.PERSONAL, Subject.SOLE_PROP, Subject.ENTERPRISE
CATEGORIES = rulebooks.categories()
CALENDAR = rulebooks.shipped_calendar()


def test_wechat_demands_the_binding_of_accounts():
    book = rulebooks.market("wechat")
    verdict = opening.preconditions_met(book, ())
    assert verdict.value == "ACCOUNT_NOT_BOUND"
    assert verdict.rule == "W-REG-01"
    assert verdict.text() == "请先完成：绑定微信号与视频号"
    assert opening.preconditions_met(book, {"wechat_account_bound"}).value is None


@pytest.mark.parametrize("market", ["douyin", "kuaishou", "xiaohongshu"])
def test_other_markets_bind_nothing(market):
    assert opening.preconditions_met(rulebooks.market(market), ()).value is None


@pytest.mark.parametrize(
    ("market", "subject", "self_operated", "papers"),
    [
        ("wechat", P, True, ("id_card", "channels_realname")),
        ("wechat", E, True, ("business_licence", "legal_person_id", "corporate_account")),
        ("wechat", S, True, ("business_licence", "operator_id", "settlement_account")),
        ("wechat", E, False, ("business_licence", "legal_person_id", "corporate_account")),
        ("douyin", P, True, ("id_card", "bank_card")),
        ("douyin", E, True, ("business_licence", "ca_certificate")),
        ("kuaishou", P, True, ("id_card", "face_recognition")),
        ("kuaishou", E, True, ("business_licence", "account_permit")),
        ("xiaohongshu", E, True, ("business_licence", "legal_person_id")),
        ("xiaohongshu", E, False, ("business_licence", "legal_person_id", "brand_auth")),
        ("xiaohongshu", P, True, ()),
    ],
)
def test_papers_by_subject(market, subject, self_operated, papers):
    book = rulebooks.market(market)
    assert opening.documents(book, subject, self_operated=self_operated).value == papers


def test_papers_of_another_subject_do_not_count():
    verdict = opening.documents_complete(
        rulebooks.market("wechat"), E, {"id_card", "channels_realname"}
    )
    assert verdict.value == "DOC_MISSING"
    assert verdict.inputs["missing"] == ("business_licence", "legal_person_id", "corporate_account")
    assert verdict.text() == "还缺少材料：营业执照、法人身份证、对公账户"


@pytest.mark.parametrize(
    ("market", "subject", "denial"),
    [
        ("wechat", P, None),
        ("wechat", S, None),
        ("douyin", P, None),
        ("kuaishou", E, None),
        ("xiaohongshu", P, "ENTERPRISE_ONLY"),
        ("xiaohongshu", S, "ENTERPRISE_ONLY"),
        ("xiaohongshu", E, None),
    ],
)
def test_subjects(market, subject, denial):
    assert opening.subject_allowed(rulebooks.market(market), subject).value == denial


@pytest.mark.parametrize(
    ("market", "subject", "category", "denial"),
    [
        ("wechat", S, "game_cards", "VIRTUAL_NOT_FOR_SOLE_PROP"),
        ("wechat", S, "virtual", "VIRTUAL_NOT_FOR_SOLE_PROP"),
        ("wechat", P, "top_up", "VIRTUAL_NOT_FOR_PERSONAL"),
        ("wechat", E, "top_up", None),
        ("wechat", S, "apparel", None),
        ("douyin", S, "top_up", None),
        ("kuaishou", P, "vouchers", None),
    ],
)
def test_virtual_goods(market, subject, category, denial):
    book = rulebooks.market(market)
    assert opening.category_allowed(book, subject, category, CATEGORIES).value == denial


def test_x_g02_and_k_g06_deadlines():
    friday = datetime(2025, 3, 7, 10, tzinfo=SHANGHAI)
    ends = {
        market: opening.audit_deadline(rulebooks.market(market), friday, CALENDAR)
        .value.at.astimezone(SHANGHAI)
        .isoformat(timespec="seconds")
        for market in ("wechat", "douyin", "kuaishou", "xiaohongshu")
    }
    assert ends == {
        "wechat": "2025-03-12T23:59:59+08:00",
        "douyin": "2025-03-12T23:59:59+08:00",
        "kuaishou": "2025-03-14T23:59:59+08:00",
        "xiaohongshu": "2025-03-18T23:59:59+08:00",
    }
    festival = datetime(2025, 1, 24, 10, tzinfo=SHANGHAI)
    deadline = opening.audit_deadline(rulebooks.market("kuaishou"), festival, CALENDAR).value
    assert deadline.at.astimezone(SHANGHAI).date().isoformat() == "2025-02-07"
    assert not deadline.provisional


def test_a_year_without_holidays_is_provisional():
    submitted = datetime(2031, 3, 7, 10, tzinfo=SHANGHAI)
    verdict = opening.audit_deadline(rulebooks.market("wechat"), submitted, CALENDAR)
    assert verdict.value.provisional


def test_x_g02_objections():
    book = rulebooks.market("xiaohongshu")
    personal = opening.Applicant(subject=P, categories=("apparel",))
    assert [v.value for v in opening.objections(book, personal, CATEGORIES)] == ["ENTERPRISE_ONLY"]
    papers = frozenset({"business_licence", "legal_person_id"})
    resale = opening.Applicant(
        subject=E, categories=("apparel",), self_operated=False, papers=papers
    )
    (verdict,) = opening.objections(book, resale, CATEGORIES)
    assert (verdict.value, verdict.rule) == ("DOC_MISSING", "X-REG-03")
    assert verdict.inputs["missing"] == ("brand_auth",)
    own = opening.Applicant(subject=E, categories=("apparel",), papers=papers)
    assert opening.objections(book, own, CATEGORIES) == []


@pytest.mark.parametrize(
    ("market", "subject", "bound", "listed"),
    [
        ("wechat", P, (), ("WECHAT_PAY",)),
        ("wechat", P, ("wecom_bound",), ("WECHAT_PAY",)),
        ("wechat", E, (), ("WECHAT_PAY",)),
        ("wechat", E, ("wecom_bound",), ("WECHAT_PAY", "WECOM_PAY")),
        ("douyin", P, (), ("DOUYIN_PAY", "ALIPAY", "BANK_CARD")),
        ("kuaishou", P, (), ("KUAISHOU_PAY", "WECHAT_PAY", "ALIPAY")),
        ("xiaohongshu", E, (), ("XHS_WALLET", "BANK_CARD")),
    ],
)
def test_payment_methods(market, subject, bound, listed):
    assert opening.methods(rulebooks.market(market), subject, bound).value == listed


def test_why_a_method_is_refused():
    book = rulebooks.market("wechat")
    personal = opening.method_allowed(book, P, "WECOM_PAY")
    assert (personal.value, personal.rule) == ("PERSONAL_WECHAT_PAY_ONLY", "W-REG-08")
    assert opening.method_allowed(book, E, "WECOM_PAY").value == "METHOD_NOT_BOUND"
    assert opening.method_allowed(book, E, "ALIPAY").value == "METHOD_NOT_OFFERED"


def test_invoices_and_shop_types():
    wechat, douyin = rulebooks.market("wechat"), rulebooks.market("douyin")
    assert opening.invoice_allowed(wechat, P).value == "INVOICE_NOT_FOR_PERSONAL"
    assert opening.invoice_allowed(wechat, E).value is None
    assert opening.shop_type(wechat, S).value == "enterprise_shop"
    assert opening.shop_type(douyin, S).value == "individual_shop"
    assert opening.shop_type(douyin, P).origin is Origin.SEED


def test_surfaces():
    wechat, douyin = rulebooks.market("wechat"), rulebooks.market("douyin")
    assert opening.surface_allowed(wechat, "moments", same_subject=True).value is None
    foreign = opening.surface_allowed(wechat, "moments", same_subject=False)
    assert foreign.value == "SURFACE_NOT_AUTHORISED"
    denied = opening.surface_allowed(douyin, "moments", same_subject=True)
    assert denied.value == "SURFACE_NOT_SUPPORTED"
