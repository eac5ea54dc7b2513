"""Files people upload: a local folder, named by content, typed by their first bytes, limited."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from xiaodian.infra.db import Base, Instant
from xiaodian.kernel.errors import Kind, Refusal

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx

__all__ = [
    "FILE_BYTES_MAX",
    "FileNotFound",
    "FileRow",
    "FileTooLarge",
    "FileTypeRefused",
    "Purpose",
    "Store",
]

Purpose = Literal["identity", "document", "picture", "sheet"]
FILE_BYTES_MAX = 10 * 1024 * 1024
_PIXELS_MAX = 40_000_000
_SIDE_MAX = 2000
_QUALITY = 85


class FileTooLarge(Refusal):
    """More bytes or pixels than a file may have."""

    code: ClassVar[str] = "FILE_TOO_LARGE"
    kind: ClassVar[Kind] = Kind.TOO_LARGE
    sentence: ClassVar[str] = "文件太大，上限为 {limit}"


class FileTypeRefused(Refusal):
    """Its first bytes are not of a kind this purpose takes."""

    code: ClassVar[str] = "FILE_TYPE_REFUSED"
    kind: ClassVar[Kind] = Kind.UNSUPPORTED
    sentence: ClassVar[str] = "不支持这种文件，请上传 {accepted}"


class FileNotFound(Refusal):
    """No such file, or not for this person."""

    code: ClassVar[str] = "FILE_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "文件不存在"


class FileRow(Base):
    """One stored file. Identity papers are sealed before they touch the disk."""

    __tablename__ = "files"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    purpose: Mapped[str] = mapped_column(String(16))
    owner: Mapped[str] = mapped_column(String(64), index=True)
    """Whose it is, as ``shop:1`` or ``application:2``."""
    content_type: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Instant)


_MAGIC: tuple[tuple[bytes, int, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"WEBP", 8, "image/webp"),
    (b"%PDF-", 0, "application/pdf"),
    (b"PK\x03\x04", 0, "application/zip"),
)
_ACCEPTED: dict[str, frozenset[str]] = {
    "identity": frozenset({"image/png", "image/jpeg", "image/webp"}),
    "document": frozenset({"image/png", "image/jpeg", "image/webp", "application/pdf"}),
    "picture": frozenset({"image/png", "image/jpeg", "image/webp"}),
    "sheet": frozenset({"application/zip", "text/plain"}),
}


def sniff(data: bytes) -> str:
    """Answer the type that the first bytes tell; ``text/plain`` for text, else octets."""
    for magic, offset, content_type in _MAGIC:
        if data[offset : offset + len(magic)] == magic:
            return content_type
    return "application/octet-stream" if b"\0" in data[:4096] else "text/plain"


class Store:
    """A folder of files named by their digest; rows say whose they are."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, tx: Tx, data: bytes, *, purpose: Purpose, owner: str) -> int:
        """Keep a file and answer its id.

        Pictures and identity papers are decoded and written anew, so that nothing hides in them.
        Refuses ``FILE_TOO_LARGE`` and ``FILE_TYPE_REFUSED``. The same bytes are kept once.
        """
        if len(data) > FILE_BYTES_MAX:
            raise FileTooLarge(limit="10 MB")
        content_type = sniff(data)
        if content_type not in _ACCEPTED[purpose]:
            raise FileTypeRefused(accepted=" / ".join(sorted(_ACCEPTED[purpose])))
        if content_type.startswith("image/"):
            data, content_type = reencode(data), "image/jpeg"
        digest = hashlib.sha256(data).hexdigest()
        if purpose in {"identity", "document"}:
            digest = tx.vault.blind(digest, purpose="file").hex()
            data = tx.vault.seal_bytes(data)
        self._write(digest, data)
        row = FileRow(
            id=tx.new_id(),
            purpose=purpose,
            owner=owner,
            content_type=content_type,
            bytes=len(data),
            digest=digest,
            made_at=tx.now,
        )
        tx.session.add(row)
        await tx.session.flush()
        return row.id

    async def get(self, tx: Tx, file_id: int) -> tuple[FileRow, bytes]:
        """Answer a file and its bytes; whether this person may see it was asked before."""
        row = await tx.session.get(FileRow, file_id)
        if row is None:
            raise FileNotFound
        path = self._path(row.digest)
        if not path.exists():
            raise FileNotFound
        data = path.read_bytes()
        sealed = row.purpose in {"identity", "document"}
        return row, tx.vault.open_bytes(data) if sealed else data

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest

    def _write(self, digest: str, data: bytes) -> None:
        path = self._path(digest)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)


def reencode(data: bytes) -> bytes:
    """Decode a picture and write it anew as JPEG, upright, without metadata, at most 2,000 px."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as opened:
            if opened.width * opened.height > _PIXELS_MAX:
                raise FileTooLarge(limit="40 MP")
            picture = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise FileTypeRefused(accepted="PNG / JPEG / WebP") from error
    picture.thumbnail((_SIDE_MAX, _SIDE_MAX))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()
