"""Publish/subscribe by LISTEN/NOTIFY: one connection a process hears, many queues are fed.

Messages are hints ("look again"), never the only copy of anything: a listener that was away
looks at the tables when it comes back.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import psycopg
import structlog
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

__all__ = ["Listener"]

_QUEUE_MAX = 256
_RETRY_S = 1.0
_log = structlog.get_logger()


class Listener:
    """Hears topics of one database. Start ``run`` as a task; subscribe from anywhere in it."""

    def __init__(self, url: str, topics: frozenset[str]) -> None:
        self._url = url
        self._topics = topics
        self._queues: dict[str, list[asyncio.Queue[str]]] = defaultdict(list)

    async def run(self) -> None:
        """Listen until cancelled, connecting again whenever the connection is lost."""
        while True:
            try:
                await self._listen()
            except psycopg.OperationalError:
                _log.warning("listener lost its connection")
            await asyncio.sleep(_RETRY_S)

    @asynccontextmanager
    async def subscribe(self, topic: str) -> AsyncGenerator[asyncio.Queue[str]]:
        """Answer a bounded queue of the topic's messages; a slow reader loses the oldest."""
        assert topic in self._topics, "a topic is named when the listener is made"
        queue: asyncio.Queue[str] = asyncio.Queue(_QUEUE_MAX)
        self._queues[topic].append(queue)
        try:
            yield queue
        finally:
            self._queues[topic].remove(queue)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            for topic in sorted(self._topics):
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(topic)))
            async for notice in connection.notifies():
                for queue in self._queues[notice.channel]:
                    if queue.full():
                        queue.get_nowait()
                    queue.put_nowait(notice.payload)
