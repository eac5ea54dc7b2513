"""The load generator: its own process, its own loop, one answer read for each request sent.

Reads one JSON object from standard input: host, port, path, connections, seconds, prefix, and the
signed-in buyers (token and address) and SKUs (id and price) to choose from. Prints one JSON object:
what was accepted, the answers by status, and the latencies' percentiles.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from typing import Any

import uvloop


class Connection(asyncio.Protocol):
    """Sends a request, reads its answer, sends the next, until time is up."""

    def __init__(self, bench: Bench, number: int) -> None:
        self.bench = bench
        self.number = number
        self.buffer = b""
        self.sent_at = 0.0
        self.key = ""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.send()

    def send(self) -> None:
        bench = self.bench
        if time.perf_counter() >= bench.until:
            self.transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        bench.sequence += 1
        self.key = f"{bench.prefix}-{bench.sequence}"
        token, address = bench.buyers[self.number % len(bench.buyers)]
        sku, price_fen = bench.skus[bench.sequence % len(bench.skus)]
        body = b'{"address_id":"%s","lines":[{"sku_id":"%s","quantity":1,"price_fen":%d}]}' % (
            address,
            sku,
            price_fen,
        )
        self.sent_at = time.perf_counter()
        self.transport.write(
            b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer %s\r\nIdempotency-Key: %s\r\nContent-Length: %d\r\n\r\n%s"
            % (
                bench.path,
                token,
                self.key.encode(),
                len(body),
                body,
            )
        )

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, mark, rest = self.buffer.partition(b"\r\n\r\n")
        if not mark:
            return
        lower = head.lower()
        start = lower.find(b"content-length:") + 15
        length = int(
            lower[start : lower.find(b"\r\n", start) if b"\r\n" in lower[start:] else None]
        )
        if len(rest) < length:
            return
        self.buffer = rest[length:]
        self.bench.answered(int(head[9:12]), self.key, time.perf_counter() - self.sent_at)
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.bench.broken += 1
            self.done.set_result(None)


class Bench:
    """One run."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.path = plan["path"].encode()
        self.buyers = [(token.encode(), address.encode()) for token, address in plan["buyers"]]
        self.skus = [(sku.encode(), price_fen) for sku, price_fen in plan["skus"]]
        random.Random(7).shuffle(self.skus)
        self.prefix = plan["prefix"]
        self.until = 0.0
        self.sequence = 0
        self.broken = 0
        self.accepted: list[str] = []
        self.statuses: dict[int, int] = {}
        self.seconds: list[float] = []

    def answered(self, status: int, key: str, seconds: float) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status == 201:
            self.accepted.append(key)
            self.seconds.append(seconds)


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    bench = Bench(plan)
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    bench.until = started + plan["seconds"]
    made = await asyncio.gather(
        *(
            loop.create_connection(
                lambda number=number: Connection(bench, number), plan["host"], plan["port"]
            )
            for number in range(plan["connections"])
        )
    )
    await asyncio.gather(*(protocol.done for _, protocol in made))
    took = time.perf_counter() - started
    bench.seconds.sort()

    def percentile(share: float) -> float:
        if not bench.seconds:
            return 0.0
        return round(bench.seconds[int(share * (len(bench.seconds) - 1))] * 1000, 2)

    return {
        "accepted": len(bench.accepted),
        "accepted_keys": bench.accepted if plan.get("keys") else [],
        "per_s": round(len(bench.accepted) / took, 1),
        "p50_ms": percentile(0.5),
        "p99_ms": percentile(0.99),
        "statuses": bench.statuses,
        "broken": bench.broken,
    }


if __name__ == "__main__":
    print(json.dumps(uvloop.run(run(json.load(sys.stdin)))))
