"""Companies on the desk: how they are, what lies there, what they told, what differs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import TemplateView
from wagtail.log_actions import log

from handpress.donations.actions.events import replay
from handpress.donations.actions.pulses import check_rail
from handpress.donations.actions.reconciling import WINDOW, reconcile
from handpress.donations.companies import company_kind
from handpress.donations.core.charts import WIDTH
from handpress.donations.models import (
    COMPANY_KINDS,
    CompanyEvent,
    EventState,
    Health,
    Rail,
    Reconciliation,
)
from handpress.donations.queries.companies import CompanyNow, Stretch, companies_now, stretches
from handpress.donations.views.pages import CHECKED, COMPARED, REPLAYED, MoneyPage, shown
from handpress.lib import clock
from handpress.press.answers import public_url

_DAYS = 30
_EVENTS_A_PAGE = 50


class CompaniesView(MoneyPage, TemplateView):
    """Every company's rail; seven queries."""

    permission_required = "donations.view_rail"
    template_name = "donations/companies.html"
    page_title = "Companies"
    header_icon = "globe"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the companies."""
        now = clock.now()
        times = stretches(now, _DAYS)
        return super().get_context_data(**kwargs) | {
            "companies": [
                _shown(each, times.get(each.rail.pk, []), now) for each in companies_now()
            ],
            "width": WIDTH,
            "days": _DAYS,
            "states": [(health.value, health.label) for health in Health],
        }


def _shown(each: CompanyNow, times: list[Stretch], now: datetime) -> dict[str, Any]:
    health = each.health
    state = Health(health.state) if health else Health.UNKNOWN
    run = each.last_run
    return {
        "rail": each.rail,
        "kind": company_kind(each.rail.kind).name,
        "state": state.value,
        "state_words": state.label,
        "is_bad": state in {Health.DOWN, Health.REVOKED, Health.PAYOUTS_BLOCKED},
        "since": health.since if health else None,
        "why": health.words if health else "",
        "checked_at": health.checked_at if health else None,
        "lies": [shown(minor, code) for code, minor in sorted(each.lies.items()) if minor],
        "on_its_way": [
            shown(minor, code) for code, minor in sorted(each.on_its_way.items()) if minor
        ],
        "is_too_much": each.is_too_much,
        "run": run,
        "differences": len(run.differences) if run else 0,
        "events": sorted(each.events.items()),
        "last_event": each.last_event,
        "unknown": each.unknown,
        "pieces": _pieces(times, now),
    }


def _pieces(times: list[Stretch], now: datetime) -> list[dict[str, Any]]:
    begin, whole = now - timedelta(days=_DAYS), timedelta(days=_DAYS)
    pieces = []
    for each in times:
        start = int((each.since - begin) / whole * WIDTH)
        end = int((each.until - begin) / whole * WIDTH)
        pieces.append({"state": each.state.value, "start": start, "width": max(1, end - start)})
    return pieces


class CompanyView(MoneyPage, TemplateView):
    """One company's rail: where it sends events, which came, what differs."""

    permission_required = "donations.view_rail"
    template_name = "donations/company.html"
    trail = (("donations_companies", "Companies"),)
    header_icon = "globe"
    kwargs: dict[str, Any]

    @cached_property
    def rail(self) -> Rail:
        """Return the rail."""
        rows = Rail.objects.filter(kind__in=COMPANY_KINDS).select_related("sponsor")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_page_title(self) -> str:
        """Return its name."""
        return str(self.rail)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add address, events and comparisons."""
        events = CompanyEvent.objects.filter(rail=self.rail).order_by("-came_at", "-pk")
        page = Paginator(events, _EVENTS_A_PAGE).get_page(self.request.GET.get("p"))
        runs = Reconciliation.objects.filter(rail=self.rail)[:10]
        return super().get_context_data(**kwargs) | {
            "rail": self.rail,
            "hook": public_url(f"company/{self.rail.hook}"),
            "page": page,
            "runs": [{"run": run, "rows": list(map(_difference, run.differences))} for run in runs],
            "may_change": self.may("change_rail"),
            "rejected": EventState.REJECTED,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Check, compare, or have an event understood once more."""
        if not self.may("change_rail"):
            return HttpResponse(status=403)
        now = clock.now()
        match request.POST.get("do", ""):
            case "check":
                state = check_rail(self.rail, now)
                log(self.rail, CHECKED, user=request.user, title=self.rail.name)
                messages.info(request, f"It is so: {Health(state).label}.")
            case "compare":
                self._compare(now)
            case "replay":
                number = request.POST.get("event", "")[:18]
                if not (number.isascii() and number.isdecimal()):
                    raise Http404
                event = get_object_or_404(CompanyEvent, rail=self.rail, pk=number)
                replay(event, now)
                log(self.rail, REPLAYED, user=request.user, title=self.rail.name)
                messages.info(request, "It is looked up once more, within seconds.")
        return HttpResponseRedirect(reverse("donations_company", args=[self.rail.pk]))

    def _compare(self, now: datetime) -> None:
        run = reconcile(self.rail, now - 8 * WINDOW, now, now=now)
        log(self.rail, COMPARED, user=self.request.user, title=self.rail.name)
        if run.error:
            messages.error(self.request, f"The company could not be asked: {run.error}")
        elif run.differences:
            messages.warning(self.request, f"{len(run.differences)} things differ; see below.")
        else:
            words = f"{run.theirs} movements there, and the books say the same."
            if run.booked:
                words = f"{run.booked} movements were missing and are booked now. {words}"
            messages.success(self.request, words)


_DIFFERENCES = {
    "missing": "It is there, and not in our books",
    "extra": "It is in our books, and not there",
    "amount": "The sums differ",
    "currency": "The currencies differ",
    "day": "The days differ",
    "fee": "The fees differ",
    "orphan": "It is about a gift that nobody knows",
    "overdrawn": "More was given back than came",
    "double": "The list holds it twice, with different sums",
    "dispute": "A dispute stands on one side only",
    "payout": "This payout has not come to the bank",
    "reference": "It is booked for another promise, or another gift, than it names",
}


def _difference(row: dict[str, Any]) -> dict[str, str]:
    return {
        "what": _DIFFERENCES.get(row["difference"], row["difference"]),
        "name": row["remote_id"],
        "ours": _side(row.get("ours")),
        "theirs": _side(row.get("theirs")),
    }


def _side(line: dict[str, Any] | None) -> str:
    if not line:
        return "–"
    return f"{line['kind']}, {shown(line['minor'], line['currency'])}, {line['on']}"
