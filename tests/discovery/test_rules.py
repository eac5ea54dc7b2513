"""Shelves, and pages of what was found."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaodian import rulebooks
from xiaodian.discovery.rules import SORTS, Shelf, ranked_page, shelves
from xiaodian.kernel.paging import PageRequest


@dataclass(frozen=True)
class Card:
    id: int
    price_fen: int


def walk(found: list[Card], size: int, sort: str = "") -> list[int]:
    """Turn all pages, one after the other."""
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = ranked_page(found, PageRequest.of(cursor, size), sort)
        seen += [card.id for card in page.items]
        cursor = page.next
    return seen


@given(
    st.lists(st.integers(1, 500), unique=True, max_size=60),
    st.integers(1, 9),
    st.sampled_from(SORTS),
)
def test_pages_show_each_thing_once_and_in_order(ids, size, sort):
    found = [Card(number, number % 7) for number in ids]
    seen = walk(found, size, sort)
    assert sorted(seen) == sorted(ids)
    prices = [number % 7 for number in seen]
    match sort:
        case "":
            assert seen == ids
        case "new":
            assert seen == sorted(ids, reverse=True)
        case "price":
            assert prices == sorted(prices)
        case _:
            assert prices == sorted(prices, reverse=True)


def test_a_list_whose_last_card_is_gone_begins_again():
    found = [Card(number, 1) for number in (5, 4, 3, 2)]
    first = ranked_page(found, PageRequest(2), "")
    assert first.next is not None
    again = ranked_page([found[0], *found[2:]], PageRequest.of(first.next, 2), "")
    assert [card.id for card in again.items] == [5, 3]


def test_shelves_follow_the_neutral_tree_and_the_fullest_comes_first():
    made = shelves(
        ("mens_shoes", "mens_wear", "cookware", "tea"),
        {"cookware": 3, "mens_shoes": 1, "mens_wear": 1},
        rulebooks.categories(),
    )
    assert made == [
        Shelf("home", (("cookware", 3),)),
        Shelf("apparel", (("mens_shoes", 1), ("mens_wear", 1))),
        Shelf("food", (("tea", 0),)),
    ]
    assert [shelf.count for shelf in made] == [3, 2, 0]


@pytest.mark.parametrize("market", rulebooks.shipped().codes())
def test_every_leaf_of_every_market_has_a_shelf(market):
    traded = tuple(rulebooks.market(market).categories.tree)
    made = shelves(traded, {}, rulebooks.categories())
    assert sorted(leaf for shelf in made for leaf, _ in shelf.leaves) == sorted(traded)
