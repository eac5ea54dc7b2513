"""The floors of the house, held by import-linter from the first commit."""

from __future__ import annotations

from pathlib import Path

from importlinter.application.use_cases import lint_imports
from importlinter.configuration import configure

ROOT = Path(__file__).parents[2]


def test_imports_only_go_down() -> None:
    configure()
    kept = lint_imports(config_filename=str(ROOT / "pyproject.toml"))
    assert kept
