"""Deliveries on the desk: how far an edition is, who did not get it, and what may be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from handpress.digest import resending
from handpress.digest.deliveries import (
    begun_editions,
    by_domain,
    end_of,
    followed_editions,
    in_state,
    pace_of,
    progress_of,
    progress_of_many,
    relays_today,
)
from handpress.digest.editions import slots
from handpress.digest.models import Delivery, DeliveryState, Edition, EditionState
from handpress.digest.views.editions import MaySee
from handpress.lib import clock

_PAGE = 30
_ROWS = 100
_S = DeliveryState
_GOING = (EditionState.READY, EditionState.FROZEN, EditionState.SENDING)
_WHICH: dict[str, tuple[str, tuple[DeliveryState, ...]]] = {
    "missed": ("Did not get it", (_S.FAILED, _S.EXPIRED)),
    "unknown": ("In doubt", (_S.UNKNOWN,)),
    "deferred": ("To be tried again", (_S.RETRY,)),
    "struck": ("Not to be mailed", (_S.SUPPRESSED,)),
}
_NOTHING = "Meanwhile there is nothing of the kind any more. Nothing was changed."


class DeliveriesView(MaySee, WagtailAdminTemplateMixin, TemplateView):
    """The editions that went out or do so now, newest first."""

    template_name = "digest/deliveries/index.html"
    page_title = "Delivery"
    header_icon = "success"
    request: HttpRequest

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Say where one is."""
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of editions, each with its numbers."""
        rows = begun_editions().defer("contents", "note")
        page = Paginator(rows, _PAGE).get_page(self.request.GET.get("p"))
        found = progress_of_many([edition.pk for edition in page])
        return super().get_context_data(**kwargs) | {
            "page": page,
            "rows": [(edition, found[edition.pk]) for edition in page],
        }


class _OfOne(MaySee, WagtailAdminTemplateMixin, TemplateView):
    """A page about the delivery of one edition."""

    header_icon = "success"
    request: HttpRequest
    _edition: Edition | None = None

    @property
    def edition(self) -> Edition:
        """The edition, once its time to go out has come."""
        if self._edition is None:
            rows = followed_editions(clock.now()).defer("contents", "note")
            self._edition = get_object_or_404(rows, pk=self.kwargs["pk"])
        return self._edition

    def get_page_title(self) -> str:
        """Say which edition it is."""
        pace = str(self.edition.get_frequency_display()).title()
        return f"{pace}, {self.edition.edition_on:%-d %B %Y}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the list."""
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse("digest_deliveries"), "label": "Delivery"},
            {"url": "", "label": self.get_page_title()},
        ]


def _standing(edition: Edition) -> dict[str, Any]:
    """Return what changes while an edition goes out."""
    progress, bars = progress_of(edition.pk), pace_of(edition)
    is_sending = edition.state in _GOING
    return {
        "edition": edition,
        "progress": progress,
        "is_sending": is_sending,
        # An edition that was stopped has readers who still wait.
        "unsent": progress.missed + (0 if is_sending else progress.waiting),
        "bars": bars,
        "chart_ends": end_of(bars),
        "domains": by_domain(edition.pk),
        "relays": list(relays_today()),
    }


class DeliveryView(_OfOne):
    """How far an edition is; a script keeps it up to date."""

    template_name = "digest/deliveries/delivery.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add how it stands."""
        may_act = self.request.user.has_perm("digest.change_edition")
        return super().get_context_data(**kwargs) | _standing(self.edition) | {"may_act": may_act}


class NowView(_OfOne):
    """The part of the page that changes."""

    template_name = "digest/deliveries/now.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add how it stands, and no frame of the desk."""
        may_act = self.request.user.has_perm("digest.change_edition")
        return _standing(self.edition) | {"may_act": may_act}


class ReadersView(_OfOne):
    """The readers who did not get it, or may not have, and what their servers said."""

    template_name = "digest/deliveries/readers.html"
    permission_required = "digest.view_subscriber"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of deliveries of the chosen kind."""
        progress = progress_of(self.edition.pk)
        which = self.request.GET.get("which", "missed")
        if which not in _WHICH:
            raise Http404
        label, states = _WHICH[which]
        rows = in_state(self.edition.pk, states)
        page = Paginator(rows, _ROWS).get_page(self.request.GET.get("p"))
        return super().get_context_data(**kwargs) | {
            "edition": self.edition,
            "which": which,
            "label": label,
            "sorts": [
                (name, words, progress.of(*those)) for name, (words, those) in _WHICH.items()
            ],
            "page": page,
            "rows": [(each, self._number(each) if which == "unknown" else "") for each in page],
            "may_act": self.request.user.has_perm("digest.change_edition"),
        }

    def _number(self, delivery: Delivery) -> str:
        """Return the Message-ID, by which a relay's log knows a message."""
        reader = delivery.subscriber
        return slots(self.edition.pk, reader.pk, reader.uuid, reader.address)["message_id"]


class StepView(_OfOne):
    """Do something about an edition's deliveries; what mails many is asked about first."""

    template_name = "digest/deliveries/missed.html"
    permission_required = "digest.change_edition"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Ask whether to send to exactly those who did not get it."""
        if self.kwargs["step"] != "missed":
            raise Http404
        return super().get_context_data(**kwargs) | _standing(self.edition)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it."""
        steps: dict[str, Callable[[Sequence[int]], str]] = {
            "stop": self._stop,
            "missed": self._missed,
            "again": self._again,
            "settle": self._settle,
        }
        if self.kwargs["step"] not in steps:
            raise Http404
        chosen = [int(each) for each in request.POST.getlist("reader") if each.isdecimal()]
        done = steps[self.kwargs["step"]](chosen[:_ROWS])
        if done:
            messages.success(request, done)
        else:
            messages.warning(request, _NOTHING)
        return HttpResponseRedirect(reverse("digest_delivery", args=[self.edition.pk]))

    def _who(self) -> str:
        return self.request.user.get_username()

    def _stop(self, chosen: Sequence[int]) -> str:
        if not resending.stop_sending(self.edition.pk, who=self._who(), now=clock.now()):
            return ""
        return "Stopped. What was on its way at this moment may still arrive."

    def _missed(self, chosen: Sequence[int]) -> str:
        count = resending.send_to_missed(self.edition.pk, clock.now())
        return f"It goes to {count:,} more readers, within seconds." if count else ""

    def _again(self, chosen: Sequence[int]) -> str:
        count = resending.send_in_doubt_again(self.edition.pk, chosen, clock.now())
        return f"It is sent again to {count:,} readers, within seconds." if count else ""

    def _settle(self, chosen: Sequence[int]) -> str:
        count = resending.settle_in_doubt(self.edition.pk, chosen, who=self._who(), now=clock.now())
        return f"{count:,} readers are noted as having got it." if count else ""
