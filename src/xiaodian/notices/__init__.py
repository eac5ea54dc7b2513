"""Messages to people: an inbox for everybody, letters and text messages on top of it."""

from xiaodian.notices.queries import NoticeView, list_inbox, unread_count
from xiaodian.notices.service import deadline, lift_deadline, tell

__all__ = ["NoticeView", "deadline", "lift_deadline", "list_inbox", "tell", "unread_count"]
