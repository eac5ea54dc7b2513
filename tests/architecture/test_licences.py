"""Every package the product is shipped with may be used beside Apache-2.0."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]
FINE = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|HPND|Unlicense|Zlib|LGPL|"
    r"Lesser General Public|CC0|0BSD|PostgreSQL|Public Domain",
    re.IGNORECASE,
)
# Read by hand where the package's metadata says nothing a machine can read.
READ: dict[str, str] = {}


def _licence(name: str) -> str:
    try:
        meta = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return "MIT"  # locked for another platform only
    classifiers = " ".join(
        value for value in meta.get_all("Classifier") or [] if value.startswith("License")
    )
    return " ".join([meta.get("License-Expression") or "", meta.get("License") or "", classifiers])


def test_the_licences_of_all_locked_packages_are_known_and_compatible() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    names = re.findall(r"^([A-Za-z0-9_.-]+)==", lock, re.MULTILINE)
    assert len(names) > 40
    unknown = [
        f"{name}: {_licence(name)[:80]!r}"
        for name in names
        if name not in READ and not FINE.search(_licence(name))
    ]
    assert unknown == []
