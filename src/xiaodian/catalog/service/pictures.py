"""Pictures: a ZIP whose files are named by product number, checked, drawn anew, put into drafts."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from xiaodian import merchants
from xiaodian.catalog.errors import PicturesRefused
from xiaodian.catalog.models import DraftRow, ImportRow, ProductRow, SheetCellsRow
from xiaodian.catalog.service.drafting import touch
from xiaodian.catalog.states import EDITABLE, ImportState, Status
from xiaodian.kernel.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xiaodian.catalog.service.importing import Upload
    from xiaodian.infra.db import Tx
    from xiaodian.infra.files import Store

__all__ = [
    "PICTURES_MAX",
    "PicturesReport",
    "add_picture",
    "bring_in_pictures",
    "read_pictures",
    "sort_pictures",
    "start_pictures",
]

PICTURES_MAX = 9
"""A product shows at most so many pictures."""
_ENTRIES_MAX = 2_000
_UNPACKED_MAX = 64 * 1024 * 1024
_PICTURE = re.compile(r"\.(?:jpe?g|png|webp)$", re.IGNORECASE)
_SUFFIX = re.compile(r"^(?P<number>.+?)[-_ ]?\(?(?P<place>\d{1,2})\)?$")


@dataclass(slots=True)
class PicturesReport:
    """What came of a ZIP: products that got pictures, those that had them, and what was refused.

    ``refused`` names file, code and sentence with its facts.
    """

    products: int = 0
    unchanged: int = 0
    refused: list[dict[str, object]] = field(default_factory=list[dict[str, object]])

    def refuse(self, name: str, code: str, sentence: str, **facts: object) -> None:
        """Add a file that could not be used."""
        self.refused.append({"name": name, "code": code, "sentence": sentence, "facts": facts})

    def as_json(self) -> dict[str, object]:
        """Answer the report as it is stored."""
        return {
            "products": self.products,
            "unchanged": self.unchanged,
            "refused": self.refused,
        }


async def start_pictures(
    tx: Tx, store: Store, shop_id: int, upload: Upload, *, deferred: bool = True
) -> int:
    """Take a ZIP of pictures in and answer the import's id; a job does the rest, if ``deferred``.

    Refuses ``SHOP_NOT_FOUND``, ``FILE_TOO_LARGE`` and ``PICTURES_REFUSED``.
    """
    shop = await merchants.visible_shop(tx, shop_id, "products")
    names = _entries(upload.data)
    file_id = await store.put(tx, upload.data, purpose="sheet", owner=f"shop:{shop.id}")
    row = ImportRow(
        id=tx.new_id(),
        shop_id=shop.id,
        kind="pictures",
        state=ImportState.WAITING,
        files=[{"name": upload.name[:100], "file_id": str(file_id)}],
        answers=[],
        total_count=len(names),
        done_count=0,
        report={},
        account_id=tx.actor.account_id,
        asked_at=tx.now,
    )
    tx.session.add(row)
    await tx.session.flush()
    if deferred:
        await tx.defer("catalog.import_pictures", run_id=row.id)
    return row.id


def read_pictures(data: bytes) -> dict[str, bytes]:
    """Unpack the pictures of a ZIP by name, under limits; refuses ``PICTURES_REFUSED``."""
    names = _entries(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            # A member that lies about its size fails its checksum instead of growing.
            return {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise PicturesRefused(reason="文件已损坏") from error


async def sort_pictures(
    tx: Tx, shop: merchants.ShopView, names: Sequence[str], report: PicturesReport
) -> dict[str, list[str]]:
    """Tell which pictures belong to which product of a shop, by number, in their order."""
    claimed = {name: _claims(name) for name in names}
    wanted = {number for claims in claimed.values() for number, _ in claims}
    found = await tx.session.scalars(
        select(ProductRow.number).where(
            ProductRow.shop_id == shop.id,
            ProductRow.status != Status.DELETED,
            ProductRow.number.in_(wanted),
        )
    )
    known = set(found)
    sorted_: dict[str, list[tuple[int, str]]] = {}
    for name, claims in claimed.items():
        number, place = next((claim for claim in claims if claim[0] in known), ("", 0))
        if number:
            sorted_.setdefault(number, []).append((place, name))
        else:
            report.refuse(name, "PRODUCT_NOT_FOUND", "没有与文件名对应的货号")
    return {number: [name for _, name in sorted(named)] for number, named in sorted_.items()}


async def bring_in_pictures(
    tx: Tx,
    store: Store,
    shop: merchants.ShopView,
    number: str,
    pictures: Mapping[str, bytes],
    report: PicturesReport,
) -> None:
    """Put pictures into the draft of a product; the same pictures change nothing."""
    product = await tx.session.scalar(
        select(ProductRow)
        .where(ProductRow.shop_id == shop.id, ProductRow.number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if product is None:
        report.refuse(next(iter(pictures)), "PRODUCT_NOT_FOUND", "没有与文件名对应的货号")
        return
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in pictures.items()}
    before = await tx.session.get(SheetCellsRow, (product.shop_id, "pictures", product.number))
    if before is not None and before.cells == digests:
        report.unchanged += 1
        return
    if product.edit_status not in EDITABLE:
        report.refuse(next(iter(pictures)), "DRAFT_LOCKED", "商品审核中，不能修改；请先撤回审核")
        return
    kept: list[str] = []
    for name, data in pictures.items():
        if len(kept) == PICTURES_MAX:
            report.refuse(name, "PICTURES_MAX", "一件商品最多 {limit} 张图片", limit=PICTURES_MAX)
            continue
        try:
            kept.append(await _store(tx, store, product, data))
        except Refusal as refusal:
            report.refuse(name, refusal.code, refusal.sentence, **refusal.facts)
    if not kept:
        return
    draft = await tx.session.get_one(DraftRow, product.id)
    draft.pictures = kept
    touch(tx, product)
    row = upsert(SheetCellsRow).values(
        shop_id=product.shop_id,
        kind="pictures",
        number=product.number,
        cells=digests,
        attributes={},
    )
    await tx.session.execute(
        row.on_conflict_do_update(
            index_elements=["shop_id", "kind", "number"], set_={"cells": row.excluded.cells}
        )
    )
    report.products += 1


async def add_picture(tx: Tx, store: Store, product: ProductRow, data: bytes) -> str:
    """Keep one picture for a product and answer its id, to be put into a draft's pictures.

    Refuses ``FILE_TOO_LARGE`` and ``FILE_TYPE_REFUSED``.
    """
    return await _store(tx, store, product, data)


async def _store(tx: Tx, store: Store, product: ProductRow, data: bytes) -> str:
    owner = f"shop:{product.shop_id}"
    return str(await store.put(tx, data, purpose="picture", owner=owner))


def _entries(data: bytes) -> Sequence[str]:
    """List the pictures of an archive by its directory, before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise PicturesRefused(reason="不是 ZIP 文件，或文件已损坏") from error
    if len(entries) > _ENTRIES_MAX:
        raise PicturesRefused(reason="文件太多，最多 2000 个")
    if sum(entry.file_size for entry in entries) > _UNPACKED_MAX:
        raise PicturesRefused(reason="解压后太大，最多 64 MB")
    names = [
        entry.filename
        for entry in entries
        if not entry.is_dir()
        and _PICTURE.search(entry.filename)
        and not any(part.startswith((".", "__MACOSX")) for part in entry.filename.split("/"))
        and entry.filename.isprintable()
    ]
    if not names:
        raise PicturesRefused(reason="里面没有 JPG、PNG 或 WebP 图片")
    if len(set(names)) < len(names):
        raise PicturesRefused(reason="里面有同名文件")
    return names


def _claims(name: str) -> list[tuple[str, int]]:
    """Answer which product a file may belong to, and at which place, likeliest first.

    ``1006002.jpg`` is its first picture, ``1006002-2.jpg`` or ``1006002/2.jpg`` its second.
    """
    parts = name.split("/")
    stem = parts[-1].rsplit(".", 1)[0]
    claims: list[tuple[str, int]] = []
    # A folder that is a product's number outranks the name; any other folder claims nothing.
    if len(parts) > 1:
        claims.append((parts[-2], int(stem) if stem.isascii() and stem.isdecimal() else 99))
    claims.append((stem, 0))
    match = _SUFFIX.match(stem)
    if match:
        claims.append((match["number"], int(match["place"])))
    return claims
