"""Failure has three shapes: a refusal (4xx, named), an outage (503, retried), a bug (assert)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import ClassVar

__all__ = ["Fact", "Kind", "Outage", "Refusal"]


_Plain = str | int | bool | None
Fact = _Plain | Sequence[str] | Sequence[int] | Sequence[Mapping[str, _Plain]]
"""What may stand beside a refusal: it is sent to the client as JSON, so it holds no secret."""


class Kind(StrEnum):
    """Why something was refused; one table in ``infra.problem`` maps these to HTTP."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    UNSUPPORTED = "unsupported"


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """A named "no". Subclasses live in the ``errors.py`` of the room that refuses.

    ``code`` is stable and in capitals; ``sentence`` is what a person reads, in Chinese (other
    languages translate it), with the names of ``facts`` in braces where they belong.
    """

    code: ClassVar[str] = "REFUSED"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "现在不能这样做"

    def __init__(self, **facts: Fact) -> None:
        super().__init__(self.code)
        self.facts: dict[str, Fact] = facts

    def __str__(self) -> str:
        listed = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.code}({listed})" if listed else self.code


class Outage(Exception):  # noqa: N818 - named after what the outside does, not what we did
    """Something outside did not answer; the same request may succeed later (503)."""

    code: ClassVar[str] = "OUTAGE"
    sentence: ClassVar[str] = "服务暂时没有响应，请稍后再试"

    def __init__(self, service: str) -> None:
        super().__init__(service)
        self.service = service
