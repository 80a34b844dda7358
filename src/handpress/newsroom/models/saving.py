"""What a save is about: Wagtail also saves rows to note where their drafts stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_BOOKKEEPING = frozenset(
    {"latest_revision", "has_unpublished_changes", "locked", "locked_at", "locked_by"}
)


def touches_content(update_fields: Any) -> bool:
    """Say whether a save of these fields (None: all) changes more than Wagtail's own notes.

    The row in hand may then hold a draft, which must not reach the public columns.
    """
    return update_fields is None or not _BOOKKEEPING.issuperset(update_fields)


def without_twins(row: Any, relation: str, columns: Sequence[str]) -> None:
    """Leave one of each among the rows of a relation that say the same.

    A form that is sent while it saves itself does not know yet which numbers its rows have got: it
    sends them as new. What is stored keeps its number, and takes the place that the form gives it.
    """
    held = getattr(row, "_cluster_related_objects", {}).get(relation)
    if not held:
        return
    kept: dict[tuple[Any, ...], Any] = {}
    for each in held:
        key = tuple(getattr(each, column) for column in columns)
        twin = kept.pop(key, None)
        if twin is not None and each.pk is None:
            each.pk = twin.pk
        kept[key] = each
    if len(kept) < len(held):
        getattr(row, relation).set(list(kept.values()))
