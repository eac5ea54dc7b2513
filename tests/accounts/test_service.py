"""People on a real database: codes, passwords, authenticators, roles, privacy."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from pyotp.totp import TOTP

from xiaodian import accounts
from xiaodian.accounts import queries, reactions, service
from xiaodian.accounts.errors import (
    AccountInUse,
    AccountNotFound,
    AccountSuspended,
    AlreadyRegistered,
    CodeExpired,
    CodeWrong,
    ConsentRequired,
    CredentialsWrong,
    DeletionNotConfirmed,
    DemoAccountNotFound,
    EmailTaken,
    FactorCodeWrong,
    FactorExists,
    LastAdministrator,
    LinkExpired,
    PasswordTooShort,
    RoleRequired,
    RoleUnknown,
    SessionNotFound,
    StepExpired,
)
from xiaodian.accounts.events import DeletionAsked, RetentionOver
from xiaodian.accounts.models import OneTimeCodeRow, PasswordLinkRow
from xiaodian.accounts.service import NextStep, SignedIn, throttle
from xiaodian.infra import sessions
from xiaodian.infra.clock import wall_now
from xiaodian.infra.crypto import digest
from xiaodian.infra.db import Actor, Reactions
from xiaodian.infra.limits import TooOften

if TYPE_CHECKING:
    from xiaodian.infra.db import Database, Tx

PHONE = "13800138000"
GOOD = "demo-merchant-2025"
OTHER = "another-pass-phrase-8"


async def sent_code(tx: Tx, audience: str = "buyer", phone: str = PHONE) -> str:
    """Have a code made and read it as the SMS job does."""
    await service.send_code(tx, audience, phone=phone)
    await tx.session.flush()
    (row,) = await tx.rows(
        "SELECT code_sealed FROM one_time_codes WHERE audience = :audience"
        " AND phone_blind = :blind",
        audience=audience,
        blind=tx.vault.blind(f"+86{phone}", purpose="phone"),
    )
    return tx.vault.open(row["code_sealed"])


def another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def acting(tx: Tx, kind: str, account_id: int, session_id: int | None = None) -> None:
    tx.actor = Actor(kind, account_id, session_id, "203.0.113.5")


async def administrator(tx: Tx, email: str = "root@example.com") -> int:
    made = await accounts.create_operator(
        tx, name="管理员", email=email, roles=["administrator"], password=GOOD
    )
    return made.id


async def buyer(tx: Tx) -> SignedIn:
    code = await sent_code(tx)
    signed = await service.sign_in_with_code(tx, phone=PHONE, code=code, consent=True, agent="t")
    assert isinstance(signed, SignedIn)
    return signed


# --- one-time codes


async def test_signing_up_is_signing_in(tx: Tx) -> None:
    first = await buyer(tx)
    again = await buyer(tx)
    assert first.account == again.account
    assert first.account.phone_masked == "138****8000"
    assert first.token != again.token
    assert await queries.has_consented(tx, first.account.id)


async def test_a_phone_is_sealed_and_nowhere_else(tx: Tx) -> None:
    signed = await buyer(tx)
    (row,) = await tx.rows("SELECT a::text AS all_of_it, phone_sealed FROM accounts a")
    assert PHONE not in row["all_of_it"]
    assert tx.vault.open(row["phone_sealed"]) == f"+86{PHONE}"
    assert await accounts.phone_of(tx, signed.account.id) == f"+86{PHONE}"


async def test_a_code_works_once(tx: Tx) -> None:
    code = await sent_code(tx)
    assert isinstance(
        await service.sign_in_with_code(tx, phone=PHONE, code=code, consent=True, agent=""),
        SignedIn,
    )
    again = await service.sign_in_with_code(tx, phone=PHONE, code=code, consent=True, agent="")
    assert isinstance(again, CodeExpired)


async def test_five_tries_and_a_code_is_dead(tx: Tx) -> None:
    code = await sent_code(tx)
    for left in (4, 3, 2, 1):
        said = await service.sign_in_with_code(
            tx, phone=PHONE, code=another(code), consent=True, agent=""
        )
        assert isinstance(said, CodeWrong)
        assert said.facts == {"left": left}
    for typed in (another(code), code):
        said = await service.sign_in_with_code(tx, phone=PHONE, code=typed, consent=True, agent="")
        assert isinstance(said, CodeExpired)


async def test_a_code_ends_after_five_minutes_of_wall_time(tx: Tx) -> None:
    code = await sent_code(tx)
    await tx.run(
        "UPDATE one_time_codes SET expires_at = :past", past=wall_now() - timedelta(seconds=1)
    )
    said = await service.sign_in_with_code(tx, phone=PHONE, code=code, consent=True, agent="")
    assert isinstance(said, CodeExpired)


async def test_a_code_lives_by_wall_time_whatever_business_time_is(tx: Tx) -> None:
    ends = await service.send_code(tx, "buyer", phone=PHONE)
    assert timedelta(minutes=4) < ends - wall_now() <= timedelta(minutes=5)


async def test_a_new_code_ends_the_old_one(tx: Tx) -> None:
    old = await sent_code(tx)
    new = await sent_code(tx)
    if old != new:
        said = await service.sign_in_with_code(tx, phone=PHONE, code=old, consent=True, agent="")
        assert isinstance(said, CodeWrong)
    assert isinstance(
        await service.sign_in_with_code(tx, phone=PHONE, code=new, consent=True, agent=""),
        SignedIn,
    )


async def test_the_code_of_another_phone_or_audience_is_wrong(tx: Tx) -> None:
    code = await sent_code(tx, "merchant")
    said = await service.sign_in_with_code(tx, phone=PHONE, code=code, consent=True, agent="")
    assert isinstance(said, CodeExpired)


async def test_nobody_becomes_a_user_without_consent(tx: Tx) -> None:
    code = await sent_code(tx)
    with pytest.raises(ConsentRequired):
        await service.sign_in_with_code(tx, phone=PHONE, code=code, consent=False, agent="")
    await service.sign_in_with_code(tx, phone=PHONE, code=code, consent=True, agent="")
    again = await sent_code(tx)
    signed = await service.sign_in_with_code(tx, phone=PHONE, code=again, consent=False, agent="")
    assert isinstance(signed, SignedIn)


async def test_a_code_is_kept_sealed_only(tx: Tx) -> None:
    code = await sent_code(tx)
    (row,) = await tx.rows("SELECT c::text AS all_of_it FROM one_time_codes c")
    assert code not in row["all_of_it"]
    (job,) = await tx.rows("SELECT j::text AS all_of_it FROM procrastinate_jobs j")
    assert code not in job["all_of_it"]
    assert PHONE not in job["all_of_it"]


# --- merchants and passwords


async def register(tx: Tx, phone: str = PHONE, **changes: object) -> object:
    given = {
        "name": "演示商家",
        "password": GOOD,
        "email": "shop@example.com",
        "consent": True,
        "agent": "t",
        "code": await sent_code(tx, "merchant", phone),
        **changes,
    }
    return await service.register_merchant(tx, phone=phone, **given)


async def test_a_merchant_registers_and_signs_in_by_phone_or_email(tx: Tx) -> None:
    made = await register(tx)
    assert isinstance(made, SignedIn)
    for login in (PHONE, "+86 138 0013 8000", "SHOP@example.com"):
        signed = await service.sign_in_with_password(
            tx, "merchant", login=login, password=GOOD, agent=""
        )
        assert isinstance(signed, SignedIn)
        assert signed.account == made.account
    assert {c.document for c in await queries.consents_of(tx, made.account.id)} == {
        "terms",
        "privacy",
    }


async def test_registration_refusals_leave_nothing_behind(tx: Tx) -> None:
    with pytest.raises(ConsentRequired):
        await register(tx, consent=False)
    with pytest.raises(PasswordTooShort):
        await register(tx, password="short")
    assert await accounts.find_account(tx, "merchant", PHONE) is None
    await register(tx)
    with pytest.raises(AlreadyRegistered):
        await register(tx)
    with pytest.raises(EmailTaken):
        await register(tx, phone="13900139000")


async def test_a_wrong_registration_code_counts(tx: Tx) -> None:
    code = await sent_code(tx, "merchant")
    said = await service.register_merchant(
        tx, phone=PHONE, code=another(code), name="x", password=GOOD, consent=True, agent=""
    )
    assert isinstance(said, CodeWrong)


@pytest.mark.parametrize(
    ("login", "password"),
    [(PHONE, OTHER), ("13900139000", GOOD), ("nobody@example.com", GOOD), ("\x00", GOOD), ("", "")],
)
async def test_wrong_names_and_passwords_get_one_answer(tx: Tx, login: str, password: str) -> None:
    await register(tx)
    with pytest.raises(CredentialsWrong):
        await service.sign_in_with_password(
            tx, "merchant", login=login, password=password, agent=""
        )


async def test_an_account_of_one_audience_is_none_of_another(tx: Tx) -> None:
    await register(tx)
    with pytest.raises(CredentialsWrong):
        await service.sign_in_with_password(tx, "operator", login=PHONE, password=GOOD, agent="")


async def test_a_changed_password_ends_all_other_sessions(tx: Tx) -> None:
    made = await register(tx)
    await service.sign_in_with_password(tx, "merchant", login=PHONE, password=GOOD, agent="")
    newest, oldest = await sessions.list_sessions(tx, made.account.id)
    acting(tx, "merchant", made.account.id, oldest.id)
    with pytest.raises(CredentialsWrong):
        await service.change_password(tx, current=OTHER, new=OTHER)
    await service.change_password(tx, current=GOOD, new=OTHER)
    assert [s.id for s in await sessions.list_sessions(tx, made.account.id)] == [oldest.id]
    assert newest.id != oldest.id
    with pytest.raises(CredentialsWrong):
        await service.sign_in_with_password(tx, "merchant", login=PHONE, password=GOOD, agent="")


async def test_a_forgotten_password_is_set_anew_by_code(tx: Tx) -> None:
    made = await register(tx)
    code = await sent_code(tx, "merchant")
    assert isinstance(
        await service.reset_password(tx, phone=PHONE, code=another(code), password=OTHER),
        CodeWrong,
    )
    await service.reset_password(tx, phone=PHONE, code=code, password=OTHER)
    assert await sessions.list_sessions(tx, made.account.id) == []
    assert isinstance(
        await service.sign_in_with_password(tx, "merchant", login=PHONE, password=OTHER, agent=""),
        SignedIn,
    )
    unknown = await sent_code(tx, "merchant", "13900139000")
    with pytest.raises(AccountNotFound):
        await service.reset_password(tx, phone="13900139000", code=unknown, password=OTHER)


async def test_twenty_sessions_and_no_more(tx: Tx) -> None:
    made = await register(tx)
    for _ in range(22):
        await sessions.open_session(tx, made.account.id, "merchant", address="", agent="")
    (row,) = await tx.rows("SELECT count(*) AS n FROM sessions WHERE revoked_at IS NULL")
    assert row["n"] == 20


async def test_only_ones_own_sessions_can_be_ended(tx: Tx) -> None:
    mine, theirs = await register(tx), await buyer(tx)
    (foreign,) = await sessions.list_sessions(tx, theirs.account.id)
    (own,) = await sessions.list_sessions(tx, mine.account.id)
    acting(tx, "merchant", mine.account.id)
    with pytest.raises(SessionNotFound):
        await service.end_session(tx, foreign.id)
    await service.end_session(tx, own.id)
    with pytest.raises(SessionNotFound):
        await service.end_session(tx, own.id)


# --- authenticators


async def bound(tx: Tx, account_id: int) -> tuple[TOTP, list[str]]:
    enrolment = await service.begin_enrolment(tx, account_id)
    totp = TOTP(enrolment.secret)
    # The step before the present one, so that the present one is still unused.
    codes = await service.confirm_enrolment(
        tx, account_id, totp.generate_otp(int(wall_now().timestamp()) // 30 - 1)
    )
    return totp, codes


async def test_an_authenticator_asks_for_a_second_step(tx: Tx) -> None:
    made = await register(tx)
    totp, _ = await bound(tx, made.account.id)
    step = await service.sign_in_with_password(tx, "merchant", login=PHONE, password=GOOD, agent="")
    assert isinstance(step, NextStep)
    assert (step.step, step.enrolment) == ("totp", None)
    present = totp.generate_otp(int(wall_now().timestamp()) // 30)
    assert isinstance(
        await service.finish_sign_in(tx, token=step.token, code=another(present), agent=""),
        FactorCodeWrong,
    )
    signed = await service.finish_sign_in(tx, token=step.token, code=present, agent="")
    assert isinstance(signed, SignedIn)
    assert isinstance(
        await service.finish_sign_in(tx, token=step.token, code=present, agent=""), StepExpired
    )
    # The same half-minute does not pass twice, though a new sign-in asks.
    step = await service.sign_in_with_password(tx, "merchant", login=PHONE, password=GOOD, agent="")
    assert isinstance(
        await service.finish_sign_in(tx, token=step.token, code=present, agent=""),
        FactorCodeWrong,
    )


async def test_five_wrong_codes_end_a_second_step(tx: Tx) -> None:
    made = await register(tx)
    totp, _ = await bound(tx, made.account.id)
    step = await service.sign_in_with_password(tx, "merchant", login=PHONE, password=GOOD, agent="")
    said = [
        await service.finish_sign_in(tx, token=step.token, code="x", agent="") for _ in range(6)
    ]
    assert [type(one) for one in said] == [FactorCodeWrong] * 4 + [StepExpired] * 2
    right = totp.generate_otp(int(wall_now().timestamp()) // 30)
    assert isinstance(
        await service.finish_sign_in(tx, token=step.token, code=right, agent=""), StepExpired
    )


async def test_three_failed_second_steps_close_the_door_for_an_hour(tx: Tx) -> None:
    made = await register(tx)
    await bound(tx, made.account.id)
    for _ in range(3):
        step = await service.sign_in_with_password(
            tx, "merchant", login=PHONE, password=GOOD, agent=""
        )
        for _ in range(5):
            await service.finish_sign_in(tx, token=step.token, code="x", agent="")
    with pytest.raises(TooOften):
        await service.sign_in_with_password(tx, "merchant", login=PHONE, password=GOOD, agent="")
    await tx.run(
        "UPDATE sign_in_steps SET expires_at = :past", past=wall_now() - timedelta(hours=1)
    )
    step = await service.sign_in_with_password(tx, "merchant", login=PHONE, password=GOOD, agent="")
    assert isinstance(step, NextStep)


async def test_a_recovery_code_stands_in_once(tx: Tx) -> None:
    made = await register(tx)
    _, codes = await bound(tx, made.account.id)
    assert len(set(codes)) == 10
    assert await service.check_factor(tx, made.account.id, codes[0].upper())
    assert not await service.check_factor(tx, made.account.id, codes[0])
    assert (await queries.factor_of(tx, made.account.id)).recovery_left == 9


async def test_the_secret_is_sealed(tx: Tx) -> None:
    made = await register(tx)
    enrolment = await service.begin_enrolment(tx, made.account.id)
    assert enrolment.address.startswith("otpauth://totp/xiaodian:")
    (row,) = await tx.rows("SELECT f::text AS all_of_it, secret_sealed FROM second_factors f")
    assert enrolment.secret not in row["all_of_it"]
    assert tx.vault.open(row["secret_sealed"]) == enrolment.secret


async def test_a_bound_authenticator_is_not_replaced_in_passing(tx: Tx) -> None:
    made = await register(tx)
    await bound(tx, made.account.id)
    with pytest.raises(FactorExists):
        await service.begin_enrolment(tx, made.account.id)
    acting(tx, "merchant", made.account.id)
    with pytest.raises(CredentialsWrong):
        await service.remove_factor(tx, password=OTHER)
    await service.remove_factor(tx, password=GOOD)
    await service.begin_enrolment(tx, made.account.id)


async def test_an_operator_binds_an_authenticator_at_the_first_sign_in(tx: Tx) -> None:
    await administrator(tx)
    step = await service.sign_in_with_password(
        tx, "operator", login="root@example.com", password=GOOD, agent=""
    )
    assert isinstance(step, NextStep)
    assert step.step == "enrol"
    assert step.enrolment is not None
    drawn_again = await service.next_step(tx, step.token)
    assert drawn_again == step
    code = TOTP(step.enrolment.secret).generate_otp(int(wall_now().timestamp()) // 30)
    signed = await service.finish_sign_in(tx, token=step.token, code=code, agent="")
    assert isinstance(signed, SignedIn)
    assert len(signed.recovery_codes) == 10
    assert signed.account.audience == "operator"


# --- operators


async def test_operators_are_made_by_administrators_only(tx: Tx) -> None:
    root = await administrator(tx)
    reviewer = await accounts.create_operator(
        tx, name="审核", email="r@example.com", roles=["reviewer"]
    )
    made = await register(tx)
    for kind, account_id in (
        ("operator", reviewer.id),
        ("merchant", made.account.id),
        ("merchant", root),
        ("anonymous", None),
    ):
        tx.actor = Actor(kind, account_id)
        with pytest.raises(RoleRequired):
            await accounts.create_operator(tx, name="x", email="x@example.com", roles=["finance"])
        with pytest.raises(RoleRequired):
            await service.set_roles(tx, reviewer.id, ["administrator"])
        with pytest.raises(RoleRequired):
            await service.offer_password_link(tx, root)
        with pytest.raises(RoleRequired):
            await service.suspend_account(tx, root)
        with pytest.raises(RoleRequired):
            await service.reset_factor(tx, root)
        with pytest.raises(RoleRequired):
            await accounts.list_operators(tx)
    acting(tx, "operator", root)
    for roles in ([], ["king"]):
        with pytest.raises(RoleUnknown):
            await accounts.create_operator(tx, name="x", email="x@example.com", roles=roles)
    with pytest.raises(EmailTaken):
        await accounts.create_operator(tx, name="x", email="R@example.com", roles=["finance"])


async def test_roles_do_not_contain_each_other(tx: Tx) -> None:
    root = await administrator(tx)
    acting(tx, "operator", root)
    await accounts.require_role(tx, "administrator")
    await accounts.require_role(tx, "finance", "administrator")
    with pytest.raises(RoleRequired):
        await accounts.require_role(tx, "reviewer")
    await service.set_roles(tx, root, ["administrator", "reviewer"])
    await accounts.require_role(tx, "reviewer")
    assert await accounts.operators_with(tx, "reviewer") == [root]


async def test_one_administrator_stays(tx: Tx) -> None:
    root = await administrator(tx)
    acting(tx, "operator", root)
    with pytest.raises(LastAdministrator):
        await service.set_roles(tx, root, ["reviewer"])
    with pytest.raises(LastAdministrator):
        await service.suspend_account(tx, root)
    second = await administrator(tx, "two@example.com")
    await service.suspend_account(tx, root)
    acting(tx, "operator", root)
    with pytest.raises(RoleRequired):
        await accounts.require_role(tx, "administrator")
    acting(tx, "operator", second)
    with pytest.raises(LastAdministrator):
        await service.set_roles(tx, second, ["finance"])
    await service.restore_account(tx, root)
    await service.set_roles(tx, second, ["finance"])


async def test_a_suspended_account_is_out_at_once(tx: Tx) -> None:
    made = await register(tx)
    await accounts.suspend_account(tx, made.account.id)
    assert await sessions.list_sessions(tx, made.account.id) == []
    with pytest.raises(AccountSuspended):
        await service.sign_in_with_password(tx, "merchant", login=PHONE, password=GOOD, agent="")
    with pytest.raises(CredentialsWrong):
        await service.sign_in_with_password(tx, "merchant", login=PHONE, password=OTHER, agent="")


async def test_a_link_sets_a_password_once_and_for_three_days(tx: Tx) -> None:
    root = await administrator(tx)
    reviewer = await accounts.create_operator(
        tx, name="审核", email="r@example.com", roles=["reviewer"]
    )
    acting(tx, "operator", root)
    with pytest.raises(CredentialsWrong):
        await service.sign_in_with_password(
            tx, "operator", login="r@example.com", password="", agent=""
        )
    replaced = await service.offer_password_link(tx, reviewer.id)
    token = await service.offer_password_link(tx, reviewer.id)
    for dead in (replaced, "", "nonsense"):
        with pytest.raises(LinkExpired):
            await service.set_password_by_link(tx, dead, GOOD)
    await service.set_password_by_link(tx, token, GOOD)
    with pytest.raises(LinkExpired):
        await service.set_password_by_link(tx, token, OTHER)
    late = await service.offer_password_link(tx, reviewer.id)
    row = await tx.session.get(PasswordLinkRow, digest(late))
    assert row is not None
    row.expires_at = wall_now() - timedelta(seconds=1)
    await tx.session.flush()
    with pytest.raises(LinkExpired):
        await service.set_password_by_link(tx, late, OTHER)


async def test_one_person_with_two_accounts_is_known(tx: Tx) -> None:
    made = await register(tx)
    same = await accounts.create_operator(
        tx, name="财务", email="shop@example.com", roles=["finance"]
    )
    other = await administrator(tx)
    assert await accounts.same_person(tx, made.account.id, same.id)
    assert await accounts.same_person(tx, other, other)
    assert not await accounts.same_person(tx, made.account.id, other)


# --- the demo


async def test_demo_accounts_are_made_once_and_have_no_password(tx: Tx) -> None:
    with pytest.raises(DemoAccountNotFound):
        await service.sign_in_demo(tx, "merchant", agent="")
    made = await accounts.make_demo_accounts(tx)
    assert made == await accounts.make_demo_accounts(tx)
    assert set(made) == {"buyer", "merchant", "reviewer", "finance", "administrator"}
    signed = await service.sign_in_demo(tx, "finance", agent="")
    assert await accounts.roles_of(tx, signed.account.id) == {"finance"}
    with pytest.raises(DemoAccountNotFound):
        await service.sign_in_demo(tx, "nobody", agent="")


# --- privacy


async def test_a_person_takes_their_data_along(tx: Tx) -> None:
    signed = await buyer(tx)
    acting(tx, "buyer", signed.account.id)
    exported = await service.export_data(tx)
    parts = exported["parts"]
    assert parts["account"][0]["phone"] == PHONE
    assert {part["document"] for part in parts["consents"]} == {"terms", "privacy"}
    assert parts["sessions"][0]["agent"] == "t"


async def test_a_deleted_account_is_nobody(tx: Tx) -> None:
    signed = await buyer(tx)
    acting(tx, "buyer", signed.account.id)
    with pytest.raises(DeletionNotConfirmed):
        await service.delete_account(tx, confirmed=False)
    await service.delete_account(tx, confirmed=True)
    gone = await accounts.get_account(tx, signed.account.id)
    assert (gone.name, gone.phone_masked, gone.state) == ("已注销用户", "", "deleted")
    assert await accounts.phone_of(tx, signed.account.id) is None
    assert await tx.session.get(OneTimeCodeRow, 0) is None
    for table in ("sessions", "one_time_codes"):
        (row,) = await tx.rows(f"SELECT count(*) AS n FROM {table}")
        assert row["n"] == 0
    (timer,) = await tx.rows("SELECT kind, due_at FROM timers")
    assert timer["kind"] == "accounts.retention_over"
    assert timer["due_at"] - tx.now >= timedelta(days=3 * 365)
    again = await buyer(tx)
    assert again.account.id != signed.account.id


async def test_after_three_years_rooms_hear_that_records_may_go(tx: Tx) -> None:
    heard: list[object] = []

    async def hear(_tx: Tx, event: object) -> None:
        heard.append(event)

    tx._reactions = Reactions({RetentionOver: [hear]})
    await reactions.retention_over(tx, 7)
    assert heard == [RetentionOver(7)]


async def test_something_that_still_runs_keeps_an_account(tx: Tx) -> None:
    async def object_to(_tx: Tx, event: DeletionAsked) -> None:
        event.object_to("还有未完成的订单")

    signed = await buyer(tx)
    tx._reactions = Reactions({DeletionAsked: [object_to]})
    acting(tx, "buyer", signed.account.id)
    with pytest.raises(AccountInUse) as refused:
        await service.delete_account(tx, confirmed=True)
    assert refused.value.facts == {"obstacles": ["还有未完成的订单"]}
    assert (await accounts.get_account(tx, signed.account.id)).phone_masked == "138****8000"


# --- throttling


async def tries(db: Database, login: str, addresses: list[str]) -> int:
    """Count how many tries to sign in pass before one is refused."""
    for passed, address in enumerate(addresses):
        try:
            await throttle.allow_sign_in(db, "merchant", login, address=address)
        except TooOften:
            return passed
    return len(addresses)


async def test_tries_at_one_name_are_counted_wherever_they_come_from(db: Database) -> None:
    anywhere = [f"203.0.113.{n}" for n in range(60)]
    assert await tries(db, PHONE, anywhere) == 50
    assert await tries(db, "+86 138-0013-8000", anywhere[:1]) == 0
    assert await tries(db, "13900139000", anywhere[:1]) == 1


async def test_tries_from_one_address_are_counted_by_name_and_in_all(db: Database) -> None:
    assert await tries(db, PHONE, ["203.0.113.5"] * 9) == 5
    passed = [await tries(db, f"a{n}@example.com", ["203.0.113.5"]) for n in range(100)]
    assert sum(passed) == 94
    assert await tries(db, "a0@example.com", ["203.0.113.6"]) == 1


async def test_a_success_forgives_the_failures_of_its_address(db: Database) -> None:
    for _ in range(3):
        assert await tries(db, PHONE, ["203.0.113.5"] * 5) == 5
        await throttle.forgive_sign_in(db, "merchant", PHONE, address="203.0.113.5")
