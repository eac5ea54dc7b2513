"""What the notices room refuses."""

from __future__ import annotations

from typing import ClassVar

from xiaodian.kernel.errors import Kind, Refusal

__all__ = ["NoticeNotFound"]


class NoticeNotFound(Refusal):
    """No such notice, or not this person's."""

    code: ClassVar[str] = "NOTICE_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "没有这条消息"
