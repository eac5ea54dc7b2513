"""Reads JSON that somebody else wrote."""

from __future__ import annotations

from typing import TypeVar

import msgspec

__all__ = ["UNREADABLE", "Unreadable", "read_json"]

T = TypeVar("T")

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What a msgspec decoder raises on bytes that are not what was asked for.

Deeply nested brackets raise ``RecursionError``, which is no ``DecodeError``: whoever forgets it
answers 500 to two kilobytes of ``[``.
"""


class Unreadable(ValueError):  # noqa: N818 - named after what the bytes are
    """The bytes are not JSON, or not of the shape that was asked for; says where."""


def read_json(body: bytes, shape: type[T]) -> T:
    """Read a body as a shape; raises ``Unreadable``."""
    try:
        return msgspec.json.decode(body, type=shape)
    except UNREADABLE as error:
        raise Unreadable(str(error)) from error
