"""The database, and the only commit in the house."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import errors as pg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from xiaodian.infra.clock import business_now, wall_ms
from xiaodian.infra.db.keys import Key, claim
from xiaodian.infra.db.slots import lease_slot
from xiaodian.infra.db.tx import Reactions, Tx
from xiaodian.kernel.errors import Outage
from xiaodian.kernel.ids import IdMaker

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from xiaodian.infra.crypto import Vault
    from xiaodian.infra.db.actor import Actor
    from xiaodian.infra.jobs import Queue

__all__ = ["Database"]

_READ_CLOCK = text("SELECT offset_us, stands_at FROM business_clock WHERE id = 1")
_RETRYABLE = (
    pg.DeadlockDetected,
    pg.SerializationFailure,
    pg.LockNotAvailable,
    pg.QueryCanceled,
    pg.AdminShutdown,
    pg.CrashShutdown,
    pg.CannotConnectNow,
    pg.TooManyConnections,
)


class Database:
    """A PostgreSQL database with the house's transaction discipline.

    Open it with ``open``; a bound instance (tests) runs every transaction inside one outer
    connection instead.
    """

    def __init__(
        self,
        url: str,
        engine: AsyncEngine,
        *,
        vault: Vault,
        ids: IdMaker,
        queue: Queue,
        reactions: Reactions,
        bound_to: AsyncConnection | None = None,
    ) -> None:
        self.url = url
        self.engine = engine
        self.vault = vault
        self.ids = ids
        self.queue = queue
        self.reactions = reactions
        self._sessions: async_sessionmaker[AsyncSession] = (
            async_sessionmaker(engine, expire_on_commit=False)
            if bound_to is None
            else async_sessionmaker(
                bound_to, expire_on_commit=False, join_transaction_mode="create_savepoint"
            )
        )

    @classmethod
    async def open(
        cls, url: str, *, vault: Vault, queue: Queue, reactions: Reactions, pool_size: int = 12
    ) -> Database:
        """Connect to a migrated database and lease a slot for ids; may be an ``Outage``."""
        engine = create_async_engine(
            sqlalchemy_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            pool_pre_ping=False,
            pool_use_lifo=True,
        )
        try:
            slot = await lease_slot(url)
        except psycopg.OperationalError as error:
            raise Outage("database") from error
        return cls(
            url, engine, vault=vault, ids=IdMaker(slot, wall_ms), queue=queue, reactions=reactions
        )

    async def close(self) -> None:
        """Give the connections back."""
        await self.engine.dispose()

    @asynccontextmanager
    async def transaction(
        self, *, actor: Actor, key: Key | None = None, at: datetime | None = None
    ) -> AsyncGenerator[Tx]:
        """Open one transaction at an edge; leaving the block normally commits it.

        ``key`` makes the write idempotent: raises ``Replayed`` when it was done before, refuses
        ``IDEMPOTENCY_KEY_REUSED``. ``at`` is for the timer pump, which runs each timer at its own
        instant. A connection that breaks, a deadlock or a lock that is not to be had is an
        ``Outage``: nothing was stored, the request may be sent again.
        """
        try:
            async with self._sessions() as session:
                tx = await self._begin(session, actor, at)
                if key is not None:
                    await claim(tx, key)
                yield tx
                assert tx.key is None or tx.key.answered, "a keyed write keeps its answer"
                await session.commit()
        except (DBAPIError, InterfaceError, PoolTimeout, psycopg.Error) as error:
            if _is_outage(error):
                raise Outage("database") from error
            raise

    @asynccontextmanager
    async def reading(self, *, actor: Actor) -> AsyncGenerator[Tx]:
        """Open a transaction that may only read; it is always rolled back."""
        try:
            async with self._sessions() as session:
                tx = await self._begin(session, actor, None)
                await session.execute(text("SET TRANSACTION READ ONLY"))
                yield tx
                # Rows that were read stay readable: a rollback would make them forget themselves.
                session.expunge_all()
                await session.rollback()
        except (DBAPIError, InterfaceError, PoolTimeout, psycopg.Error) as error:
            if _is_outage(error):
                raise Outage("database") from error
            raise

    @asynccontextmanager
    async def raw(self) -> AsyncGenerator[psycopg.AsyncConnection]:
        """Open a plain connection of its own, for machinery that works beside transactions."""
        try:
            connection = await psycopg.AsyncConnection.connect(self.url)
        except psycopg.OperationalError as error:
            raise Outage("database") from error
        async with connection:
            yield connection

    async def _begin(self, session: AsyncSession, actor: Actor, at: datetime | None) -> Tx:
        offset_us, stands_at = (await session.execute(_READ_CLOCK)).one()
        return Tx(
            session,
            now=at or business_now(offset_us, stands_at),
            actor=actor,
            vault=self.vault,
            ids=self.ids,
            queue=self.queue,
            reactions=self.reactions,
        )


def sqlalchemy_url(url: str) -> str:
    """Name the driver in a plain PostgreSQL address."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _is_outage(error: BaseException) -> bool:
    if isinstance(error, PoolTimeout):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    origin = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(origin, _RETRYABLE):
        return True
    # A connection that died has no SQLSTATE; one that was refused for its password has.
    return isinstance(origin, psycopg.OperationalError) and origin.sqlstate is None
