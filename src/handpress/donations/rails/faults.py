"""What is wrong with the details of a rail."""

from __future__ import annotations


class RailFault(ValueError):
    """A detail that cannot be right; ``field`` says which, the message what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def line(value: object, most: int = 140) -> str:
    """Return a detail as one line."""
    return " ".join(str(value or "").split())[:most]
