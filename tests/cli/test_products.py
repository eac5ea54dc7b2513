"""Importing on the command line: a contract for scripts."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from tests.world.goods import FULL, sheet, shop_for_commands
from tests.world.merchants import picture

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.commands import Cli

    from xiaodian.merchants import ShopView

GOOD = ["1", "纯棉四件套", "居家", "床品件套", "919.00", "899.00", FULL]
GOOD_SKU = ["1", "1-1", "规格:标准", "899.00", "100"]


@pytest.fixture
def shop(cli: Cli) -> ShopView:
    del cli  # it sets the database
    return shop_for_commands()


def written(folder: Path, products: list[list[str]], skus: list[list[str]]) -> str:
    file = folder / "p.xlsx"
    file.write_bytes(sheet(products, skus))
    return str(file)


@pytest.mark.req("W-PRD-11")
@pytest.mark.req("W-PRD-05")
def test_the_given_file(cli: Cli, shop: ShopView, shared_data: Path) -> None:
    file = str(shared_data / "products.xlsx")

    def go(*more: str) -> dict[str, Any]:
        said = cli("import", "products", file, "--shop", str(shop.id), "--json", *more)
        assert said.exit_code == 0, said.err
        return said.json

    first = go()
    assert (first["rows"], first["skus"], first["drafts"]) == (150, 155, 150)
    (refused,) = first["refused"]
    assert refused["sku_no"] == "1181000-6"
    assert (refused["sheet"], refused["row"], refused["column"]) == ("skus", 156, "D")
    assert (refused["heading"], refused["code"], refused["rule"]) == (
        "price_yuan",
        "PRICE_ABOVE_MARKET",
        "A-PRD-02",
    )
    assert "3,000.00" in refused["reason"]
    assert {one["product_no"] for one in first["questions"]} == {
        one["product_no"] for one in first["questions"] if one["key"] == "shelf_life"
    }
    assert len({(one["sheet"], one["row"]) for one in first["questions"]}) == 150
    second = go()
    assert (second["unchanged"], second["created"], second["changed"]) == (150, 0, 0)
    for key in ("rows", "skus", "drafts", "refused", "questions"):
        assert second[key] == first[key], key
    third = go("--answer", "shelf_life=NOT_APPLICABLE", "--where", "category=居家/床品件套")
    asked = [one for one in third["questions"] if one["key"] == "shelf_life"]
    assert third["answers"][0]["answered"] == 21
    assert len(asked) == 150 - 21


def test_mapping_answers_and_a_report_for_people(cli: Cli, shop: ShopView, tmp_path: Path) -> None:
    pet = ["2", "宠物窝", "居家", "宠物", "30", "20", '{"椅轮": "PA"}']
    file = written(
        tmp_path, [GOOD, pet, ["3", "", *GOOD[2:]]], [GOOD_SKU, ["3", "3-1", "", "1", "1"]]
    )
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        '[categories]\n"居家/宠物" = "pet_bedding"\n[attributes]\n"椅轮" = "craft"\n', "utf-8"
    )
    said = cli("import", "products", file, "--shop", shop.name, "--mapping", str(mapping))
    assert said.exit_code == 0, said.err
    assert "2 drafts of 3 rows and 2 SKUs: 2 new" in said.out
    assert "A-PRD-02" in said.out
    assert "3-1" in said.out
    keys = cli("import", "products", file, "--shop", shop.name, "--json").json["questions"]
    assert {one["key"] for one in keys} == {"product_standard_no", "shelf_life", "origin"}


def test_pictures_by_number(cli: Cli, shop: ShopView, tmp_path: Path) -> None:
    file = written(tmp_path, [GOOD, ["2", *GOOD[1:]]], [GOOD_SKU])
    cli("import", "products", file, "--shop", str(shop.id))
    archive = tmp_path / "pictures.zip"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("1.png", picture())
        made.writestr("1-2.jpg", picture("#112233"))
        made.writestr("2/1.png", picture("#445566"))
        made.writestr("404.png", picture())
        made.writestr("2/2.png", b"\x89PNG no picture")
        made.writestr("__MACOSX/1.png", b"x")
        made.writestr("readme.txt", b"x")
    archive.write_bytes(out.getvalue())

    def go() -> dict[str, Any]:
        said = cli("import", "pictures", str(archive), "--shop", str(shop.id), "--json")
        assert said.exit_code == 0, said.err
        return said.json

    first = go()
    assert first["products"] == 2
    assert {(one["name"], one["code"]) for one in first["refused"]} == {
        ("404.png", "PRODUCT_NOT_FOUND"),
        ("2/2.png", "FILE_TYPE_REFUSED"),
    }
    second = go()
    assert (second["products"], second["unchanged"]) == (0, 2)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (["--shop", "404"], "SHOP_NOT_FOUND"),
        (["--shop", "没有这家店"], "SHOP_NOT_FOUND"),
        (["--answer", "shelf_life"], "ANSWERS_UNCLEAR"),
        (["--answer", "a=b", "--where", "colour=x"], "ANSWERS_UNCLEAR"),
    ],
)
def test_what_cannot_be_done_is_said_by_name(
    cli: Cli, tmp_path: Path, more: list[str], code: str
) -> None:
    file = written(tmp_path, [GOOD], [GOOD_SKU])
    given = more if "--shop" in more else ["--shop", "1", *more]
    said = cli("import", "products", file, *given, "--json")
    assert said.exit_code == 2
    assert said.out == ""
    assert code in said.err


def test_wrong_files_are_refused_by_name(cli: Cli, shop: ShopView, tmp_path: Path) -> None:
    for name, data, code in (
        ("x.xlsx", b"%PDF-1.7", "NOT_A_SHEET"),
        ("y.csv", "货号,标题\n1,x\n".encode(), "SHEET_COLUMN_MISSING"),
        ("z.csv", b"\xff\xff\xff", "SHEET_UNREADABLE"),
        ("w.csv", ("货号,标题,市场价,售价\n" + "1,x,1,1\n" * 10_002).encode(), "SHEET_TOO_LARGE"),
    ):
        file = tmp_path / name
        file.write_bytes(data)
        said = cli("import", "products", str(file), "--shop", str(shop.id), "--json")
        assert (said.exit_code, code in said.err) == (2, True), said.err
    said = cli("import", "products", str(tmp_path / "none.csv"), "--shop", str(shop.id))
    assert said.exit_code == 2
    said = cli("import", "pictures", str(tmp_path / "y.csv"), "--shop", str(shop.id))
    assert (said.exit_code, "PICTURES_REFUSED" in said.err) == (2, True)
    bad = tmp_path / "m.toml"
    bad.write_text('[categories]\nx = "no_such"', "utf-8")
    file = written(tmp_path, [GOOD], [GOOD_SKU])
    said = cli("import", "products", file, "--shop", str(shop.id), "--mapping", str(bad))
    assert (said.exit_code, "MAPPING_UNUSABLE" in said.err) == (2, True)


@pytest.mark.req("W-PRD-11")
def test_a_personal_shop_may_not_import(cli: Cli, tmp_path: Path) -> None:
    shop = shop_for_commands(subject="PERSONAL")
    file = written(tmp_path, [GOOD], [GOOD_SKU])
    said = cli("import", "products", file, "--shop", str(shop.id), "--json")
    assert (said.exit_code, "ENTERPRISE_ONLY" in said.err) == (2, True)
