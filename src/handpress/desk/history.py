"""Who did what: the log of the desk, for those who answer for it."""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib.contenttypes.models import ContentType
from django.db.models import IntegerField, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from wagtail.admin.auth import permission_denied
from wagtail.admin.filters import ContentTypeFilter
from wagtail.admin.views.generic.history import HistoryFilterSet
from wagtail.admin.views.reports.audit_logging import LogEntriesView
from wagtail.log_actions import registry
from wagtail.models import ModelLogEntry

from handpress.desk.roles import may_publish
from handpress.donations.formats import guarded


def _visible(request: HttpRequest) -> QuerySet[ModelLogEntry]:
    rows: QuerySet[ModelLogEntry] = ModelLogEntry.objects.viewable_by_user(request.user)
    return rows


def _types(request: HttpRequest) -> QuerySet[ContentType]:
    ids = _visible(request).get_content_type_ids()  # type: ignore[attr-defined]
    return ContentType.objects.filter(pk__in=ids).order_by("model")


class LogFilterSet(HistoryFilterSet):
    """What was done, by whom, when, to what."""

    label = django_filters.CharFilter(label="Name", lookup_expr="icontains")
    object_type = ContentTypeFilter(field_name="content_type", label="Type", queryset=_types)

    class Meta:
        model = ModelLogEntry
        fields: tuple[str, ...] = ()

    def get_action_choices(self) -> list[tuple[str, Any]]:
        used = _visible(self.request).get_actions()  # type: ignore[attr-defined]
        return [choice for choice in registry.get_choices() if choice[0] in used]

    def get_users_queryset(self) -> QuerySet[Any]:
        users: QuerySet[Any] = _visible(self.request).get_users()  # type: ignore[attr-defined]
        return users


class HistoryView(LogEntriesView):
    """Wagtail's report, of the only kind of entries that there are without a tree of pages."""

    page_title = "History"
    filterset_class = LogFilterSet
    index_url_name = "desk_history"
    index_results_url_name = "desk_history_results"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_publish(request.user):
            denied: HttpResponse = permission_denied(request)
            return denied
        answer: HttpResponse = super().dispatch(request, *args, **kwargs)
        return answer

    def preprocess_field_value(self, field: str, value: Any, export_format: str) -> Any:
        """Return what stands in a cell: no name in a table is a formula to a spreadsheet."""
        told = super().preprocess_field_value(field, value, export_format)
        # The other form of table says of each cell that it is text.
        is_open = export_format == self.FORMAT_CSV and isinstance(told, str)
        return guarded(told) if is_open else told

    def get_filtered_queryset(self) -> QuerySet[Any]:
        self.log_models = [ModelLogEntry]
        rows: QuerySet[Any] = self.filter_queryset(_visible(self.request))
        # In this form, the report looks the rows of a page up.
        return rows.order_by("-timestamp", "-pk").values(
            "pk", "timestamp", log_model_index=Value(0, output_field=IntegerField())
        )
