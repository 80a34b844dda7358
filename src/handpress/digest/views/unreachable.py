"""Addresses that are not mailed any more: since when, why, and letting them be mailed again."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.generic import IndexView
from wagtail.log_actions import log
from wagtail.permission_policies import ModelPermissionPolicy

from handpress.digest.models import Subscriber
from handpress.digest.views.book import LIFTED, BookPage, lifted_words
from handpress.mail.models import Suppression, SuppressionReason
from handpress.mail.suppression import lift


class UnreachableFilterSet(WagtailFilterSet):
    """By the reason."""

    reason = django_filters.ChoiceFilter(
        label="Because", choices=SuppressionReason.choices, empty_label="Any"
    )

    class Meta:
        model = Suppression
        fields: list[str] = []


def _reader_url(row: Any) -> str | None:
    return reverse("digest_reader", args=[row.reader_id]) if row.reader_id else None


def _lift_url(row: Any) -> str:
    return reverse("digest_unreachable_lift", args=[row.pk])


class UnreachableView(IndexView):
    """The list, newest first. An address is lifted here, or on its reader's page."""

    model = Suppression
    permission_policy = ModelPermissionPolicy(Subscriber)
    any_permission_required = ["view"]
    page_title = "Unreachable"
    header_icon = "no-view"
    index_url_name = "digest_unreachable"
    index_results_url_name = "digest_unreachable_results"
    filterset_class = UnreachableFilterSet
    is_searchable = True
    default_ordering = "-pk"
    paginate_by = 50
    verbose_name_plural = "unreachable addresses"

    @cached_property
    def columns(self) -> list[Any]:
        columns = [
            TitleColumn("address_key", label="Address", get_url=_reader_url),
            Column("reason", label="Because", accessor="get_reason_display"),
            Column("said", label="What was said", accessor="said"),
            DateColumn("created_at", label="Since", accessor="created_at"),
        ]
        user: Any = self.request.user
        if user.has_perm("digest.change_subscriber"):
            columns.append(
                TitleColumn(
                    "lift",
                    label="What may be done",
                    accessor=lambda row: "Mail again…",
                    get_url=_lift_url,
                )
            )
        return columns

    @property
    def header_more_buttons(self) -> list[Any]:
        """Offer nothing: addresses come here by themselves, or by an import."""
        return []

    header_buttons: list[Any] = []

    def get_base_queryset(self) -> QuerySet[Suppression]:
        """Return what is suppressed now, each with its reader's id."""
        reader = Subscriber.objects.filter(address_key=OuterRef("address_key")).values("pk")[:1]
        rows = Suppression.objects.filter(lifted_at__isnull=True)
        return rows.annotate(reader_id=Subquery(reader))

    def search_queryset(self, queryset: QuerySet[Suppression]) -> QuerySet[Suppression]:
        """Look for addresses."""
        if not self.is_searching:
            return queryset
        return queryset.filter(address_key__contains=self.search_query.strip().casefold())


class LiftView(BookPage, TemplateView):
    """Let one address be mailed again, whoever's it is; asked first, done by the button."""

    permission_required = "digest.change_subscriber"
    page_title = "Mail again"
    template_name = "digest/book/lift.html"
    kwargs: dict[str, Any]

    @cached_property
    def suppression(self) -> Suppression:
        """Return what is to be lifted."""
        rows = Suppression.objects.filter(lifted_at__isnull=True)
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the address."""
        return super().get_context_data(**kwargs) | {"suppression": self.suppression}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lift it, and say what that means for whoever reads the address."""
        row = self.suppression
        if lift(row.address_key, by=request.user):
            # The log names no address, as it does not for readers.
            log(row, LIFTED, user=request.user, title=f"address {row.pk}")
            messages.success(request, lifted_words(row.address_key))
        else:
            messages.warning(request, "That was so already. Nothing was changed.")
        return HttpResponseRedirect(reverse("digest_unreachable"))
