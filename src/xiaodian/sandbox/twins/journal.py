"""What a twin must still know after it was killed: an append-only file of JSON lines."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from xiaodian.infra.reading import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["Journal", "JournalBroken", "JournalBusy"]

E = TypeVar("E")


class JournalBusy(RuntimeError):  # noqa: N818 - named after what is the matter
    """Another process writes this journal."""


class JournalBroken(RuntimeError):  # noqa: N818 - named after what is the matter
    """A line in the middle cannot be read, or the file can no longer be written."""


class Journal(Generic[E]):
    """One file, one writer, entries of one (tagged) type.

    ``append`` answers when the entries are on the disk; whoever asks meanwhile shares the same
    ``fsync``. A line that was being written when the process was killed was never acknowledged,
    so it is cut off at the next opening.
    """

    def __init__(self, path: Path, kind: type[E]) -> None:
        self._path = path
        self._decoder: msgspec.json.Decoder[E] = msgspec.json.Decoder(kind)
        self._encoder = msgspec.json.Encoder()
        self._file: int | None = None
        self._buffer: list[bytes] = []
        self._asked = 0
        self._durable = 0
        self._flushing: asyncio.Task[None] | None = None

    def open(self) -> list[E]:
        """Take the file and answer its entries; raises ``JournalBusy`` or ``JournalBroken``."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            entries = self._read(file)
        except BlockingIOError as error:
            os.close(file)
            msg = f"{self._path.name} is written by another process"
            raise JournalBusy(msg) from error
        except BaseException:
            os.close(file)
            raise
        self._file = file
        return entries

    async def append(self, *entries: E) -> None:
        """Write entries; they are durable when this returns."""
        self.note(*entries)
        await self.settled()

    def note(self, *entries: E) -> None:
        """Write entries without waiting; ``settled`` waits for them."""
        self._buffer.extend(self._encoder.encode(entry) + b"\n" for entry in entries)
        self._asked += len(entries)

    async def settled(self) -> None:
        """Wait until everything that was written so far is durable."""
        asked = self._asked
        while self._durable < asked:
            if self._flushing is None or self._flushing.done():
                self._flushing = asyncio.create_task(self._flush())
            # A caller that goes away must not tear the write in which others have a share.
            await asyncio.shield(self._flushing)

    def shorten(self, entries: Iterable[E]) -> None:
        """Keep only these entries; for the moment after ``open``, before anything is appended."""
        assert not self._buffer, "nothing waits to be written"
        draft = self._path.with_suffix(".draft")
        with draft.open("wb") as file:
            file.writelines(self._encoder.encode(entry) + b"\n" for entry in entries)
            file.flush()
            os.fsync(file.fileno())
        self._release()
        draft.replace(self._path)
        self.open()

    async def aclose(self) -> None:
        """Write what waits and give the file back."""
        with contextlib.suppress(JournalBroken):
            await self.settled()
        self._release()

    async def _flush(self) -> None:
        batch, upto = b"".join(self._buffer), self._asked
        self._buffer.clear()
        await asyncio.to_thread(self._write, batch)
        self._durable = upto

    def _write(self, batch: bytes) -> None:
        if self._file is None:
            msg = f"{self._path.name} is closed"
            raise JournalBroken(msg)
        try:
            rest = memoryview(batch)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)
        except OSError as error:
            # What the file holds now is not known, so nothing more is promised.
            self._release()
            msg = f"{self._path.name} cannot be written"
            raise JournalBroken(msg) from error

    def _read(self, file: int) -> list[E]:
        with os.fdopen(os.dup(file), "rb") as reader:
            reader.seek(0)
            text = reader.read()
        whole, newline, torn = text.rpartition(b"\n")
        if torn:
            os.ftruncate(file, len(whole) + len(newline))
        entries: list[E] = []
        for number, line in enumerate(whole.split(b"\n") if whole else (), start=1):
            try:
                entries.append(self._decoder.decode(line))
            except UNREADABLE as error:
                msg = f"{self._path.name}, line {number}: {error}"
                raise JournalBroken(msg) from error
        return entries

    def _release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
