"""Rows become drafts or named refusals, and no row's fate hangs on another's cells."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from xiaodian.catalog.rules.importing import (
    Known,
    Plan,
    ProductRow,
    RowRefusal,
    SkuRow,
    plan_import,
)
from xiaodian.infra.sheets import Cell, Row, Sheet, column_letters, fen_of, read_workbook, write_csv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PRODUCTS = ["product_no", "title", "category_l1", "category_l2", "market_price_yuan"]
PRODUCTS += ["sale_price_yuan", "attributes"]
SKUS = ["product_no", "sku_no", "spec", "price_yuan", "stock"]
GOOD = ["1", "纯棉四件套", "居家", "床品件套", "919.00", "899.00", '{"材质": "100%棉"}']
GOOD_SKU = ["1", "1-1", "规格:标准", "899.00", "100"]


def sheet(name: str, *rows: Sequence[str]) -> Sheet:
    made = [
        Row(number, tuple(Cell(text, column_letters(i), number) for i, text in enumerate(row)))
        for number, row in enumerate(rows, 1)
    ]
    return Sheet(name, made[0].cells, tuple(made[1:]))


def plan(products: Sequence[Sequence[str]], skus: Sequence[Sequence[str]] = (GOOD_SKU,)) -> Plan:
    sheets = [sheet("products", PRODUCTS, *products), sheet("skus", SKUS, *skus)]
    return plan_import(sheets, known=Known(), price_capped=True, fen_of=fen_of)


def changed(row: Sequence[str], place: int, text: str) -> list[str]:
    return [*row[:place], text, *row[place + 1 :]]


def test_a_good_row_is_a_draft() -> None:
    (product,) = plan([GOOD]).products
    (sku,) = plan([GOOD]).skus
    assert (product.number, product.source) == ("1", "居家/床品件套")
    assert (product.market_price_fen, product.sale_price_fen) == (91_900, 89_900)
    assert product.attributes == {"材质": "100%棉"}
    assert (sku.number, sku.spec, sku.price_fen, sku.stock) == (
        "1-1",
        {"规格": "标准"},
        89_900,
        100,
    )


@pytest.mark.parametrize(
    ("place", "text", "column", "code", "rule"),
    [
        (0, "", "A", "NUMBER_MISSING", "W-PRD-11"),
        (0, "x" * 65, "A", "NUMBER_MISSING", "W-PRD-11"),
        (0, "a\nb", "A", "NUMBER_MISSING", "W-PRD-11"),
        (1, "", "B", "TITLE_MISSING", "A-PRD-02"),
        (4, "", "E", "PRICE_UNREADABLE", "A-PRD-02"),
        (4, "约900", "E", "PRICE_UNREADABLE", "A-PRD-02"),
        (4, "1e3", "E", "PRICE_UNREADABLE", "A-PRD-02"),
        (5, "1.234", "F", "PRICE_UNREADABLE", "A-PRD-02"),
        (5, "NaN", "F", "PRICE_UNREADABLE", "A-PRD-02"),
        (5, "0.00", "F", "PRICE_NOT_POSITIVE", "A-PRD-02"),
        (5, "-5", "F", "PRICE_NOT_POSITIVE", "A-PRD-02"),
        (5, "919.01", "F", "PRICE_ABOVE_MARKET", "A-PRD-02"),
    ],
)
def test_a_product_without_which_no_draft_can_be(
    place: int, text: str, column: str, code: str, rule: str
) -> None:
    (refused,) = plan([changed(GOOD, place, text)], []).refused
    (fault,) = refused.faults
    assert (refused.sheet, refused.row, fault.column) == ("products", 2, column)
    assert (fault.code, fault.rule, fault.heading) == (code, rule, PRODUCTS[place])
    assert str(fault.said)


@pytest.mark.parametrize(
    ("place", "text", "column", "code"),
    [
        (0, "", "A", "SKU_WITHOUT_PRODUCT"),
        (0, "2", "A", "SKU_WITHOUT_PRODUCT"),
        (1, "", "B", "NUMBER_MISSING"),
        (3, "", "D", "PRICE_UNREADABLE"),
        (3, "0", "D", "PRICE_NOT_POSITIVE"),
        (3, "919.01", "D", "PRICE_ABOVE_MARKET"),
    ],
)
def test_a_sku_without_which_no_draft_can_be(place: int, text: str, column: str, code: str) -> None:
    planned = plan([GOOD], [changed(GOOD_SKU, place, text)])
    (refused,) = planned.refused
    assert [fault.code for fault in refused.faults] == [code]
    assert (refused.sheet, refused.row, refused.faults[0].column) == ("skus", 2, column)
    assert len(planned.products) == 1


def test_whatever_else_is_wrong_is_kept_and_asked_about() -> None:
    (product,) = plan([changed(GOOD, 6, '{"材质": ["棉"]}')]).products
    assert product.unread == {"attributes": '{"材质": ["棉"]}'}
    for text in ("", "1.5", "-1", "很多", "1e2"):
        (sku,) = plan([GOOD], [changed(GOOD_SKU, 4, text)]).skus
        assert (sku.stock, sku.stock_text) == (None, text)


def test_a_row_names_everything_that_is_wrong_with_it() -> None:
    (refused,) = plan([["", "", "", "", "x", "0", ""]], []).refused
    assert [fault.code for fault in refused.faults] == [
        "NUMBER_MISSING",
        "TITLE_MISSING",
        "PRICE_UNREADABLE",
        "PRICE_NOT_POSITIVE",
    ]


def test_a_number_belongs_to_its_first_row_even_when_that_is_refused() -> None:
    broken, second = changed(GOOD, 1, ""), changed(GOOD, 1, "另一件")
    planned = plan([broken, second])
    assert [refusal.row for refusal in planned.refused] == [2, 3]
    assert planned.refused[1].faults[0].code == "NUMBER_DUPLICATE"
    skus = [GOOD_SKU, GOOD_SKU]
    (refused,) = plan([GOOD], skus).refused
    assert (refused.row, refused.faults[0].code) == (3, "NUMBER_DUPLICATE")


def test_the_skus_of_a_refused_product_are_not_refused_with_it() -> None:
    planned = plan([changed(GOOD, 1, "")])
    assert [refusal.sheet for refusal in planned.refused] == ["products"]
    assert len(planned.skus) == 1


def test_the_shop_s_own_products_count_as_products_of_the_file() -> None:
    skus = [sheet("skus", SKUS, GOOD_SKU, changed(GOOD_SKU, 1, "1-2"))]
    known = Known({"1": 80_000}, {"1-2": "9"})
    planned = plan_import(skus, known=known, price_capped=True, fen_of=fen_of)
    assert [(r.row, [f.code for f in r.faults]) for r in planned.refused] == [
        (2, ["PRICE_ABOVE_MARKET"]),
        (3, ["NUMBER_DUPLICATE", "PRICE_ABOVE_MARKET"]),
    ]


def test_without_the_cap_a_price_may_exceed_the_market_price() -> None:
    sheets = [sheet("products", PRODUCTS, changed(GOOD, 5, "1000"))]
    assert len(plan_import(sheets, known=Known(), price_capped=False, fen_of=fen_of).products) == 1


@pytest.mark.parametrize(
    "cell", ["材质:棉;产地:中国", "材质：棉\n产地＝中国；", '{"材质":"棉","产地":"中国"}']
)
def test_attributes_are_read_as_json_or_as_pairs(cell: str) -> None:
    (product,) = plan([changed(GOOD, 6, cell)]).products
    assert product.attributes == {"材质": "棉", "产地": "中国"}


@pytest.mark.parametrize(
    "cell",
    [
        "{",
        "[]",
        '{"a": {"b": 1}}',
        '{"a": "\\u0000"}',
        '{"a": "\\ud800"}',
        '{"a": "1", "a": "2"}',
        "{" + '"a":[' * 4000,
        "只有一句话",
        "材质:棉;材质:麻",
        '{"": "x"}',
    ],
)
def test_attributes_that_cannot_be_read_become_a_question(cell: str) -> None:
    (product,) = plan([changed(GOOD, 6, cell)]).products
    assert product.attributes == {}
    assert "attributes" in product.unread


def test_one_sheet_may_hold_products_and_skus() -> None:
    head = ["货号", "标题", "市场价（元）", "售价", "SKU编号", "规格", "库存", "属性:材质"]
    rows = [
        ["1", "毛巾", "30", "20", "1-1", "颜色:白", "5", "棉"],
        ["1", "", "", "21", "1-2", "颜色:灰", "6", ""],
        ["1", "浴巾", "30", "20", "1-3", "", "6", ""],
        ["2", "方巾", "9", "10", "2-1", "", "1", ""],
    ]
    planned = plan_import(
        [sheet("s", head, *rows)], known=Known(), price_capped=True, fen_of=fen_of
    )
    assert planned.rows == 3
    assert [p.attributes for p in planned.products] == [{"材质": "棉"}]
    assert [(s.number, s.price_fen, s.stock) for s in planned.skus][:2] == [
        ("1-1", 2000, 5),
        ("1-2", 2100, 6),
    ]
    assert [(r.row, r.faults[0].code) for r in planned.refused] == [
        (4, "NUMBER_DUPLICATE"),
        (5, "PRICE_ABOVE_MARKET"),
    ]


def test_a_product_sheet_with_stock_gives_each_product_one_sku() -> None:
    head = ["货号", "标题", "市场价", "售价", "库存"]
    planned = plan_import(
        [sheet("s", head, ["1", "毛巾", "30", "20", "5"])],
        known=Known(),
        price_capped=True,
        fen_of=fen_of,
    )
    (sku,) = planned.skus
    assert (sku.product_no, sku.number, sku.price_fen, sku.stock) == ("1", "1", 2000, 5)


def test_sheets_that_say_nothing_are_refused_as_a_whole() -> None:
    assert plan_import([], known=Known(), price_capped=True, fen_of=fen_of).missing == (
        ("", "title"),
    )
    other = sheet("s", ["a", "b"], ["1", "2"])
    assert plan_import([other], known=Known(), price_capped=True, fen_of=fen_of).missing == (
        ("s", "title"),
    )
    priceless = sheet("s", ["货号", "标题"], ["1", "毛巾"])
    assert plan_import([priceless], known=Known(), price_capped=True, fen_of=fen_of).missing == (
        ("s", "market_price"),
        ("s", "sale_price"),
    )
    twice = sheet("s", [*PRODUCTS, "title"], [*GOOD, "x"])
    assert plan_import([twice], known=Known(), price_capped=True, fen_of=fen_of).repeated == (
        ("s", "title"),
    )


# --- the given file ----------------------------------------------------------------------------

Outcomes = dict[tuple[str, int], ProductRow | SkuRow | RowRefusal]


def outcomes(sheets: Sequence[Sheet]) -> Outcomes:
    planned = plan_import(sheets, known=Known(), price_capped=True, fen_of=fen_of)
    assert not planned.missing
    found = [*planned.products, *planned.skus, *planned.refused]
    return {(outcome.sheet, outcome.row): outcome for outcome in found}


def test_the_given_file_has_one_refusal(shared_data: Path) -> None:
    book = read_workbook((shared_data / "products.xlsx").read_bytes())
    planned = plan_import(
        list(book.sheets.values()), known=Known(), price_capped=True, fen_of=fen_of
    )
    assert (planned.rows, planned.sku_rows) == (150, 155)
    assert (len(planned.products), len(planned.skus)) == (150, 154)
    (refused,) = planned.refused
    assert (refused.sheet, refused.row, refused.sku_no) == ("skus", 156, "1181000-6")
    (fault,) = refused.faults
    assert (fault.column, fault.heading, fault.code) == ("D", "price_yuan", "PRICE_ABOVE_MARKET")
    assert "3,000.00" in str(fault.said)
    assert "2,618.00" in str(fault.said)


def test_csv_and_workbook_say_the_same(shared_data: Path) -> None:
    book = read_workbook((shared_data / "products.xlsx").read_bytes())
    csvs = [
        sheet
        for name in ("products", "skus")
        for sheet in read_workbook(
            (shared_data / f"{name}.csv").read_bytes(), name=name
        ).sheets.values()
    ]
    assert outcomes(csvs) == outcomes(list(book.sheets.values()))


def edited(sheets: Sequence[Sheet], name: str, row: int, column: int, text: str) -> list[Sheet]:
    made: list[Sheet] = []
    for old in sheets:
        if old.name != name:
            made.append(old)
            continue
        rows: list[Row] = []
        for line in old.rows:
            if line.number != row:
                rows.append(line)
                continue
            cells = [line.at(i) for i in range(len(old.header))]
            cells[column] = replace(cells[column], text=text)
            rows.append(Row(row, tuple(cells)))
        made.append(replace(old, rows=tuple(rows)))
    return made


NEW_TEXTS = [
    "",
    "0",
    "-1",
    "1e3",
    "9999999.00",
    "0.01",
    "x",
    "新的值",
    "{",
    "3,000.00",
    "12.345",
    "\n",
]


def test_altering_one_cell_alters_no_other_outcome(shared_data: Path) -> None:
    book = read_workbook((shared_data / "products.xlsx").read_bytes())
    sheets = list(book.sheets.values())
    before = outcomes(sheets)
    chance = random.Random(20250310)
    altered = 0
    for _ in range(300):
        target = chance.choice(sheets)
        row = chance.choice(target.rows)
        column = chance.randrange(len(target.header))
        heading = target.header[column].text
        numbers = [line.at(0).text for line in sheets[0].rows if line.number < row.number]
        text = chance.choice([*NEW_TEXTS, *numbers[:1], row.at(column).text + "1"])
        if text == row.at(column).text:
            continue
        after = outcomes(edited(sheets, target.name, row.number, column, text))
        differing = {
            place for place in before.keys() | after.keys() if before.get(place) != after.get(place)
        }
        allowed = {(target.name, row.number)}
        if target.name == "products" and heading in {"product_no", "market_price_yuan"}:
            number = row.at(0).text
            allowed |= {("skus", sku.number) for sku in sheets[1].rows if sku.at(0).text == number}
        assert differing <= allowed, (target.name, row.number, heading, text)
        refused = isinstance(before[target.name, row.number], RowRefusal)
        assert refused or (target.name, row.number) in differing
        altered += len(differing)
    assert altered > 300


def test_a_written_sheet_gives_the_same_outcomes() -> None:
    data = write_csv([PRODUCTS, GOOD])
    (read,) = read_workbook(data, name="products").sheets.values()
    assert outcomes([read]) == outcomes([sheet("products", PRODUCTS, GOOD)])
