"""What stops the boot: data that no market can be governed by."""

__all__ = ["RulebookError"]


class RulebookError(Exception):
    """A rulebook cannot be used. Names the file, the key within it and the reason.

    ``key`` is a dotted path such as ``deposit.base_fen``, or empty when the file as a whole is
    unreadable.
    """

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}" if key else f"{file}: {reason}")
        self.file = file
        self.key = key
        self.reason = reason
