"""What the pages of merchants share: forms that keep what was typed, and timelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from xiaodian import accounts
from xiaodian.infra import audit
from xiaodian.infra.i18n import SOURCE, sentence, translate
from xiaodian.infra.problem import STATUS
from xiaodian.merchants.pages import words
from xiaodian.merchants.states import FLAG_WORDS, Flag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import FormData
    from starlette.requests import Request

    from xiaodian.infra.db import Tx
    from xiaodian.kernel.errors import Refusal

__all__ = ["form_of", "moments", "status_of", "typed_of"]


def typed_of(form: FormData) -> dict[str, str]:
    """Answer what was typed into a form, without its files and its key."""
    return {
        name: value
        for name, value in form.items()
        if isinstance(value, str) and not name.startswith("_")
    }


def form_of(
    request: Request,
    typed: Mapping[str, str] | None,
    refusal: Refusal | None,
    labels: Mapping[str, str] | None = None,
    *,
    field: str = "form",
) -> dict[str, object] | None:
    """Answer a form as the field macros take it; the refusal stands beneath the field it names.

    ``labels`` maps the Chinese label in a refusal's facts to the field; others go under ``field``.
    """
    if typed is None:
        return None
    errors: dict[str, str] = {}
    if refusal is not None:
        named = str(refusal.facts.get("field") or refusal.facts.get("side") or "")
        where = (labels or {}).get(named, field)
        errors[where] = sentence(refusal.sentence, refusal.facts, request.state.lang)
    return {"typed": dict(typed), "errors": errors}


def status_of(refusal: Refusal | None) -> int:
    """Answer the status of a page that shows a refusal."""
    return 200 if refusal is None else STATUS[refusal.kind]


async def moments(
    tx: Tx, subject: str, subject_id: int, *, lang: str = SOURCE
) -> list[dict[str, object]]:
    """Answer what happened to something, newest first, as timelines take it."""
    entries = await audit.history(tx, subject=subject, subject_id=subject_id)
    ids = {entry.account_id for entry in entries if entry.account_id is not None}
    names = await accounts.get_accounts(tx, sorted(ids))
    found: list[dict[str, object]] = []
    for entry in entries:
        word, tone = words.ACTS.get(entry.action, (entry.action, ""))
        account = names.get(entry.account_id or 0)
        why = entry.after.get("why") or entry.after.get("reasons") or ""
        lines = cast("list[object]", why) if isinstance(why, list) else [why]
        found.append(
            {
                "at": entry.at,
                "title": word,
                "tone": tone,
                "who": account.name if account else "",
                "text": _about(entry, lang) + "；".join(str(line) for line in lines),
            }
        )
    return found


def _about(entry: audit.AuditRow, lang: str) -> str:
    """Name the paper or restriction that an act was about; nothing for other acts."""
    kind = entry.after.get("kind")
    if isinstance(kind, str):
        return sentence("{kind:document}", {"kind": kind}, lang)
    flag = entry.after.get("flag") or entry.before.get("flag")
    if isinstance(flag, str) and flag in Flag.__members__:
        return f"{translate(FLAG_WORDS[Flag(flag)], lang)} · "
    return ""
