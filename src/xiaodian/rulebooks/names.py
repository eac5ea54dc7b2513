"""What people call the codes of a rulebook, in Chinese and English."""

import tomllib
from functools import cache
from importlib.resources import files

from xiaodian.rulebooks.categories import Categories, Name
from xiaodian.rulebooks.errors import RulebookError

__all__ = ["all_names", "name_of"]

_FILE = "names.toml"


@cache
def all_names() -> dict[str, dict[str, Name]]:
    """Answer every name by kind and code, categories among them; raises ``RulebookError``."""
    data = files("xiaodian.rulebooks") / "data"
    found: dict[str, dict[str, Name]] = {}
    for kind, entries in tomllib.loads((data / _FILE).read_text(encoding="utf-8")).items():
        for code, entry in entries.items():
            if not (isinstance(entry, list) and len(entry) == 2):  # noqa: PLR2004 - zh and en  # pyright: ignore[reportUnknownArgumentType]
                raise RulebookError(_FILE, f"{kind}.{code}", "is a pair of names, zh and en")
            found.setdefault(kind, {})[code] = Name(str(entry[0]), str(entry[1]))  # pyright: ignore[reportUnknownArgumentType]
    document = tomllib.loads((data / "categories.toml").read_text(encoding="utf-8"))
    listed = Categories.of(document, file="categories.toml")
    found["category"] = {code: entry.name for code, entry in listed.by_code.items()}
    return found


def name_of(kind: str, code: str, language: str = "zh") -> str:
    """Answer what a code is called; a code without a name is its own name."""
    name = all_names().get(kind, {}).get(code)
    return code if name is None else name.in_(language)
