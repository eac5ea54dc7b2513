"""A small town for tests: the twins on ports of their own, and a product that only listens."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from xiaodian.payments.gateway import Charge, Method, WechatPayGateway
from xiaodian.sandbox.twins import TwinsConfig, serve_twins

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from xiaodian.sandbox.keys import SandboxKeys

PATIENCE_S = 5.0


def free_port() -> int:
    """Answer a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Heard:
    """One message that the twins brought."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Listener:
    """A product's doors, in so far as the twins see them: it hears, and answers as told."""

    port: int = 0
    heard: list[Heard] = field(default_factory=list)
    answers: dict[str, list[int]] = field(default_factory=dict)
    """Statuses for the next messages to a path; 204 when there are none left."""
    _server: asyncio.Server | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def at(self, path: str, count: int = 1) -> list[Heard]:
        """Wait until so many messages came to a path."""
        await until(lambda: len(self.came(path)) >= count)
        return self.came(path)

    def came(self, path: str) -> list[Heard]:
        return [message for message in self.heard if message.path == path]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = (line.split(": ", 1) for line in head[1:] if line)
            headers = {name.lower(): value for name, value in pairs}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            path = head[0].split(" ")[1]
            self.heard.append(Heard(path, headers, body))
            left = self.answers.get(path)
            status = left.pop(0) if left else 204
            writer.write(
                f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
            )
            await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@dataclass
class Town:
    """Running twins, a client for their doors, and the listening product."""

    config: TwinsConfig
    listener: Listener
    client: httpx.AsyncClient
    pay: WechatPayGateway
    _numbers: int = 0

    @property
    def keys(self) -> SandboxKeys:
        return self.config.keys

    def number(self) -> str:
        """Answer a number that no other test uses."""
        self._numbers += 1
        return f"T{self._numbers:07d}"

    async def gateway(self, number: str, *, answer_s: float = 5.0) -> WechatPayGateway:
        """Answer a gateway whose notifications come to a path of their own.

        It shares its keys and connections with ``pay``: loading an RSA key takes a tenth of a
        second, which is most of what a test here would take.
        """
        made, sdk = copy.copy(self.pay), copy.copy(await self.pay._ready())
        sdk._notify_url = f"{self.listener.address}/{number}"
        made._sdk, made._connect_s, made._answer_s = sdk, 0, answer_s
        return made

    async def charged(
        self, *, fen: int = 19_900, paid: bool = False, answer_s: float = 5.0
    ) -> tuple[str, WechatPayGateway]:
        """Prepare a charge; answers its number and its gateway."""
        number = self.number()
        await (await self.gateway(number)).prepare(charge(number, fen))
        if paid:
            assert (await self.press_pay(number)).status_code == 200
        return number, await self.gateway(number, answer_s=answer_s)

    async def press_pay(self, number: str) -> httpx.Response:
        return await self.client.post(f"/pay/sandbox/orders/{number}/pay")

    async def fault(self, twin: str, fault: str, **more: object) -> None:
        answer = await self.client.post("/faults", json={"twin": twin, "fault": fault, **more})
        assert answer.status_code == 201, answer.text


def charge(number: str, fen: int = 19_900, method: Method = Method.NATIVE) -> Charge:
    return Charge(out_trade_no=number, amount_fen=fen, description="示例商品", method=method)


@contextlib.asynccontextmanager
async def open_town(folder: Path, keys: SandboxKeys, **more: object) -> AsyncIterator[Town]:
    """Start twins and a listener, and stop them."""
    listener = Listener()
    await listener.open()
    settings = {
        "product_url": listener.address,
        "notify_delays_s": (0.0, 0.02, 0.05, 0.1),
        "settle_s": 0.02,
        **more,
    }
    config = TwinsConfig(
        folder=folder, keys=keys, port=free_port(), smtp_port=free_port(), **settings
    )
    ready, stop = asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(serve_twins(config, ready=ready, stop=stop))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if serving.done():
        await listener.close()
        await serving
    pay = WechatPayGateway(
        keys.pay_settings(f"{config.address}/pay"), notify_url=f"{listener.address}/notify/wxpay"
    )
    async with httpx.AsyncClient(base_url=config.address, trust_env=False) as client:
        try:
            yield Town(config, listener, client, pay)
        finally:
            await pay.aclose()
            stop.set()
            await serving
            await listener.close()


async def until(holds: Callable[[], object]) -> None:
    """Wait until something holds; fails after a while."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - what is waited for happens in other processes, too
            await asyncio.sleep(0.005)
