"""Facts about the press itself that outlive a process: one row each, by name."""

from __future__ import annotations

import json
from typing import Any

from handpress.press.sql import execute, fetch

VERIFIED = "verified"
"""What the last comparison of the whole site found."""

_RECALL = "SELECT value FROM press_pressstate WHERE name = %s"
_REMEMBER = """
    INSERT INTO press_pressstate (name, value) VALUES (%s, %s)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
_FORGET = "DELETE FROM press_pressstate WHERE name = %s"


def recall(name: str, default: Any) -> Any:
    """Return the fact of that name, or ``default``."""
    rows = fetch(_RECALL, [name])
    return as_value(rows[0][0]) if rows else default


def as_value(stored: Any) -> Any:
    """Return a fact as it was remembered."""
    # PostgreSQL's driver hands JSON over read, or as text where Django has asked for text.
    return json.loads(stored) if isinstance(stored, str) else stored


def remember(name: str, value: object) -> None:
    """Write a fact down, in place of the one before."""
    execute(_REMEMBER, [name, json.dumps(value)])


def forget(name: str) -> None:
    """Forget a fact."""
    execute(_FORGET, [name])
