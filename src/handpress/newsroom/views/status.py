"""The status of drafts in lists: what Wagtail says row by row, in two queries for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from wagtail.admin.ui.tables import StatusTagColumn
from wagtail.models import Revision, WorkflowState


def with_status(rows: Iterable[Any]) -> list[Any]:
    """Return rows of one model with their ``status_words``."""
    found = list(rows)
    if found:
        kind = ContentType.objects.get_for_model(found[0])
        these = {"object_id__in": [str(row.pk) for row in found]}
        scheduled = Revision.objects.filter(
            content_type=kind, approved_go_live_at__isnull=False, **these
        )
        waiting = WorkflowState.objects.filter(
            content_type=kind, status=WorkflowState.STATUS_IN_PROGRESS, **these
        )
        is_scheduled = set(scheduled.values_list("object_id", flat=True))
        is_waiting = set(waiting.values_list("object_id", flat=True))
        for row in found:
            row.status_words = _words(row, str(row.pk) in is_scheduled, str(row.pk) in is_waiting)
    return found


def _words(row: Any, is_scheduled: bool, is_waiting: bool) -> str:
    more = "scheduled" if is_scheduled else "in review" if is_waiting else ""
    if row.live:
        more = more or ("draft" if row.has_unpublished_changes else "")
        return f"live + {more}" if more else "live"
    return more or ("expired" if row.expired else "draft")


class StatusColumn(StatusTagColumn):
    """Shows the ``status_words`` of rows."""

    def __init__(self) -> None:
        super().__init__("status_words", label="Status", primary=lambda row: row.live)
