"""``xiaodian rules``: read, check and compare the rulebooks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from xiaodian import rulebooks
from xiaodian.cli.compare import move
from xiaodian.cli.session import print_json, refuse
from xiaodian.kernel.clock import SHANGHAI

if TYPE_CHECKING:
    from xiaodian.rulebooks import Leaf, Rulebook
    from xiaodian.rulebooks.schema import LeafValue

__all__ = ["rules_app"]

rules_app = typer.Typer(help="Read, check and compare the rulebooks.", no_args_is_help=True)
rules_app.command("move")(move)
out = Console()
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_BROKEN = "RULEBOOK_BROKEN"
_FAILED = 1


@rules_app.command("check")
def check(
    file: Annotated[
        Path | None, typer.Argument(help="A proposed version to check against the shipped ones.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Read every shipped rulebook, and a proposed one; the first fault is named and ends it."""
    try:
        library = rulebooks.load_all()
        if file is not None:
            book = library.parse(_text(file), file=file.name)
            library = library.including(book, file=file.name)
    except rulebooks.RulebookError as error:
        facts = {"file": error.file, "key": error.key, "reason": error.reason}
        refuse(_BROKEN, f"{error.file} {error.key}".strip() + f"：{error.reason}", facts)
    books = [book for versions in library.markets.values() for book in versions]
    if as_json:
        print_json(
            {
                "rulebooks": [{"rulebook": book.ref, "leaves": len(book.leaves)} for book in books],
                "categories": len(library.categories.leaves),
            }
        )
        return
    table = _table("规则手册", "生效", "叶子", "原文", "公开资料", "行业常识", "设定")
    for book in books:
        counts = [
            str(sum(leaf.origin is origin for leaf in book.leaves.values()))
            for origin in rulebooks.Origin
        ]
        begins = book.effective_from.astimezone(SHANGHAI).date().isoformat()
        table.add_row(book.ref, begins, str(len(book.leaves)), *counts)
    out.print(table)


@rules_app.command("show")
def show(
    market: Annotated[str, typer.Argument(help="A market, or a version such as wechat@1.0.0.")],
    part: Annotated[
        str, typer.Option("--part", help="Only what lies below this key, such as deposit.")
    ] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Print a rulebook leaf by leaf: value, origin, what vouches for it, and its rules."""
    book = _book(market)
    leaves = book.under(part) if part else list(book.leaves.values())
    if not leaves:
        refuse("PART_UNKNOWN", f"{book.ref} 没有 {part}")
    if as_json:
        print_json(
            {
                "rulebook": book.ref,
                "effective_from": book.effective_from.isoformat(),
                "source": book.source,
                "leaves": [_leaf_json(leaf) for leaf in leaves],
            }
        )
        return
    table = _table("参数", "值", "出处", "依据", "规则", "备注", title=escape(book.ref))
    for leaf in leaves:
        table.add_row(
            *(
                escape(text)
                for text in (
                    leaf.path,
                    _shown(leaf.value),
                    rulebooks.name_of("origin", leaf.origin),
                    leaf.vouched,
                    " ".join(leaf.rules),
                    leaf.note,
                )
            )
        )
    out.print(table)


@rules_app.command("diff")
def diff(
    before: Annotated[str, typer.Argument(help="A market or version.")],
    after: Annotated[str, typer.Argument(help="Another market or version.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Print the parameters in which two rulebooks differ."""
    one, other = _book(before), _book(after)
    found = rulebooks.diff(one, other)
    if as_json:
        print_json(
            {
                "before": one.ref,
                "after": other.ref,
                "differences": [
                    {
                        "path": each.path,
                        "before": None if each.before is None else _leaf_json(each.before),
                        "after": None if each.after is None else _leaf_json(each.after),
                    }
                    for each in found
                ],
            }
        )
        return
    table = _table("参数", escape(one.ref), escape(other.ref))
    for each in found:
        table.add_row(
            escape(each.path),
            *(
                "—" if leaf is None else escape(_shown(leaf.value))
                for leaf in (each.before, each.after)
            ),
        )
    out.print(table)


@rules_app.command("coverage")
def coverage(
    tests: Annotated[
        Path, typer.Option("--tests", help="Where the tests of a checkout lie.")
    ] = Path("tests"),
    *,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail while anything is unclaimed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the requirements that no test claims, and the source phrases that no leaf quotes."""
    if not tests.is_dir():
        refuse("NO_TESTS", f"没有测试目录 {tests}，请在代码仓库里运行")
    known = rulebooks.requirements()
    claims = rulebooks.claims_in(tests)
    open_ = rulebooks.unclaimed(claims)
    silent = rulebooks.unquoted(rulebooks.shipped())
    if as_json:
        print_json(
            {
                "requirements": len(known),
                "claimed": len(claims),
                "unclaimed": [
                    {
                        "id": claim.id,
                        "market": claim.market,
                        "dimension": known[claim.id].dimension,
                        "title": known[claim.id].title,
                    }
                    for claim in open_
                ],
                "phrases": len(rulebooks.phrases()),
                "unquoted": [{"text": phrase.text, "id": rule} for phrase, rule in silent],
            }
        )
    else:
        table = _table("编号", "市场", "维度", "要求")
        for claim in open_:
            requirement = known[claim.id]
            dimension = rulebooks.name_of("dimension", requirement.dimension)
            table.add_row(claim.id, claim.market, dimension, escape(requirement.title))
        out.print(table)
        out.print(f"需求 {len(known)} 条；已证明 {len(claims)}，未证明 {len(open_)}（按市场计）")
        out.print(f"原文 {len(rulebooks.phrases())} 句，未引用 {len(silent)}")
        for phrase, rule in silent:
            out.print(f"[red]{rule}[/] {escape(phrase.text)}")
    if silent or (strict and open_):
        raise typer.Exit(_FAILED)


def _book(ref: str) -> Rulebook:
    """Find a market's newest version, or the version that a ref names."""
    library = rulebooks.shipped()
    try:
        return library.version(ref) if "@" in ref else library.market(ref)
    except KeyError:
        known = "、".join(library.codes())
        refuse("MARKET_UNKNOWN", f"没有规则手册 {ref}，可选：{known}")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        refuse("FILE_UNREADABLE", f"读不到文件 {file}")
    except UnicodeDecodeError:
        refuse("FILE_UNREADABLE", f"{file} 不是 UTF-8 文本")


def _table(*heads: str, title: str | None = None) -> Table:
    """Make a table whose cells break rather than lose their end; Chinese has no spaces."""
    return Table(*(Column(head, overflow="fold") for head in heads), title=title)


def _leaf_json(leaf: Leaf) -> dict[str, object]:
    return {
        "path": leaf.path,
        "value": leaf.value,
        "origin": str(leaf.origin),
        "confidence": None if leaf.confidence is None else str(leaf.confidence),
        "quotes": list(leaf.quotes),
        "address": leaf.address,
        "rules": list(leaf.rules),
        "reading": None if leaf.reading is None else leaf.reading.chosen,
        "note": leaf.note,
    }


def _shown(value: LeafValue) -> str:
    """Write a value on one line."""
    if value is None:
        return "无"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int):
        return f"{value:,}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
