"""How notices leave the house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from xiaodian import accounts
from xiaodian.infra.db import SYSTEM
from xiaodian.infra.i18n import SOURCE
from xiaodian.notices import service
from xiaodian.notices.gateway import Declined, MailGateway, SmsGateway
from xiaodian.notices.models import DeliveryRow, NoticeRow
from xiaodian.notices.queries import in_words
from xiaodian.notices.rules import letter_of, text_of
from xiaodian.notices.states import DeliveryEvent, DeliveryState, Way

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx
    from xiaodian.infra.jobs import Runtime

__all__ = ["deliver"]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is to be sent, and where to; ``to`` is None when the person cannot be reached so."""

    way: Way
    to: str | None
    words: str
    url: str


async def deliver(runtime: Runtime, /, *, delivery_id: int) -> None:
    """Send one letter or text message, unless it was sent before.

    Raises ``Outage``, upon which the job is run again; the same number tells the other end that
    it is the same message.
    """
    async with runtime.db.reading(actor=SYSTEM) as tx:
        outgoing = await _outgoing(tx, delivery_id)
    if outgoing is None:
        return
    event, answer = DeliveryEvent.NO_ADDRESS, ""
    if outgoing.to is not None:
        said = await _send(runtime, outgoing, outgoing.to, f"notice-{delivery_id}")
        if isinstance(said, Declined):
            event, answer = DeliveryEvent.REFUSED, f"{said.code} {said.sentence}".strip()
        else:
            event, answer = DeliveryEvent.TAKEN, said
    async with runtime.db.transaction(actor=SYSTEM) as tx:
        await service.end_delivery(tx, delivery_id, event, answer=answer)


async def _outgoing(tx: Tx, delivery_id: int) -> Outgoing | None:
    row = await tx.session.get(DeliveryRow, delivery_id)
    if row is None or row.state != DeliveryState.WAITING:
        return None
    notice = await tx.session.get_one(NoticeRow, row.notice_id)
    way = Way(row.way)
    reach = accounts.phone_of if way is Way.SMS else accounts.email_of
    return Outgoing(
        way,
        await reach(tx, notice.account_id),
        # A phone and a mailbox have no language; inside the house a notice is read in any.
        in_words(notice.sentence, notice.facts, SOURCE),
        notice.url,
    )


async def _send(runtime: Runtime, outgoing: Outgoing, to: str, number: str) -> str | Declined:
    match outgoing.way:
        case Way.SMS:
            sms = runtime.gateway(SmsGateway)
            return await sms.send(to, text_of(outgoing.words), request_id=number)
        case Way.MAIL:
            mail = runtime.gateway(MailGateway)
            url = f"{runtime.settings.public_url}{outgoing.url}" if outgoing.url else ""
            subject, text = letter_of(outgoing.words, url)
            return await mail.send(to, subject, text, message_id=number) or number
        case Way.INBOX:
            raise AssertionError(outgoing.way)  # the table allows no such delivery
        case _:
            assert_never(outgoing.way)
