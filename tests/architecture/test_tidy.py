"""The house rules a machine can read: names, sizes, front doors, one commit, no server clock."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "xiaodian"
FILES = sorted(SOURCE.rglob("*.py"))
TEXTS = {path: path.read_text("utf-8") for path in FILES}
TREES = {path: ast.parse(text) for path, text in TEXTS.items()}
NOT_ROOMS = {"kernel", "infra", "cli", "static", "locales", "migrations"}
ROOMS = sorted(
    path
    for path in SOURCE.iterdir()
    if path.is_dir() and path.name not in NOT_ROOMS and (path / "__init__.py").exists()
)
CLOSED_SET = {
    "__init__",
    "states",
    "rules",
    "models",
    "service",
    "queries",
    "events",
    "reactions",
    "jobs",
    "gateway",
    "errors",
    "schemas",
    "api",
    "pages",
    "templates",
    "data",
}
# Rooms whose matter is not a capability: the design names what is in them.
OTHER_SETS = {"rulebooks", "consoles", "sandbox", "openapi"}
ATTIC = {"utils", "helpers", "common", "misc", "base", "manager", "core", "util", "helper"}
LINES_MAX = 400
FUNCTION_LINES_MAX = 70


def _id(path: Path) -> str:
    return str(path.relative_to(SOURCE))


@pytest.mark.parametrize("room", [r for r in ROOMS if r.name not in OTHER_SETS], ids=_id)
def test_a_room_has_only_the_files_of_the_closed_set(room: Path) -> None:
    found = {path.stem for path in room.iterdir() if path.name != "__pycache__"}
    assert found <= CLOSED_SET


def test_no_attic_and_no_giant() -> None:
    found: list[str] = []
    for path in FILES:
        if ATTIC & {path.stem, *path.relative_to(SOURCE).parts}:
            found.append(f"{_id(path)}: an attic")
        lines = TEXTS[path].count("\n")
        if lines > LINES_MAX:
            found.append(f"{_id(path)}: {lines} lines; it becomes a package")
        for node in ast.walk(TREES[path]):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > FUNCTION_LINES_MAX:
                    found.append(f"{_id(path)}: {node.name} has {length} lines")
    assert found == []


@pytest.mark.parametrize("room", ROOMS, ids=_id)
def test_a_room_says_what_it_is_and_what_others_may_use(room: Path) -> None:
    tree = ast.parse((room / "__init__.py").read_text("utf-8"))
    assert ast.get_docstring(tree), "a one-line charter"
    if room.name in OTHER_SETS:
        return
    names = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert "__all__" in names


def _imports(tree: ast.Module) -> list[str]:
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
    return found


def test_others_come_in_by_the_front_door() -> None:
    """A room is imported by its name, its events or its errors; composition sees everything."""
    found: list[str] = []
    rooms = {room.name for room in ROOMS} - {"rulebooks", "sandbox"}
    for path in FILES:
        own = path.relative_to(SOURCE).parts[0]
        if own in {"wiring.py", "app.py", "worker.py", "cli", "sandbox"}:
            continue
        for module in _imports(TREES[path]):
            parts = module.split(".")
            if parts[0] != "xiaodian" or len(parts) < 3 or parts[1] == own:
                continue
            if parts[1] in rooms and parts[2] not in {"events", "errors"}:
                found.append(f"{_id(path)}: {module} is not a front door")
    assert found == []


def test_one_module_holds_the_only_commit() -> None:
    holders = [_id(path) for path in FILES if re.search(r"\.commit\(\)", TEXTS[path])]
    assert holders == ["infra/db/database.py"]


def test_sql_never_asks_the_server_for_the_time() -> None:
    word = re.compile(
        r"(?<![\w.])(now\(\)|current_timestamp|current_date|clock_timestamp|localtime(stamp)?)",
        re.IGNORECASE,
    )
    found = [
        f"{_id(path)}:{node.lineno}"
        for path in FILES
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.search(r"\b(select|insert|update|delete|default)\b", node.value, re.IGNORECASE)
        and word.search(node.value)
    ]
    assert found == []


def test_no_market_is_named_in_a_branch() -> None:
    """Rules live in data: a market's name in a comparison is a defect."""
    markets = {"wechat", "douyin", "kuaishou", "xiaohongshu", "wechat-open"}
    found: list[str] = []
    for path in FILES:
        for node in ast.walk(TREES[path]):
            compared: list[ast.expr] = []
            if isinstance(node, ast.Compare):
                compared = [node.left, *node.comparators]
            elif isinstance(node, ast.MatchValue):
                compared = [node.value]
            named = {
                constant.value
                for side in compared
                for constant in ast.walk(side)
                if isinstance(constant, ast.Constant)
            }
            if named & markets:
                found.append(f"{_id(path)}:{getattr(node, 'lineno', 0)}")
    assert found == []


def _tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return listed.stdout.splitlines()


def test_no_lock_names_a_host_and_nothing_large_is_tracked() -> None:
    tracked = _tracked()
    if not tracked:
        pytest.skip("not a git checkout")
    for name in tracked:
        path = ROOT / name
        if not path.is_file():
            continue
        if path.name.endswith((".lock", "package-lock.json")):
            text = path.read_text("utf-8")
            assert "registry" not in text, name
            assert '"resolved"' not in text, name
        assert path.stat().st_size < 1_500_000, name


def test_nothing_is_left_to_do() -> None:
    for path in FILES:
        assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", TEXTS[path]), _id(path)
