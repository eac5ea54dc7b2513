"""Fixtures of the sandbox: its keys, and twins that several tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.sandbox.town import Town, open_town

from xiaodian.sandbox.keys import SandboxKeys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> SandboxKeys:
    return SandboxKeys.load_or_make(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
async def town(tmp_path_factory: pytest.TempPathFactory, keys: SandboxKeys) -> AsyncIterator[Town]:
    """Twins that all tests share: each works with numbers of its own."""
    async with open_town(tmp_path_factory.mktemp("town"), keys) as opened:
        yield opened
