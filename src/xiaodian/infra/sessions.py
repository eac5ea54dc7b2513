"""Sessions live on the server: listed, revocable, known only by the digest of their token."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy import BigInteger, LargeBinary, String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from xiaodian.infra.clock import wall_now
from xiaodian.infra.crypto import digest, new_token
from xiaodian.infra.db import SYSTEM, Actor, Base, Database, Instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.infra.db import Tx

__all__ = [
    "LIFETIMES",
    "Audience",
    "SessionRow",
    "Sessions",
    "erase",
    "list_sessions",
    "open_session",
    "revoke",
    "revoke_all",
]

Audience = Literal["buyer", "merchant", "operator"]
LIFETIMES: dict[str, timedelta] = {
    "buyer": timedelta(days=30),
    "merchant": timedelta(days=7),
    "operator": timedelta(hours=12),
}
"""How long a session lasts in wall time, by who holds it."""
_CACHE_S = 3
_CACHE_MAX = 20_000
_SESSIONS_MAX = 20


class SessionRow(Base):
    """One sign-in. Times are wall time: moving the business clock ends no session."""

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    account_id: Mapped[int] = mapped_column(BigInteger, index=True)
    audience: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(64))
    agent: Mapped[str] = mapped_column(String(200))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


async def open_session(
    tx: Tx, account_id: int, audience: Audience, *, address: str, agent: str
) -> str:
    """Open a session and answer its token, which is shown once and stored nowhere.

    An account has at most twenty; the oldest beyond them end.
    """
    token = new_token()
    now = wall_now()
    tx.session.add(
        SessionRow(
            id=tx.new_id(),
            token_digest=digest(token),
            account_id=account_id,
            audience=audience,
            address=address[:64],
            agent=agent[:200],
            opened_at=now,
            expires_at=now + LIFETIMES[audience],
        )
    )
    await tx.run(
        "UPDATE sessions SET revoked_at = :now WHERE account_id = :account_id"
        " AND revoked_at IS NULL AND id NOT IN (SELECT id FROM sessions"
        "  WHERE account_id = :account_id AND revoked_at IS NULL ORDER BY id DESC LIMIT :most)",
        now=now,
        account_id=account_id,
        most=_SESSIONS_MAX,
    )
    return token


async def list_sessions(tx: Tx, account_id: int) -> Sequence[SessionRow]:
    """Answer the account's open sessions, newest first."""
    found = await tx.session.scalars(
        select(SessionRow)
        .where(
            SessionRow.account_id == account_id,
            SessionRow.revoked_at.is_(None),
            SessionRow.expires_at > wall_now(),
        )
        .order_by(SessionRow.id.desc())
        .limit(_SESSIONS_MAX)
    )
    return found.all()


async def revoke(tx: Tx, account_id: int, session_id: int) -> bool:
    """End one of the account's own sessions; answers whether there was such a one."""
    touched = await tx.run(
        "UPDATE sessions SET revoked_at = :now WHERE id = :id AND account_id = :account_id"
        " AND revoked_at IS NULL",
        now=wall_now(),
        id=session_id,
        account_id=account_id,
    )
    return touched > 0


async def revoke_all(tx: Tx, account_id: int, *, but: int | None = None) -> None:
    """End all sessions of an account, save perhaps the one that asks."""
    await tx.session.execute(
        update(SessionRow)
        .where(
            SessionRow.account_id == account_id,
            SessionRow.revoked_at.is_(None),
            SessionRow.id != (but or 0),
        )
        .values(revoked_at=wall_now())
    )


async def erase(tx: Tx, account_id: int) -> None:
    """End all sessions of an account and forget where they came from."""
    await tx.run("DELETE FROM sessions WHERE account_id = :account_id", account_id=account_id)


class Sessions:
    """Answers who holds a token.

    Remembers each answer for three seconds of wall time, so a revoked session may act for that
    long in another process.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[bytes, tuple[datetime, str, Actor]] = {}

    async def resolve(self, token: str, audience: Audience, *, address: str) -> Actor | None:
        """Answer the actor of a live session of this audience, or None."""
        key = digest(token)
        now = wall_now()
        known = self._known.get(key)
        if known is not None and known[0] > now:
            return replace(known[2], address=address) if known[1] == audience else None
        async with self._db.reading(actor=SYSTEM) as tx:
            row = await tx.session.scalar(
                select(SessionRow).where(
                    SessionRow.token_digest == key,
                    SessionRow.revoked_at.is_(None),
                    SessionRow.expires_at > now,
                )
            )
        if row is None or row.audience != audience:
            return None
        found = Actor(audience, row.account_id, row.id, address)
        if len(self._known) >= _CACHE_MAX:
            self._known.clear()
        self._known[key] = (now + timedelta(seconds=_CACHE_S), row.audience, found)
        return found

    def forget(self, account_id: int) -> None:
        """Drop what is remembered of an account, once sessions of it were ended here."""
        ended = [key for key, known in self._known.items() if known[2].account_id == account_id]
        for key in ended:
            del self._known[key]
