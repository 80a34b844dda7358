"""What a save is about: Wagtail also saves rows to note where their drafts stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)

_BOOKKEEPING = frozenset(
    {"latest_revision", "has_unpublished_changes", "locked", "locked_at", "locked_by"}
)


class WrittenBySave(models.QuerySet[Row]):
    """Rows some of whose columns are made when a row is saved: no bulk write goes past that."""

    made_by_save: frozenset[str] = frozenset()
    """Columns that are derived, and those that they are derived from."""

    def update(self, **kwargs: Any) -> int:
        """Refuse what would leave derived columns behind, or write them; save the rows instead."""
        self._refuse(kwargs)
        return super().update(**kwargs)

    def bulk_update(self, objs: Any, fields: Any, *args: Any, **kwargs: Any) -> int:
        """Refuse what would leave derived columns behind, or write them; save the rows instead."""
        self._refuse(fields)
        return super().bulk_update(objs, fields, *args, **kwargs)

    def _refuse(self, columns: Iterable[str]) -> None:
        if unsafe := self.made_by_save.intersection(columns):
            rows = self.model._meta.verbose_name_plural
            raise ValueError(f"save() {rows} to change {', '.join(sorted(unsafe))}")


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
