"""What was acknowledged is still known, whatever happens to the process."""

from __future__ import annotations

import asyncio
import os
import stat
from typing import TYPE_CHECKING

import msgspec
import pytest

from xiaodian.sandbox.keys import SandboxKeys
from xiaodian.sandbox.twins.journal import Journal, JournalBroken, JournalBusy

if TYPE_CHECKING:
    from pathlib import Path


class Entry(msgspec.Struct, frozen=True):
    number: int


def journal(path: Path) -> Journal[Entry]:
    return Journal(path, Entry)


def lines(path: Path) -> int:
    return path.read_bytes().count(b"\n")


def tear(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b'{"numb')


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "twin" / "journal.jsonl"


async def test_entries_are_remembered_in_order(path: Path):
    first = journal(path)
    assert first.open() == []
    await first.append(Entry(1), Entry(2))
    await first.append(Entry(3))
    await first.aclose()
    assert journal(path).open() == [Entry(1), Entry(2), Entry(3)]


async def test_what_was_acknowledged_is_in_the_file(path: Path):
    first = journal(path)
    first.open()
    await asyncio.gather(*(first.append(Entry(number)) for number in range(100)))
    # Read without closing: a killed process closes nothing either.
    assert lines(path) == 100
    await first.aclose()


async def test_many_writers_share_the_disk(path: Path, monkeypatch: pytest.MonkeyPatch):
    first = journal(path)
    first.open()
    synced: list[int] = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (synced.append(file), fsync(file)))
    await asyncio.gather(*(first.append(Entry(number)) for number in range(200)))
    assert 1 <= len(synced) <= 10
    await first.aclose()


async def test_a_torn_line_was_never_said(path: Path):
    first = journal(path)
    first.open()
    await first.append(Entry(1))
    await first.aclose()
    tear(path)
    second = journal(path)
    assert second.open() == [Entry(1)]
    await second.append(Entry(2))
    await second.aclose()
    assert journal(path).open() == [Entry(1), Entry(2)]


def test_a_broken_line_in_the_middle_is_named(path: Path):
    path.parent.mkdir()
    path.write_bytes(b'{"number":1}\n{"number":"two"}\n{"number":3}\n')
    with pytest.raises(JournalBroken, match="line 2"):
        journal(path).open()


async def test_a_journal_has_one_writer(path: Path):
    first = journal(path)
    first.open()
    with pytest.raises(JournalBusy):
        journal(path).open()
    await first.aclose()
    second = journal(path)
    second.open()
    await second.aclose()


async def test_a_journal_can_be_shortened(path: Path):
    first = journal(path)
    first.open()
    await first.append(*(Entry(number) for number in range(10)))
    await first.aclose()
    second = journal(path)
    entries = second.open()
    second.shorten(entries[-2:])
    with pytest.raises(JournalBusy):
        journal(path).open()
    await second.append(Entry(10))
    await second.aclose()
    assert journal(path).open() == [Entry(8), Entry(9), Entry(10)]


async def test_a_caller_that_goes_away_tears_nothing(path: Path):
    first = journal(path)
    first.open()
    gone = [asyncio.create_task(first.append(Entry(number))) for number in range(20)]
    await asyncio.sleep(0)
    for task in gone:
        task.cancel()
    await asyncio.gather(*gone, return_exceptions=True)
    await first.append(Entry(20))
    await first.aclose()
    assert journal(path).open()[-1] == Entry(20)


async def test_a_closed_journal_promises_nothing(path: Path):
    first = journal(path)
    first.open()
    await first.aclose()
    with pytest.raises(JournalBroken):
        await first.append(Entry(1))


def test_keys_are_made_once_and_kept_from_others(tmp_path: Path):
    folder = tmp_path / "sandbox-keys"
    keys = SandboxKeys.load_or_make(folder)
    assert SandboxKeys.load_or_make(folder) == keys
    assert [stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()] == [0o600]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert keys.merchant_key not in repr(keys)
    assert keys.apiv3_key not in repr(keys)
    settings = keys.pay_settings("http://127.0.0.1:1/pay")
    assert "PRIVATE" not in settings.public_key
    assert keys.apiv3_key not in repr(settings)
