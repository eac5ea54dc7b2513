"""Text messages and mail: what is sent is seen on the other side, or the fault that was ordered."""

from __future__ import annotations

import pytest
from tests.sandbox.town import Town, free_port

from xiaodian.accounts.gateway import HttpSmsGateway as CodeGateway
from xiaodian.accounts.gateway import NullSmsGateway as NullCodeGateway
from xiaodian.infra.peers import Declined
from xiaodian.kernel.errors import Outage
from xiaodian.notices.gateway import (
    HttpSmsGateway,
    NullMailGateway,
    NullSmsGateway,
    SmtpMailGateway,
)


@pytest.fixture
def phone(town: Town) -> str:
    return f"138{int(town.number()[1:]):08d}"


@pytest.fixture
def codes(town: Town) -> CodeGateway:
    return CodeGateway(f"{town.config.address}/sms", town.keys.sms_secret, answer_s=0.3)


@pytest.fixture
def mail(town: Town) -> SmtpMailGateway:
    return SmtpMailGateway(
        "127.0.0.1",
        town.config.smtp_port,
        sender="小店 <notice@xiaodian.invalid>",
        user=town.keys.mail_user,
        password=town.keys.mail_password,
        answer_s=0.5,
    )


async def inbox(town: Town, phone: str) -> list[dict[str, str]]:
    return (await town.client.get("/sms/outbox", params={"phone": phone})).json()["messages"]


async def letters(town: Town, to: str) -> list[dict[str, str]]:
    return (await town.client.get("/mail/outbox", params={"to": to})).json()["letters"]


async def send(codes: CodeGateway, phone: str, request_id: str) -> str | Declined:
    return await codes.send_code(
        phone, "482913", text="【小店】验证码 482913，5 分钟内有效。", request_id=request_id
    )


async def test_a_code_is_shown_on_the_screen(town: Town, codes: CodeGateway, phone: str):
    number = await send(codes, phone, f"{phone}-1")
    shown = await inbox(town, phone)
    assert [(m["id"], m["code"], m["phone"]) for m in shown] == [(number, "482913", phone)]
    page = await town.client.get("/sms/", params={"phone": phone})
    assert "482913" in page.text
    assert len(await inbox(town, f"+86{phone}")) == 1
    await codes.aclose()


async def test_a_request_is_one_message(town: Town, codes: CodeGateway, phone: str):
    first = await send(codes, phone, f"{phone}-1")
    assert await send(codes, phone, f"{phone}-1") == first
    assert len(await inbox(town, phone)) == 1
    other = await codes.send_code(phone, "1", text="另一条", request_id=f"{phone}-1")
    assert isinstance(other, Declined)
    assert other.code == "REQUEST_ID_USED"
    await codes.aclose()


async def test_a_notice_goes_the_same_way(town: Town, phone: str):
    notices = HttpSmsGateway(f"{town.config.address}/sms", town.keys.sms_secret)
    await notices.send(phone, "【小店】您的包裹已签收。", request_id=f"{phone}-1")
    assert [m["text"] for m in await inbox(town, phone)] == ["【小店】您的包裹已签收。"]
    await notices.aclose()


@pytest.mark.parametrize("secret", ["wrong"])
async def test_a_stranger_sends_nothing(town: Town, phone: str, secret: str):
    stranger = CodeGateway(f"{town.config.address}/sms", secret)
    with pytest.raises(Outage):
        await send(stranger, phone, f"{phone}-1")
    assert await inbox(town, phone) == []
    await stranger.aclose()


@pytest.mark.parametrize("wrong", ["", "abc", "1" * 30, "138'; DROP TABLE--"])
async def test_nonsense_is_declined(codes: CodeGateway, wrong: str):
    assert isinstance(await send(codes, wrong, "x"), Declined)
    await codes.aclose()


@pytest.mark.parametrize(
    ("fault", "raises", "seen"),
    [
        ("outage", True, 0),
        ("hang", True, 0),
        ("timeout", True, 1),
        ("lose", False, 0),
        ("duplicate", False, 2),
    ],
)
async def test_what_may_become_of_a_message(
    town: Town,
    codes: CodeGateway,
    phone: str,
    fault: str,
    raises: bool,  # noqa: FBT001 - a table
    seen: int,
):
    await town.fault("sms", fault, door="send", subject=phone, delay_s=0.5)
    if raises:
        with pytest.raises(Outage):
            await send(codes, phone, f"{phone}-1")
    else:
        await send(codes, phone, f"{phone}-1")
    assert len(await inbox(town, phone)) == seen
    await codes.aclose()


