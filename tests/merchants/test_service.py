"""Applications, reviews, shops, staff and payout accounts on a real database."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.world.merchants import (
    PASSWORD,
    account_number,
    acting,
    approved_shop,
    drafted,
    hand_in,
    identity_number,
    merchant_account,
    picture,
    reviewer_account,
    run_checks,
    values_for,
)

from xiaodian import accounts, desk, merchants, notices, rulebooks
from xiaodian.accounts.errors import RoleRequired
from xiaodian.desk.errors import ItemTaken
from xiaodian.infra import audit
from xiaodian.infra.files import FileTypeRefused, Store
from xiaodian.kernel.clock import SHANGHAI
from xiaodian.kernel.paging import PageRequest
from xiaodian.kernel.states import IllegalTransition
from xiaodian.merchants import errors, queries, service
from xiaodian.merchants.gateway import CheckAnswer
from xiaodian.merchants.service import documents
from xiaodian.merchants.states import ApplicationState, CheckOutcome, Flag, Right, ShopState

if TYPE_CHECKING:
    from pathlib import Path

    from xiaodian.infra.db import Tx

OTHER_PHONE = "13900139002"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "files")


@pytest.fixture
async def owner(tx: Tx) -> int:
    return await merchant_account(tx)


@pytest.fixture
async def stranger(tx: Tx) -> int:
    return await merchant_account(tx, OTHER_PHONE, "另一商家")


async def submitted(tx: Tx, store: Store, owner: int, **changes: object) -> int:
    with acting(tx, "merchant", owner):
        draft = await drafted(tx, store, **changes)
        await merchants.submit(tx, draft.id)
    return draft.id


async def reviewing(tx: Tx, store: Store, owner: int, **changes: object) -> int:
    application = await submitted(tx, store, owner, **changes)
    await run_checks(tx, store, application)
    return application


async def state_of(tx: Tx, application_id: int) -> ApplicationState:
    return (await queries.get_application(tx, application_id)).state


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)


# ── what is refused at submission ────────────────────────────────────────────


async def test_without_binding_the_accounts_nothing_is_submitted(
    tx: Tx, store: Store, owner: int
) -> None:
    with acting(tx, "merchant", owner):
        draft = await merchants.start_application(
            tx, market="wechat", subject="PERSONAL", categories=["general"], shop_name="示例店"
        )
        for kind in ("id_card", "channels_realname"):
            await hand_in(tx, store, draft.id, kind)
        await merchants.bind_account(tx, surface="wechat", identifier="demo_shop_01")
        with pytest.raises(rulebooks.Denied) as refused:
            await merchants.submit(tx, draft.id)
        assert refused.value.code == "ACCOUNT_NOT_BOUND"
        await merchants.bind_account(tx, surface="channels", identifier="演示视频号")
        done = await merchants.submit(tx, draft.id)
    assert done.state is ApplicationState.SUBMITTED


async def test_papers_of_the_other_subject_do_not_count(tx: Tx, store: Store, owner: int) -> None:
    with acting(tx, "merchant", owner):
        draft = await merchants.start_application(
            tx, market="douyin", subject="ENTERPRISE", categories=["general"], shop_name="示例店"
        )
        with pytest.raises(errors.DocumentKindUnknown):
            await hand_in(tx, store, draft.id, "id_card")
        with pytest.raises(rulebooks.Denied) as refused:
            await merchants.submit(tx, draft.id)
    assert refused.value.code == "DOC_MISSING"
    assert refused.value.facts["missing"] == ["business_licence", "ca_certificate"]


async def test_a_paper_past_its_last_day_counts_as_missing(
    tx: Tx, store: Store, owner: int
) -> None:
    with acting(tx, "merchant", owner):
        draft = await drafted(tx, store, market="douyin")
        await hand_in(tx, store, draft.id, "ca_certificate", valid_to=date(2025, 3, 9))
        with pytest.raises(rulebooks.Denied) as refused:
            await merchants.submit(tx, draft.id)
        assert refused.value.facts["missing"] == ["ca_certificate"]
        # The last day itself is good.
        await hand_in(tx, store, draft.id, "ca_certificate", valid_to=date(2025, 3, 10))
        assert (await merchants.submit(tx, draft.id)).state is ApplicationState.SUBMITTED


async def test_every_objection_is_named(tx: Tx, owner: int) -> None:
    with acting(tx, "merchant", owner):
        draft = await merchants.start_application(
            tx,
            market="wechat",
            subject="SOLE_PROP",
            categories=["virtual"],
            shop_name="示例店",
        )
        with pytest.raises(rulebooks.Denied) as refused:
            await merchants.submit(tx, draft.id)
    listed = refused.value.facts["objections"]
    assert isinstance(listed, list)
    assert [each["code"] for each in listed] == [
        "ACCOUNT_NOT_BOUND",
        "DOC_MISSING",
        "VIRTUAL_NOT_FOR_SOLE_PROP",
    ]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"market": "nowhere"}, errors.MarketUnknown),
        ({"subject": "NOBODY"}, errors.SubjectUnknown),
        ({"categories": ["unheard_of"]}, errors.CategoryUnknown),
        ({"categories": []}, errors.CategoryUnknown),
        ({"shop_name": "  "}, errors.FieldMissing),
        ({"shop_name": "示" * 21}, errors.FieldTooLong),
        ({"shop_name": "示例\n店"}, errors.FieldTooLong),
    ],
)
async def test_an_application_says_what_exists(
    tx: Tx, owner: int, changes: dict[str, object], refusal: type[Exception]
) -> None:
    given: dict[str, object] = {
        "market": "wechat",
        "subject": "ENTERPRISE",
        "categories": ["general"],
        "shop_name": "示例店",
        **changes,
    }
    with acting(tx, "merchant", owner), pytest.raises(refusal):
        await merchants.start_application(tx, **given)  # type: ignore[arg-type]


async def test_nobody_has_endless_applications(tx: Tx, owner: int) -> None:
    with acting(tx, "merchant", owner):
        for _ in range(20):
            await merchants.start_application(
                tx, market="kuaishou", subject="PERSONAL", categories=["general"], shop_name="店"
            )
        with pytest.raises(errors.ApplicationsMax):
            await merchants.start_application(
                tx, market="kuaishou", subject="PERSONAL", categories=["general"], shop_name="店"
            )


# ── papers ───────────────────────────────────────────────────────────────────


async def test_a_number_is_sealed_masked_and_kept_when_the_paper_is_mended(
    tx: Tx, store: Store, owner: int
) -> None:
    with acting(tx, "merchant", owner):
        draft = await drafted(tx, store, market="kuaishou", subject="PERSONAL")
        first = (await queries.documents_of(tx, draft.id))["id_card"]
        again = values_for("id_card") | {"number": "", "name": "演示姓名"}
        await service.save_document(
            tx,
            draft.id,
            store=store,
            kind="id_card",
            values=again,
            valid_to=None,
            files={"front": picture("#aa0000")},
        )
        mended = (await queries.documents_of(tx, draft.id))["id_card"]
    assert (
        first.number_masked == mended.number_masked == "110*************" + identity_number()[-2:]
    )
    assert mended.name == "演示姓名"
    assert mended.sides == ("back", "front")
    (row,) = await tx.rows(
        "SELECT number_sealed, number_blind FROM merchant_documents WHERE id = :id", id=mended.id
    )
    assert tx.vault.open(row["number_sealed"]) == identity_number()
    assert identity_number().encode() not in bytes(row["number_sealed"])
    left = await tx.rows("SELECT id FROM merchant_documents WHERE id = :id", id=first.id)
    assert not left, "a draft paper that was replaced is forgotten"


@pytest.mark.parametrize(
    ("kind", "change", "files", "refusal"),
    [
        ("id_card", {"number": "110101199003070151"}, {}, errors.DocumentNumberInvalid),
        ("id_card", {"number": ""}, {}, errors.FieldMissing),
        ("id_card", {"name": ""}, {}, errors.FieldMissing),
        ("id_card", {"name": "示" * 41}, {}, errors.FieldTooLong),
        ("id_card", {}, {"front": b""}, errors.FileMissing),
        ("id_card", {}, {"front": b"%PDF-1.7 no picture"}, FileTypeRefused),
        ("id_card", {}, {"front": b"<script>alert(1)</script>"}, FileTypeRefused),
    ],
)
async def test_a_paper_is_refused_by_name(
    tx: Tx,
    store: Store,
    owner: int,
    kind: str,
    change: dict[str, str],
    files: dict[str, bytes],
    refusal: type[Exception],
) -> None:
    with acting(tx, "merchant", owner):
        draft = await merchants.start_application(
            tx, market="wechat", subject="PERSONAL", categories=["general"], shop_name="示例店"
        )
        with pytest.raises(refusal):
            await service.save_document(
                tx,
                draft.id,
                store=store,
                kind=kind,
                values=values_for(kind) | change,
                valid_to=None,
                files={"front": picture(), "back": picture(), **files},
            )


async def test_what_was_proved_once_serves_the_next_market(
    tx: Tx, store: Store, owner: int
) -> None:
    await approved_shop(tx, store, owner, market="wechat")
    with acting(tx, "merchant", owner):
        second = await merchants.start_application(
            tx,
            market="xiaohongshu",
            subject="ENTERPRISE",
            categories=["general"],
            shop_name="第二家店",
        )
        for kind in ("business_licence", "legal_person_id"):
            await service.reuse_document(tx, second.id, kind=kind)
        with pytest.raises(errors.DocumentNotFound):
            await service.reuse_document(tx, second.id, kind="brand_auth")
        await merchants.submit(tx, second.id)
    questions = await service.begin_checks(tx, second.id, store=store)
    assert questions == [], "nothing is asked twice"
    assert await state_of(tx, second.id) is ApplicationState.REVIEWING


# ── deadlines ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("market", "due"),
    [
        ("wechat", local(2025, 3, 13, 23, 59, 59, 999000)),
        ("douyin", local(2025, 3, 13, 23, 59, 59, 999000)),
        ("kuaishou", local(2025, 3, 17, 23, 59, 59, 999000)),
        ("xiaohongshu", local(2025, 3, 19, 23, 59, 59, 999000)),
    ],
)
async def test_each_market_promises_its_own_working_days(
    tx: Tx, store: Store, owner: int, market: str, due: datetime
) -> None:
    application = await queries.get_application(
        tx, await submitted(tx, store, owner, market=market)
    )
    assert application.due_at == due
    assert not application.due_provisional
    item = await desk.find_item(tx, kind="application_review", subject_id=application.id)
    assert item is not None
    assert item.due_at == due


async def test_a_deadline_beyond_the_known_holidays_is_provisional(
    tx: Tx, store: Store, owner: int
) -> None:
    tx.now = local(2030, 5, 6, 10)
    application = await queries.get_application(
        tx, await submitted(tx, store, owner, market="kuaishou", subject="PERSONAL")
    )
    assert application.due_provisional


# ── automatic checks ─────────────────────────────────────────────────────────


async def test_papers_that_the_providers_approve_go_to_a_reviewer(
    tx: Tx, store: Store, owner: int
) -> None:
    application = await reviewing(tx, store, owner)
    assert await state_of(tx, application) is ApplicationState.REVIEWING
    checks = await queries.checks_of(tx, application, 1)
    assert {check.item for check in checks} == {
        "account:channels",
        "account:wechat",
        "business_licence",
        "corporate_account",
        "legal_person_id",
    }
    assert {check.outcome for check in checks} == {CheckOutcome.APPROVED}
    with acting(tx, "merchant", owner):
        merchant = await service.my_merchant(tx)
    assert all(each.verified_at for each in await queries.bindings_of(tx, merchant.id))


async def test_a_rejected_paper_is_asked_for_again_and_the_clock_restarts(
    tx: Tx, store: Store, owner: int
) -> None:
    application = await reviewing(tx, store, owner, orders={"business_licence": "901"})
    view = await queries.get_application(tx, application)
    assert view.state is ApplicationState.NEED_SUPPLEMENT
    assert view.supplement_due_at == tx.now + timedelta(days=15)
    (asked,) = await queries.supplements_of(tx, application, open_only=True)
    assert (asked.item, asked.by_machine) == ("business_licence", True)
    item = await desk.find_item(tx, kind="application_review", subject_id=application)
    assert item is not None
    assert item.closed_at is not None
    with acting(tx, "merchant", owner):
        with pytest.raises(errors.SupplementUnanswered):
            await merchants.submit(tx, application)
        await hand_in(tx, store, application, "business_licence")
        tx.now += timedelta(days=3)
        again = await merchants.submit(tx, application)
    assert again.round == 2
    assert again.due_at == local(2025, 3, 18, 23, 59, 59, 999000)
    assert again.supplement_due_at is None
    await run_checks(tx, store, application)
    assert await state_of(tx, application) is ApplicationState.REVIEWING


async def test_an_unclear_paper_goes_to_a_person(tx: Tx, store: Store, owner: int) -> None:
    application = await reviewing(tx, store, owner, orders={"legal_person_id": "902"})
    assert await state_of(tx, application) is ApplicationState.REVIEWING
    checks = {check.item: check for check in await queries.checks_of(tx, application, 1)}
    assert checks["legal_person_id"].outcome is CheckOutcome.UNCLEAR


async def test_a_silent_provider_is_asked_five_times_then_a_person_looks(
    tx: Tx, store: Store, owner: int
) -> None:
    application = await submitted(tx, store, owner, orders={"corporate_account": "903"})
    for _ in range(4):
        await run_checks(tx, store, application)
        assert await state_of(tx, application) is ApplicationState.CHECKING
    await run_checks(tx, store, application)
    assert await state_of(tx, application) is ApplicationState.REVIEWING
    checks = {check.item: check for check in await queries.checks_of(tx, application, 1)}
    assert checks["corporate_account"].outcome is CheckOutcome.UNCLEAR
    assert checks["corporate_account"].tries == 5
    assert checks["business_licence"].tries == 1, "who has answered is not asked again"


async def test_an_account_confirmed_for_one_merchant_is_nobody_elses(
    tx: Tx, store: Store, owner: int, stranger: int
) -> None:
    await reviewing(tx, store, owner)
    application = await reviewing(tx, store, stranger)
    assert await state_of(tx, application) is ApplicationState.NEED_SUPPLEMENT
    asked = await queries.supplements_of(tx, application, open_only=True)
    assert [each.item for each in asked] == ["account:channels", "account:wechat"]
    with acting(tx, "merchant", stranger):
        await merchants.bind_account(tx, surface="wechat", identifier="other_shop_01")
        await merchants.bind_account(tx, surface="channels", identifier="另一视频号")
        await merchants.submit(tx, application)
    await run_checks(tx, store, application)
    assert await state_of(tx, application) is ApplicationState.REVIEWING


async def test_answers_that_come_after_the_end_change_nothing(
    tx: Tx, store: Store, owner: int
) -> None:
    application = await reviewing(tx, store, owner)
    with acting(tx, "merchant", owner):
        await service.withdraw(tx, application)
    late = {"business_licence": CheckAnswer(CheckOutcome.REJECTED, "迟到的回答")}
    assert await service.finish_checks(tx, application, late)
    assert await state_of(tx, application) is ApplicationState.WITHDRAWN


# ── review ───────────────────────────────────────────────────────────────────


async def test_an_approved_application_is_a_shop_that_waits_for_its_deposit(
    tx: Tx, store: Store, owner: int
) -> None:
    shop = await approved_shop(tx, store, owner, categories=("pet",))
    assert shop.state is ShopState.PENDING_DEPOSIT
    assert (shop.market, shop.type, shop.owner_id) == ("wechat", "enterprise_shop", owner)
    assert shop.categories == ("pet",)
    licence = await merchants.licence_of(tx, shop.id)
    assert licence.name == "示例商贸有限公司"
    assert len(licence.number) == 18
    account = await merchants.get_payout_account(tx, shop.id)
    assert account.verified_at == tx.now
    assert tx.vault.open(account.number_sealed) == account_number()
    assert account.number_masked == "**** " + account_number()[-4:]
    kept = [
        entry.action
        for entry in await audit.history(
            tx, subject="application", subject_id=(await _application_of(tx, owner))
        )
    ]
    assert kept[:3] == [
        "application.approve",
        "application.auto_check_pass",
        "application.auto_check_start",
    ]


async def _application_of(tx: Tx, owner: int) -> int:
    return (await merchants.list_applications_of(tx, owner))[0].id


async def test_only_the_reviewer_who_took_it_decides(tx: Tx, store: Store, owner: int) -> None:
    application = await reviewing(tx, store, owner)
    first = await reviewer_account(tx)
    second = await reviewer_account(tx, "second@example.com")
    finance = await reviewer_account(tx, "finance@example.com", "finance")
    with acting(tx, "operator", first), pytest.raises(errors.NotAssigned):
        await merchants.approve(tx, application)
    with acting(tx, "operator", first):
        await merchants.claim_review(tx, application)
        await merchants.claim_review(tx, application)
    with acting(tx, "operator", second):
        with pytest.raises(ItemTaken):
            await merchants.claim_review(tx, application)
        for act in (
            merchants.approve(tx, application),
            service.reject(tx, application, reasons=["不清晰"]),
            service.ask_supplement(tx, application, items=[("", "请说明")]),
        ):
            with pytest.raises(errors.NotAssigned):
                await act
    with acting(tx, "operator", finance), pytest.raises(RoleRequired):
        await merchants.approve(tx, application)
    with acting(tx, "merchant", owner), pytest.raises(RoleRequired):
        await merchants.approve(tx, application)
    assert await state_of(tx, application) is ApplicationState.REVIEWING


async def test_nobody_reviews_their_own_application(tx: Tx, store: Store) -> None:
    made = await accounts.create_merchant(
        tx, name="演示商家", email="reviewer@example.com", password=PASSWORD
    )
    owner = made.id
    application = await reviewing(tx, store, owner)
    reviewer = await reviewer_account(tx)
    with acting(tx, "operator", reviewer), pytest.raises(errors.OwnApplication):
        await merchants.claim_review(tx, application)


async def test_a_rejection_has_reasons_and_a_copy_begins_again(
    tx: Tx, store: Store, owner: int
) -> None:
    application = await reviewing(tx, store, owner)
    reviewer = await reviewer_account(tx)
    with acting(tx, "operator", reviewer):
        await merchants.claim_review(tx, application)
        for reasons in ([], [""], ["  "], ["x" * 501], ["x"] * 11):
            with pytest.raises(errors.ReasonRequired):
                await service.reject(tx, application, reasons=reasons)
        done = await service.reject(tx, application, reasons=["执照照片反光，看不清编号"])
        with pytest.raises(IllegalTransition):
            await merchants.approve(tx, application)
    assert done.state is ApplicationState.REJECTED
    with acting(tx, "merchant", owner):
        copy = await service.reopen(tx, application)
        assert copy.state is ApplicationState.DRAFT
        assert copy.reopened_from == application
        assert set(await queries.documents_of(tx, copy.id)) == set(
            await queries.documents_of(tx, application)
        )
        again = await merchants.submit(tx, copy.id)
    assert again.state is ApplicationState.SUBMITTED
    kept = await queries.get_application(tx, application)
    assert kept.reasons == ("执照照片反光，看不清编号",)


async def test_a_reviewer_asks_for_a_paper_and_for_words(
    tx: Tx, store: Store, owner: int, stranger: int
) -> None:
    application = await reviewing(tx, store, owner)
    reviewer = await reviewer_account(tx)
    with acting(tx, "operator", reviewer):
        await merchants.claim_review(tx, application)
        await service.ask_supplement(
            tx,
            application,
            items=[("business_licence", "请上传清晰的执照"), ("", "请说明货源")],
        )
    paper_asked, words_asked = await queries.supplements_of(tx, application)
    with acting(tx, "merchant", stranger), pytest.raises(errors.ApplicationNotFound):
        await service.answer_supplement(
            tx, application, supplement_id=words_asked.id, answer="自有工厂"
        )
    with acting(tx, "merchant", owner):
        with pytest.raises(errors.ApplicationNotFound):
            await service.answer_supplement(
                tx, application, supplement_id=paper_asked.id, answer="用文字代替"
            )
        await service.answer_supplement(
            tx, application, supplement_id=words_asked.id, answer="自有工厂"
        )
        await hand_in(tx, store, application, "business_licence")
        await merchants.submit(tx, application)
    assert not await queries.supplements_of(tx, application, open_only=True)


async def test_an_unanswered_supplement_ends_the_application(
    tx: Tx, store: Store, owner: int
) -> None:
    application = await reviewing(tx, store, owner, orders={"business_licence": "901"})
    tx.now += timedelta(days=15)
    await service.expire(tx, application)
    assert await state_of(tx, application) is ApplicationState.EXPIRED
    await service.expire(tx, application)
    with acting(tx, "merchant", owner), pytest.raises(IllegalTransition):
        await merchants.submit(tx, application)


async def test_under_audit_nothing_is_changed(tx: Tx, store: Store, owner: int) -> None:
    application = await reviewing(tx, store, owner)
    with acting(tx, "merchant", owner):
        for act in (
            service.edit_application(
                tx, application, categories=["pet"], shop_name="改名", self_operated=True
            ),
            hand_in(tx, store, application, "business_licence"),
            merchants.bind_account(tx, surface="wechat", identifier="changed_01"),
        ):
            with pytest.raises(errors.NotEditable):
                await act


async def test_a_paper_that_ran_out_during_the_review_stops_the_approval(
    tx: Tx, store: Store, owner: int
) -> None:
    with acting(tx, "merchant", owner):
        draft = await drafted(tx, store, market="douyin")
        await hand_in(tx, store, draft.id, "ca_certificate", valid_to=date(2025, 3, 11))
        await merchants.submit(tx, draft.id)
    await run_checks(tx, store, draft.id)
    reviewer = await reviewer_account(tx)
    tx.now = local(2025, 3, 12, 9)
    with acting(tx, "operator", reviewer):
        await merchants.claim_review(tx, draft.id)
        with pytest.raises(rulebooks.Denied) as refused:
            await merchants.approve(tx, draft.id)
    assert refused.value.facts["missing"] == ["ca_certificate"]


async def test_strangers_find_no_application(
    tx: Tx, store: Store, owner: int, stranger: int
) -> None:
    application = await submitted(tx, store, owner)
    for kind, who in (("merchant", stranger), ("buyer", owner), ("anonymous", 0)):
        with acting(tx, kind, who):
            for act in (
                queries.visible_application(tx, application),
                merchants.submit(tx, application),
                service.withdraw(tx, application),
                service.reopen(tx, application),
                service.reuse_document(tx, application, kind="business_licence"),
                hand_in(tx, store, application, "business_licence"),
            ):
                with pytest.raises(errors.ApplicationNotFound):
                    await act
    finance = await reviewer_account(tx, "finance@example.com", "finance")
    with acting(tx, "operator", finance):
        with pytest.raises(RoleRequired):
            await queries.visible_application(tx, application)
        with pytest.raises(RoleRequired):
            await queries.list_queue(tx, PageRequest())


# ── papers are seen by few, and it is written down ───────────────────────────


def parts_of(link: str) -> tuple[int, str, int, str]:
    path, _, query = link.partition("?")
    _, _, document, side = path.split("/")
    given = dict(part.split("=") for part in query.split("&"))
    return int(document), side, int(given["until"]), given["signature"]


async def test_papers_open_for_the_assigned_reviewer_and_the_applicant_only(
    tx: Tx, store: Store, owner: int, stranger: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = await reviewing(tx, store, owner)
    card = (await queries.documents_of(tx, application))["legal_person_id"]
    reviewer = await reviewer_account(tx)
    other = await reviewer_account(tx, "second@example.com")

    async def look(kind: str, who: int, link: str) -> tuple[str, bytes]:
        document, side, until, signature = parts_of(link)
        with acting(tx, kind, who):
            return await service.open_paper(
                tx, document, store=store, side=side, until=until, signature=signature
            )

    def link_of(kind: str, who: int) -> str:
        with acting(tx, kind, who):
            return service.paper_link(tx, card.id, "front")

    content_type, data = await look("merchant", owner, link_of("merchant", owner))
    assert content_type == "image/jpeg"
    assert data.startswith(b"\xff\xd8\xff")
    with acting(tx, "operator", reviewer):
        await merchants.claim_review(tx, application)
    await look("operator", reviewer, link_of("operator", reviewer))
    with pytest.raises(errors.DocumentNotFound):
        await look("operator", other, link_of("operator", other))
    with pytest.raises(errors.DocumentNotFound):
        await look("merchant", stranger, link_of("merchant", stranger))
    with pytest.raises(errors.LinkExpired):
        await look("operator", other, link_of("operator", reviewer))
    altered = link_of("operator", reviewer).replace("front", "back")
    with pytest.raises(errors.LinkExpired):
        await look("operator", reviewer, altered)
    seen = await audit.history(tx, subject="document", subject_id=card.id)
    assert [(entry.action, entry.account_id) for entry in seen] == [
        ("paper.seen", reviewer),
        ("paper.seen", owner),
    ]

    link = link_of("operator", reviewer)
    now = documents.wall_now()
    monkeypatch.setattr(documents, "wall_now", lambda: now + timedelta(minutes=5, seconds=1))
    with pytest.raises(errors.LinkExpired):
        await look("operator", reviewer, link)
    monkeypatch.undo()
    with acting(tx, "operator", reviewer):
        await merchants.approve(tx, application)
    with pytest.raises(errors.DocumentNotFound):
        await look("operator", reviewer, link_of("operator", reviewer))


# ── shops ────────────────────────────────────────────────────────────────────


async def test_a_shop_lives_by_its_table(tx: Tx, store: Store, owner: int) -> None:
    shop = await approved_shop(tx, store, owner)
    with pytest.raises(IllegalTransition):
        await merchants.suspend_shop(tx, shop.id, why="试")
    await merchants.open_shop(tx, shop.id)
    opened = await merchants.get_shop(tx, shop.id)
    assert (opened.state, opened.opened_at) == (ShopState.OPEN, tx.now)
    tx.now += timedelta(days=1)
    await merchants.open_shop(tx, shop.id)
    assert (await merchants.get_shop(tx, shop.id)).opened_at == opened.opened_at
    await merchants.suspend_shop(tx, shop.id, why="核查中")
    await merchants.lift_suspension(tx, shop.id, why="核查结束")
    await merchants.ban_shop(tx, shop.id, why="售假")
    banned = await merchants.get_shop(tx, shop.id)
    assert banned.state is ShopState.BANNED
    with pytest.raises(IllegalTransition):
        await merchants.open_shop(tx, shop.id)
    actions = [e.action for e in await audit.history(tx, subject="shop", subject_id=shop.id)]
    assert actions[:4] == ["shop.ban", "shop.lift", "shop.suspend", "shop.deposit_changed"]


async def test_only_administrators_ban_by_hand_and_say_why(
    tx: Tx, store: Store, owner: int
) -> None:
    shop = await approved_shop(tx, store, owner)
    await merchants.open_shop(tx, shop.id)
    reviewer = await reviewer_account(tx, "second@example.com")
    administrator = await reviewer_account(tx, "root@example.com", "administrator")
    with acting(tx, "operator", reviewer), pytest.raises(RoleRequired):
        await service.operator_ban(tx, shop.id, why="试")
    with acting(tx, "merchant", owner), pytest.raises(RoleRequired):
        await service.operator_lift(tx, shop.id, why="试")
    with acting(tx, "operator", administrator):
        with pytest.raises(errors.ReasonRequired):
            await service.operator_suspend(tx, shop.id, why=" ")
        await service.operator_suspend(tx, shop.id, why="核查经营资质")
    assert (await merchants.get_shop(tx, shop.id)).state is ShopState.SUSPENDED


async def test_a_restriction_lasts_as_long_as_its_last_cause(
    tx: Tx, store: Store, owner: int
) -> None:
    shop = await approved_shop(tx, store, owner)

    async def flags() -> frozenset[str]:
        return (await merchants.get_shop(tx, shop.id)).flags

    for _ in range(2):
        await merchants.set_flag(
            tx, shop.id, Flag.WITHDRAW_BLOCKED, why="保证金不足", cause="deposit"
        )
    await merchants.set_flag(tx, shop.id, Flag.WITHDRAW_BLOCKED, why="风险核查", cause="risk")
    await merchants.clear_flag(tx, shop.id, Flag.WITHDRAW_BLOCKED, why="已补缴", cause="deposit")
    assert await flags() == {"WITHDRAW_BLOCKED"}
    await merchants.clear_flag(tx, shop.id, Flag.WITHDRAW_BLOCKED, why="不相干", cause="other")
    await merchants.clear_flag(tx, shop.id, Flag.WITHDRAW_BLOCKED, why="核查结束", cause="risk")
    assert await flags() == frozenset()
    history = await merchants.flag_history(tx, shop.id)
    assert [(each.cause, each.cleared_why) for each in history] == [
        ("risk", "核查结束"),
        ("deposit", "已补缴"),
    ]
    told = [n.kind for n in (await notices.list_inbox(tx, owner, PageRequest(50))).items]
    assert told.count("merchants.restriction") == 2


async def test_strangers_find_no_shop_and_staff_stay_within_their_rights(
    tx: Tx, store: Store, owner: int, stranger: int
) -> None:
    shop = await approved_shop(tx, store, owner)
    with acting(tx, "merchant", stranger), pytest.raises(errors.ShopNotFound):
        await merchants.visible_shop(tx, shop.id)
    with acting(tx, "merchant", owner):
        for right in Right:
            assert (await merchants.visible_shop(tx, shop.id, right)).id == shop.id
        await service.invite_staff(tx, shop.id, contact=OTHER_PHONE, rights=["orders"])
        (invitation,) = await queries.list_invitations(tx, shop_id=shop.id)
    with acting(tx, "merchant", owner), pytest.raises(errors.InvitationNotFound):
        await service.accept_invitation(tx, invitation.id)
    with acting(tx, "merchant", stranger):
        with pytest.raises(errors.ShopNotFound):
            await merchants.visible_shop(tx, shop.id)
        await service.accept_invitation(tx, invitation.id)
        assert (await merchants.visible_shop(tx, shop.id, "orders")).id == shop.id
        for right in ("products", "funds", "settings"):
            with pytest.raises(errors.RightMissing):
                await merchants.visible_shop(tx, shop.id, right)
        with pytest.raises(errors.RightMissing):
            await service.invite_staff(tx, shop.id, contact="x@example.com", rights=["orders"])
        with pytest.raises(errors.RightMissing):
            await merchants.set_payout_account(
                tx, shop.id, holder_name="户名", bank="银行", number=account_number()
            )
    assert [each.id for each in await merchants.list_shops_of(tx, stranger)] == [shop.id]
    for kind in ("buyer", "anonymous"):
        with acting(tx, kind, owner), pytest.raises(errors.ShopNotFound):
            await merchants.visible_shop(tx, shop.id)
    with acting(tx, "merchant", owner):
        await service.set_rights(tx, shop.id, account_id=stranger, rights=["funds", "products"])
        (member,) = await queries.list_staff(tx, shop.id)
        assert member.rights == (Right.PRODUCTS, Right.FUNDS)
        with pytest.raises(errors.RightsUnknown):
            await service.set_rights(tx, shop.id, account_id=stranger, rights=["everything"])
        await service.remove_staff(tx, shop.id, account_id=stranger)
        with pytest.raises(errors.StaffNotFound):
            await service.remove_staff(tx, shop.id, account_id=stranger)
    with acting(tx, "merchant", stranger), pytest.raises(errors.ShopNotFound):
        await merchants.visible_shop(tx, shop.id)


async def test_an_invitation_tells_nobody_who_is_registered(
    tx: Tx, store: Store, owner: int, stranger: int
) -> None:
    shop = await approved_shop(tx, store, owner)
    with acting(tx, "merchant", owner):
        for contact in (OTHER_PHONE, "13700137000", "nobody@example.com"):
            await service.invite_staff(tx, shop.id, contact=contact, rights=["orders"])
        seen = await queries.list_invitations(tx, shop_id=shop.id)
        assert [each.contact_masked for each in seen] == [
            "139****9002",
            "137****7000",
            "n***@example.com",
        ]
        with pytest.raises(errors.AlreadyStaff):
            await service.invite_staff(tx, shop.id, contact="13800138001", rights=["orders"])
        await service.cancel_invitation(tx, shop.id, invitation_id=seen[1].id)
    tx.now += timedelta(days=8)
    with acting(tx, "merchant", stranger):
        assert await queries.list_invitations(tx, account_id=stranger) == []
        with pytest.raises(errors.InvitationNotFound):
            await service.accept_invitation(tx, seen[0].id)


# ── payout accounts ──────────────────────────────────────────────────────────


async def test_a_changed_account_counts_at_once_and_the_owner_is_told_every_way(
    tx: Tx, store: Store, owner: int
) -> None:
    shop = await approved_shop(tx, store, owner)
    tx.now += timedelta(days=2)
    with acting(tx, "merchant", owner):
        await merchants.set_payout_account(
            tx,
            shop.id,
            holder_name="示例商贸有限公司",
            bank="示例银行",
            number="1100 6073 9018 888",
        )
    account = await merchants.get_payout_account(tx, shop.id)
    assert (account.changed_at, account.verified_at) == (tx.now, None)
    assert tx.vault.open(account.number_sealed) == "110060739018888"
    told = [n.kind for n in (await notices.list_inbox(tx, owner, PageRequest(50))).items]
    assert told[0] == "merchants.payout_account_changed"
    ways = await tx.rows(
        "SELECT d.way FROM notice_deliveries d JOIN notices n ON n.id = d.notice_id"
        " WHERE n.kind = 'merchants.payout_account_changed' ORDER BY d.way"
    )
    assert [row["way"] for row in ways] == ["mail", "sms"]
    question = await service.payout_question(tx, account.id)
    assert question is not None
    assert await service.finish_payout_check(tx, account.id, CheckAnswer(CheckOutcome.APPROVED))
    assert (await merchants.get_payout_account(tx, shop.id)).verified_at == tx.now
    assert await service.payout_question(tx, account.id) is None


async def test_finance_decides_what_the_bank_left_unclear(tx: Tx, store: Store, owner: int) -> None:
    shop = await approved_shop(tx, store, owner)
    with acting(tx, "merchant", owner):
        account = await merchants.set_payout_account(
            tx, shop.id, holder_name="户名", bank="银行", number="110060739018888"
        )
    for _ in range(4):
        assert not await service.finish_payout_check(tx, account.id, None)
    assert await service.finish_payout_check(tx, account.id, None)
    assert (await merchants.get_payout_account(tx, shop.id)).outcome is CheckOutcome.UNCLEAR
    reviewer = await reviewer_account(tx, "second@example.com")
    finance = await reviewer_account(tx, "finance@example.com", "finance")
    with acting(tx, "operator", reviewer), pytest.raises(RoleRequired):
        await service.decide_payout_account(tx, shop.id, approved=True)
    with acting(tx, "operator", finance):
        await service.decide_payout_account(tx, shop.id, approved=True)
        with pytest.raises(errors.PayoutAccountNotSet):
            await service.decide_payout_account(tx, shop.id, approved=False)
    assert (await merchants.get_payout_account(tx, shop.id)).verified_at is not None


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"number": "123"}, errors.DocumentNumberInvalid),
        ({"number": "6222'; DROP TABLE shops"}, errors.DocumentNumberInvalid),
        ({"holder_name": ""}, errors.FieldMissing),
        ({"bank": "银" * 81}, errors.FieldTooLong),
    ],
)
async def test_a_payout_account_that_cannot_be_is_refused(
    tx: Tx,
    store: Store,
    owner: int,
    change: dict[str, str],
    refusal: type[Exception],
) -> None:
    shop = await approved_shop(tx, store, owner)
    given = {"holder_name": "户名", "bank": "银行", "number": account_number(), **change}
    with acting(tx, "merchant", owner), pytest.raises(refusal):
        await merchants.set_payout_account(tx, shop.id, **given)
