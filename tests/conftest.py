"""Fixtures every test may ask for: a database, a transaction, a whole running house."""

from __future__ import annotations

import asyncio
import atexit
import importlib
import os
import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.ext.asyncio import create_async_engine
from tests.world.browsing import ARGUMENTS, CHROMIUM, Browsing
from tests.world.database import ClonedDatabase, Template
from tests.world.house import World
from tests.world.ports import free_port
from tests.world.processes import Processes

from xiaodian.infra.crypto import Vault
from xiaodian.infra.db import SYSTEM, Database, Reactions
from xiaodian.infra.db.database import sqlalchemy_url
from xiaodian.infra.jobs import Queue
from xiaodian.kernel.clock import SHANGHAI
from xiaodian.kernel.ids import IdMaker
from xiaodian.sandbox.keys import SandboxKeys
from xiaodian.sandbox.twins import TwinsConfig, serve_twins

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from playwright.async_api import Browser
    from tests.world.commands import Cli

    from xiaodian.infra.db import Tx

os.environ["COLUMNS"] = "200"  # tables of the command line are as wide in every terminal
START = datetime(2025, 3, 10, 10, tzinfo=SHANGHAI)
"""Business time stands here at the start of every test."""
SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def template() -> Iterator[Template]:
    """A server of this test process with one migrated database to clone from."""
    folder = Path(
        tempfile.mkdtemp(prefix="xd-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
    )
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = Template(folder / "pg", version=int(os.environ.get("XIAODIAN_TEST_PG", "18")))
    made.make(START)
    yield made
    made.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def reactions() -> Reactions:
    """The choreography as it is wired."""
    wiring = importlib.import_module("xiaodian.wiring")
    return Reactions(wiring.REACTIONS, wiring.SET_REACTIONS)


@pytest.fixture(scope="session")
async def shared_database(template: Template) -> AsyncIterator[str]:
    """One database whose tests all roll back."""
    clone = ClonedDatabase(template)
    yield clone.url
    clone.drop()


@pytest.fixture
async def db(shared_database: str, reactions: Reactions) -> AsyncIterator[Database]:
    """A database whose every transaction is undone at the end of the test."""
    engine = create_async_engine(sqlalchemy_url(shared_database))
    async with engine.connect() as connection:
        outer = await connection.begin()
        yield Database(
            shared_database,
            engine,
            vault=Vault(b"t" * 32),
            ids=IdMaker(1023, _ticking()),
            queue=Queue(),
            reactions=reactions,
            bound_to=connection,
        )
        await outer.rollback()
    await engine.dispose()


def _ticking():
    from xiaodian.infra.clock import wall_ms  # noqa: PLC0415

    return wall_ms


@pytest.fixture
async def tx(db: Database) -> AsyncIterator[Tx]:
    """One open transaction of the platform itself, undone at the end of the test."""
    async with db.transaction(actor=SYSTEM) as opened:
        yield opened


@pytest.fixture(scope="session")
async def twins(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TwinsConfig]:
    """The twins that all worlds of this process share; nobody hears their notifications."""
    folder = tmp_path_factory.mktemp("twins")
    config = TwinsConfig(
        folder=folder,
        keys=SandboxKeys.load_or_make(folder / "keys"),
        product_url="http://127.0.0.1:9",
        port=free_port(),
        smtp_port=free_port(),
        notify_delays_s=(0.0,),
        settle_s=0.0,
    )
    ready, stop = asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(serve_twins(config, ready=ready, stop=stop))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({serving, waiting}, timeout=20, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        await serving
    assert ready.is_set(), "the twins are ready within twenty seconds"
    yield config
    stop.set()
    await serving


@pytest.fixture
async def world(template: Template, twins: TwinsConfig, tmp_path: Path) -> AsyncIterator[World]:
    """The whole house on a fresh database, beside its twins."""
    clone = ClonedDatabase(template)
    house = await World.open(clone.url, tmp_path, twins)
    try:
        yield house
    finally:
        await house.close()
        clone.drop()


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """A real Chromium; where there is none, tests that need it are skipped, never in CI."""
    if not CHROMIUM.is_file():
        lacking = f"there is no Chromium at {CHROMIUM}; Debian's package chromium has it"
        if os.environ.get("CI") == "true":
            pytest.fail(lacking)
        pytest.skip(lacking)
    from playwright.async_api import async_playwright  # noqa: PLC0415

    async with async_playwright() as machine:
        browser = await machine.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture(scope="module")
async def browser(chromium: Browser) -> AsyncIterator[Browsing]:
    """A browser for the people of one journey, in which pages are looked at closely."""
    pictures = Path(tempfile.mkdtemp(prefix="xd-pictures-")) if keeps_images() else None
    browsing = Browsing(chromium, pictures)
    yield browsing
    await browsing.close()


@pytest.fixture(scope="module")
async def processes(
    template: Template, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Processes]:
    """Server, worker and twins as processes of their own, on a fresh database."""
    clone = ClonedDatabase(template)
    house = Processes(tmp_path_factory.mktemp("house"), clone.url)
    try:
        await asyncio.to_thread(house.start)
        yield house
    finally:
        await asyncio.to_thread(house.stop)
        clone.drop()


def keeps_images() -> bool:
    """Tell whether journeys shall draw the pictures of the documentation anew."""
    return os.environ.get("XIAODIAN_KEEP_IMAGES") == "1"


@pytest.fixture
def shared_data() -> Path:
    """The folder of real products and reviews, where it is beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("the shared data folder is not beside this checkout")
    return SHARED


@pytest.fixture
def cli(template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cli]:
    """The command line on a fresh database of its own."""
    clone = ClonedDatabase(template)
    monkeypatch.setenv("XIAODIAN_HOME", str(tmp_path))
    monkeypatch.setenv("XIAODIAN_DATABASE_URL", clone.url)
    monkeypatch.setenv("XIAODIAN_SANDBOX", "1")
    commands = importlib.import_module("tests.world.commands")
    yield commands.Cli()
    clone.drop()


_DOORS = ("world", "cli", "browser")
_CLAIMS_MAX = 5


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Hold a claimed requirement to its word: the test went through a public door."""
    yield
    claims = list(item.iter_markers("req"))
    if not claims:
        return
    assert len(claims) <= _CLAIMS_MAX, "a test claims at most five requirements"
    fixtures = getattr(item, "funcargs", {})
    calls = sum(getattr(fixtures.get(door), "calls", 0) for door in _DOORS)
    assert calls, "a marked test goes through a public door (http, command line, browser)"
