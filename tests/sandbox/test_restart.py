"""Twins as a process of their own: killed without warning, they go on where they were."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.sandbox.town import Listener, charge, free_port

from xiaodian.kernel.errors import Outage
from xiaodian.logistics.gateway import HttpCarrierGateway
from xiaodian.payments.gateway import (
    Notification,
    RefundRequest,
    RefundState,
    TradeState,
    WechatPayGateway,
)

if TYPE_CHECKING:
    from pathlib import Path

    from xiaodian.sandbox.keys import SandboxKeys

CHILD = """
import sys
from pathlib import Path
from xiaodian.sandbox.keys import SandboxKeys
from xiaodian.sandbox.twins import TwinsConfig, run_twins
folder, product, port, smtp = sys.argv[1:]
run_twins(TwinsConfig(
    folder=Path(folder), keys=SandboxKeys.load_or_make(Path(folder)), product_url=product,
    port=int(port), smtp_port=int(smtp), notify_delays_s=(0.0, 0.05, 30.0), settle_s=0.01,
))
"""


class Process:
    """The twins, in a process that can be killed."""

    def __init__(self, folder: Path, listener: Listener) -> None:
        self.arguments = [str(folder), listener.address, str(free_port()), str(free_port())]
        self.address = f"http://127.0.0.1:{self.arguments[2]}"

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-W",
            "error",
            "-c",
            CHILD,
            *self.arguments,
            stdout=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(20), httpx.AsyncClient(trust_env=False) as client:
            while True:
                try:
                    await client.get(f"{self.address}/health")
                except httpx.HTTPError:
                    await asyncio.sleep(0.02)
                else:
                    return

    async def end(self, how: signal.Signals) -> tuple[int, str]:
        self.process.send_signal(how)
        said, _ = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, said.decode()


async def test_killed_twins_remember_and_go_on(tmp_path: Path, keys: SandboxKeys):
    (tmp_path / "keys.json").write_text(json.dumps(keys_as_given(keys)))
    listener = Listener()
    await listener.open()
    # The product hears nothing yet: both words must survive the kill.
    listener.answers = {"/notify/wxpay": [500, 500], "/notify/carriers/SF": [500, 500]}
    twins = Process(tmp_path, listener)
    await twins.start()
    pay = WechatPayGateway(
        keys.pay_settings(f"{twins.address}/pay"), notify_url=f"{listener.address}/notify/wxpay"
    )
    carriers = HttpCarrierGateway(f"{twins.address}/carriers", keys.carrier_secret)
    client = httpx.AsyncClient(base_url=twins.address, trust_env=False)
    try:
        await pay.prepare(charge("T0000001"))
        await pay.prepare(charge("T0000002"))
        await client.post("/pay/sandbox/orders/T0000001/pay")
        await carriers.subscribe("SF", "SF0000001")
        scanned = await client.post(
            "/carriers/SF/parcels/SF0000001/scan", json={"state": "PICKED_UP"}
        )
        assert scanned.status_code == 201
        await listener.at("/notify/wxpay", 2)
        await listener.at("/notify/carriers/SF", 2)

        code, _ = await twins.end(signal.SIGKILL)
        assert code == -signal.SIGKILL
        with pytest.raises(Outage):
            await pay.query("T0000001")
        await twins.start()

        paid, open_ = await pay.query("T0000001"), await pay.query("T0000002")
        assert paid is not None
        assert open_ is not None
        assert (paid.state, open_.state) == (TradeState.SUCCESS, TradeState.PENDING)
        again = (await listener.at("/notify/wxpay", 3))[-1]
        notice = pay.read_notification(again.headers, again.body)
        assert isinstance(notice, Notification)
        assert notice.subject == paid
        await listener.at("/notify/carriers/SF", 3)
        track = await carriers.query("SF", "SF0000001")
        assert track is not None
        assert track.state == "PICKED_UP"
        await pay.refund(
            RefundRequest(
                out_refund_no="R1", out_trade_no="T0000001", refund_fen=1, paid_fen=19_900
            )
        )
        await listener.at("/notify/wxpay", 4)
        refund = await pay.query_refund("R1")
        assert refund is not None
        assert refund.state is RefundState.SUCCESS
    finally:
        code, said = await twins.end(signal.SIGTERM)
        await asyncio.gather(pay.aclose(), carriers.aclose(), client.aclose(), listener.close())
    assert code == 0
    assert "twins.stopped" in said


def keys_as_given(keys: SandboxKeys) -> dict[str, str]:
    return {name: getattr(keys, name) for name in keys.__struct_fields__}