async def test_a_phone_may_be_refused_and_a_message_late(
    town: Town, codes: CodeGateway, phone: str
):
    await town.fault("sms", "decline", subject=phone)
    await town.fault("sms", "late", subject=phone, delay_s=0.2)
    refused = await send(codes, phone, f"{phone}-1")
    assert isinstance(refused, Declined)
    assert refused.code == "PHONE_REFUSED"
    await send(codes, phone, f"{phone}-2")
    assert await inbox(town, phone) == []
    while not await inbox(town, phone):
        pass
    await codes.aclose()


async def test_a_letter_arrives_as_it_was_written(town: Town, mail: SmtpMailGateway):
    to = f"{town.number().lower()}@merchant.invalid"
    assert (
        await mail.send(to, "保证金不足\r\nBcc: x@y", "请在 7 天内补足。", message_id="n-1") is None
    )
    (letter,) = await letters(town, to)
    assert letter["subject"] == "保证金不足 Bcc: x@y"
    assert letter["text"].strip() == "请在 7 天内补足。"
    assert letter["message_id"] == "<n-1@xiaodian.invalid>"
    assert letter["to"] == [to]
    assert "保证金不足" in (await town.client.get("/mail/", params={"to": to})).text


async def test_a_stranger_posts_no_letter(town: Town):
    stranger = SmtpMailGateway(
        "127.0.0.1", town.config.smtp_port, sender="x@y.invalid", user="x", password="y"
    )
    with pytest.raises(Outage):
        await stranger.send("a@b.invalid", "s", "t", message_id="n")
    unnamed = SmtpMailGateway("127.0.0.1", town.config.smtp_port, sender="x@y.invalid")
    answer = await unnamed.send("a@b.invalid", "s", "t", message_id="n")
    assert isinstance(answer, Declined)
    assert await letters(town, "a@b.invalid") == []


@pytest.mark.parametrize(
    ("fault", "raises", "seen"),
    [
        ("outage", True, 0),
        ("hang", True, 0),
        ("timeout", True, 1),
        ("lose", False, 0),
        ("duplicate", False, 2),
    ],
)
async def test_what_may_become_of_a_letter(
    town: Town,
    mail: SmtpMailGateway,
    fault: str,
    raises: bool,  # noqa: FBT001 - a table
    seen: int,
):
    to = f"{town.number().lower()}@merchant.invalid"
    await town.fault("mail", fault, door="send", subject=to, delay_s=0.8)
    if raises:
        with pytest.raises(Outage):
            await mail.send(to, "s", "t", message_id="n")
    else:
        await mail.send(to, "s", "t", message_id="n")
    assert len(await letters(town, to)) == seen


async def test_a_mailbox_may_be_refused(town: Town, mail: SmtpMailGateway):
    to = f"{town.number().lower()}@merchant.invalid"
    await town.fault("mail", "decline", subject=to)
    answer = await mail.send(to, "s", "t", message_id="n")
    assert isinstance(answer, Declined)
    assert answer.code == "SMTP_550"


async def test_no_gateway_refuses():
    with pytest.raises(Outage):
        await send(NullCodeGateway(), "13800000000", "x")
    with pytest.raises(Outage):
        await NullSmsGateway().send("13800000000", "t", request_id="x")
    with pytest.raises(Outage):
        await NullMailGateway().send("a@b.invalid", "s", "t", message_id="x")
    await NullCodeGateway().aclose()
    await NullSmsGateway().aclose()


async def test_nobody_there_is_an_outage(phone: str):
    nobody = CodeGateway(f"http://127.0.0.1:{free_port()}", "secret")
    with pytest.raises(Outage):
        await send(nobody, phone, "x")
    await nobody.aclose()
    silent = SmtpMailGateway("127.0.0.1", free_port(), sender="x@y.invalid")
    with pytest.raises(Outage):
        await silent.send("a@b.invalid", "s", "t", message_id="x")
