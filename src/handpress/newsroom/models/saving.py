"""What a save is about: Wagtail also saves rows to note where their drafts stand."""

from __future__ import annotations

from typing import Any

_BOOKKEEPING = frozenset(
    {"latest_revision", "has_unpublished_changes", "locked", "locked_at", "locked_by"}
)


def touches_content(update_fields: Any) -> bool:
    """Say whether a save of these fields (None: all) changes more than Wagtail's own notes.

    The row in hand may then hold a draft, which must not reach the public columns.
    """
    return update_fields is None or not _BOOKKEEPING.issuperset(update_fields)
