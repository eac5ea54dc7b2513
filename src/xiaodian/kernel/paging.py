"""Lists come in bounded pages that continue from a cursor, never from an offset."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from xiaodian.kernel.errors import Kind, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["PAGE_MAX", "BadCursor", "Page", "PageRequest", "cut"]

PAGE_MAX = 200
"""No list gives more rows at once."""

T = TypeVar("T")
R = TypeVar("R")


class BadCursor(Refusal):
    """The cursor was not made by this list."""

    code: ClassVar[str] = "BAD_CURSOR"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "翻页标记无效，请从第一页重新打开"


@dataclass(frozen=True, slots=True)
class PageRequest:
    """How many rows, and after which id. Lists run from the newest id downwards."""

    size: int = 20
    after: int | None = None

    @classmethod
    def of(cls, cursor: str | None, size: int = 20) -> PageRequest:
        """Read a cursor from an address; refuses ``BAD_CURSOR``. Sizes are held to 1..200."""
        bounded = max(1, min(size, PAGE_MAX))
        if not cursor:
            return cls(bounded)
        try:
            text = base64.urlsafe_b64decode(cursor.encode() + b"==").decode("ascii")
            return cls(bounded, int(text))
        except (ValueError, binascii.Error) as error:
            raise BadCursor from error


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list, and the cursor of the next one, None at the end."""

    items: Sequence[T]
    next: str | None = None

    def map(self, view: Callable[[T], R]) -> Page[R]:
        """Turn each row into something else, keeping the cursor."""
        return Page([view(item) for item in self.items], self.next)


def cut(rows: Sequence[T], request: PageRequest, id_of: Callable[[T], int]) -> Page[T]:
    """Make a page of ``size + 1`` fetched rows: the surplus row only says that there is more."""
    if len(rows) <= request.size:
        return Page(rows)
    shown = rows[: request.size]
    mark = base64.urlsafe_b64encode(str(id_of(shown[-1])).encode()).decode().rstrip("=")
    return Page(shown, mark)
