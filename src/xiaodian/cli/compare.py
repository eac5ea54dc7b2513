"""``xiaodian compare`` and ``xiaodian guide``: which platform, and how to open a shop there."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from xiaodian import rulebooks
from xiaodian.cli.session import print_json, refuse
from xiaodian.consoles import comparison
from xiaodian.consoles import guide as opening_guide
from xiaodian.rulebooks import Subject

__all__ = ["compare", "guide", "move"]

out = Console()
_MOST = 100_000_000_000
_MARKS = {
    opening_guide.GuideState.DONE: "[green]●[/]",
    opening_guide.GuideState.MISSING: "[yellow]○[/]",
    opening_guide.GuideState.BLOCKED: "[red]×[/]",
}


class SubjectChoice(StrEnum):
    """The subject as it is typed."""

    PERSONAL = "personal"
    SOLE_PROP = "sole_prop"
    ENTERPRISE = "enterprise"


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Who = Annotated[SubjectChoice, typer.Option("--subject", case_sensitive=False)]
What = Annotated[str, typer.Option("--category", help="A category code, leaf or group.")]


def compare(  # noqa: PLR0913 - an option of the command is an argument
    subject: Who = SubjectChoice.ENTERPRISE,
    category: What = "general",
    order_fen: Annotated[
        int, typer.Option("--order-fen", min=1, max=_MOST, help="One order, in fen.")
    ] = 10_000,
    monthly_gmv_fen: Annotated[int, typer.Option("--monthly-gmv-fen", min=0, max=_MOST)] = 0,
    monthly_orders: Annotated[
        int | None,
        typer.Option("--monthly-orders", min=0, max=_MOST, help="By default sales // order."),
    ] = None,
    *,
    self_operated: Annotated[
        bool, typer.Option("--self-operated/--no-self-operated", help="Goods of your own brand.")
    ] = True,
    content_skill: Annotated[
        bool, typer.Option("--content-skill", help="You are good at making content.")
    ] = False,
    private_followers: Annotated[
        int, typer.Option("--private-followers", min=0, max=_MOST, help="Followers you own.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Put the platforms side by side in all eight dimensions."""
    library = rulebooks.shipped()
    _known_category(category)
    question = comparison.Question(
        subject=Subject[subject.name],
        category=category,
        order_fen=order_fen,
        monthly_gmv_fen=monthly_gmv_fen,
        monthly_orders=monthly_orders,
        self_operated=self_operated,
        content_skill=content_skill,
        private_followers=private_followers,
    )
    found = comparison.compare(library, question)
    if as_json:
        print_json(found.as_json())
        return
    _print_comparison(found)
    for place, advice in enumerate(comparison.advise(library, question), 1):
        why = "；".join(reason.text() for reason in advice.reasons)
        out.print(f"{place}. {escape(advice.offer.book.platform.name)} {escape(why)}")
    if found.origin not in {rulebooks.Origin.SEED, rulebooks.Origin.SOURCED}:
        out.print("[dim]表中含常识与设定，是模型而非平台口径。[/]")


def _print_comparison(found: comparison.Comparison) -> None:
    """Print one table, the dimensions as sections; every cell says its origin."""
    names = ["", *(escape(offer.book.platform.name) for offer in found.offers)]
    table = Table(*(Column(name, overflow="fold") for name in names))
    for part in found.parts:
        table.add_section()
        name = rulebooks.name_of("dimension", part.dimension)
        table.add_row(f"[bold]{name}[/]", *("" for _ in found.offers))
        for line in part.lines:
            cells = (
                f"{escape(cell.text())} [dim]{rulebooks.name_of('origin', cell.origin)}[/]"
                for cell in line.cells
            )
            table.add_row(line.label, *cells)
    out.print(table)


def guide(
    market: Annotated[str, typer.Argument(help="The market to open a shop in.")],
    subject: Who = SubjectChoice.ENTERPRISE,
    category: What = "general",
    have: Annotated[
        list[str] | None,
        typer.Option("--have", help="A paper or binding you have; may be repeated."),
    ] = None,
    *,
    self_operated: Annotated[
        bool, typer.Option("--self-operated/--no-self-operated", help="Goods of your own brand.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Print how to open a shop: each step in order, done, missing or blocked, and why."""
    library = rulebooks.shipped()
    if market not in library.markets:
        refuse("MARKET_UNKNOWN", f"没有平台 {market}，可选：{'、'.join(library.codes())}")
    _known_category(category)
    there = frozenset(have or ())
    facts = opening_guide.GuideFacts(self_operated=self_operated, bound=there, papers=there)
    found = opening_guide.guide(
        library.market(market), Subject[subject.name], category, library.categories, facts
    )
    if as_json:
        print_json(found.as_json())
        return
    why = Column("说明", overflow="fold")
    table = Table("", "步骤", why, "规则", title=escape(found.book.platform.shop_name))
    for item in found.items:
        step = rulebooks.name_of("guide_step", item.step)
        table.add_row(_MARKS[item.state], step, escape(item.why()), item.rule)
    out.print(table)


def move(
    before: Annotated[str, typer.Argument(help="The market you are in.")],
    after: Annotated[str, typer.Argument(help="The market you want to move to.")],
    subject: Who = SubjectChoice.ENTERPRISE,
    category: What = "general",
    *,
    self_operated: Annotated[
        bool, typer.Option("--self-operated/--no-self-operated", help="Goods of your own brand.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Print what changes for a shop and its products that move to another market."""
    library = rulebooks.shipped()
    for market in (before, after):
        if market not in library.markets:
            refuse("MARKET_UNKNOWN", f"没有平台 {market}，可选：{'、'.join(library.codes())}")
    _known_category(category)
    question = comparison.Question(
        subject=Subject[subject.name], category=category, self_operated=self_operated
    )
    found = comparison.moving(library, question, before, after)
    offer = found.offers[1]
    cautions = offer.book.platform.cautions
    if as_json:
        print_json(
            {
                "before": found.offers[0].book.ref,
                "after": offer.book.ref,
                "eligible": offer.eligible,
                "reasons": [
                    {"code": reason.value, "rule": reason.rule, "text": reason.text()}
                    for reason in offer.reasons
                ],
                "cautions": list(cautions),
                "changes": [
                    {
                        "dimension": part.dimension,
                        "label": line.label,
                        "before": line.cells[0].text(),
                        "after": line.cells[1].text(),
                        "rules": list(line.cells[1].rules),
                        "origin": str(line.cells[1].origin),
                    }
                    for part in found.parts
                    for line in part.lines
                ],
            }
        )
        return
    _print_comparison(found)
    named = "、".join(rulebooks.name_of("caution", code) for code in cautions)
    out.print(f"[yellow]{escape(named)}[/]")


def _known_category(category: str) -> None:
    if category not in rulebooks.categories().codes:
        refuse("CATEGORY_UNKNOWN", f"没有类目 {category}", {"category": category})
