"""Work outside any request: asking the providers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.infra.db import SYSTEM
from xiaodian.infra.files import Store
from xiaodian.kernel.errors import Outage
from xiaodian.merchants import gateway, service
from xiaodian.merchants.rules.papers import Check

if TYPE_CHECKING:
    from xiaodian.infra.jobs import Runtime
    from xiaodian.merchants.gateway import CheckAnswer
    from xiaodian.merchants.service import Question

__all__ = ["check", "check_payout_account"]


async def check(runtime: Runtime, application_id: int) -> None:
    """Ask the providers about an application's papers; an ``Outage`` makes the job come again."""
    store = runtime.gateway(Store)
    async with runtime.db.transaction(actor=SYSTEM) as tx:
        questions = await service.begin_checks(tx, application_id, store=store)
    if not questions:
        return
    answers = {question.item: await _ask(runtime, question) for question in questions}
    async with runtime.db.transaction(actor=SYSTEM) as tx:
        over = await service.finish_checks(tx, application_id, answers)
    if not over:
        service_name = "verification"
        raise Outage(service_name)


async def check_payout_account(runtime: Runtime, payout_account_id: int) -> None:
    """Ask the bank about a payout account; an ``Outage`` makes the job come again."""
    async with runtime.db.transaction(actor=SYSTEM) as tx:
        question = await service.payout_question(tx, payout_account_id)
    if question is None:
        return
    answer = await _ask(runtime, question)
    async with runtime.db.transaction(actor=SYSTEM) as tx:
        over = await service.finish_payout_check(tx, payout_account_id, answer)
    if not over:
        service_name = "verification"
        raise Outage(service_name)


async def _ask(runtime: Runtime, question: Question) -> CheckAnswer | None:
    """Put one question to whoever answers such; None when nobody answers."""
    try:
        return await _put(runtime, question)
    except Outage:
        return None


async def _put(runtime: Runtime, question: Question) -> CheckAnswer:
    name, number = question.name, question.number
    match question.check:
        case Check.ACCOUNT:
            asked = runtime.gateway(gateway.AccountProvider).check_account(
                surface=question.surface, identifier=question.identifier
            )
        case Check.IDENTITY:
            asked = runtime.gateway(gateway.IdentityProvider).check_identity(
                name=name, number=number
            )
        case Check.REAL_NAME:
            asked = runtime.gateway(gateway.RealNameProvider).check_real_name(
                identifier=question.identifier, name=name, number=number
            )
        case Check.FACE:
            asked = runtime.gateway(gateway.FaceProvider).check_face(
                name=name, number=number, picture=question.picture
            )
        case Check.LICENCE:
            asked = runtime.gateway(gateway.LicenceProvider).check_licence(name=name, number=number)
        case Check.CERTIFICATE:
            asked = runtime.gateway(gateway.CaProvider).check_certificate(name=name, number=number)
        case Check.BANK:
            asked = runtime.gateway(gateway.BankProvider).check_bank_account(
                name=name, bank=question.bank, number=number
            )
    return await asked
