"""Monthly gifts on the desk: what they come to, what was won and lost, who has to agree anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import TemplateView
from wagtail.log_actions import log

from handpress.donations.actions.asking_anew import ask_imported, not_asked
from handpress.donations.actions.plans import cancel_plan, pause_plan, resume_plan
from handpress.donations.core.charts import WIDTH, months_until
from handpress.donations.core.movements import Kind
from handpress.donations.core.pledges import pledge_state
from handpress.donations.core.references import grouped
from handpress.donations.days import today
from handpress.donations.models import Plan, PlanState
from handpress.donations.queries.by_post import posted_letters, waiting_for_post
from handpress.donations.queries.orders import ORDER_STEPS, OrderFunnel, order_funnel
from handpress.donations.queries.plans import (
    FUNNEL_STEPS,
    Funnel,
    at_risk,
    funnel,
    giving_now,
    turns,
)
from handpress.donations.views.pages import (
    PLAN_ENDED,
    PLAN_PAUSED,
    PLAN_RESUMED,
    PLANS_ASKED,
    MoneyPage,
    shown,
)
from handpress.lib import clock

_MONTHS = 12
_A_PAGE = 50


class PlansView(MoneyPage, TemplateView):
    """All monthly gifts; a fixed number of queries, and one for each sponsor that is lost."""

    permission_required = "donations.view_plan"
    template_name = "donations/plans.html"
    page_title = "Monthly gifts"
    header_icon = "date"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add sums, chart, funnel and the list."""
        giving = giving_now()
        currency = giving[0][0] if giving else ""
        state = self.request.GET.get("state", "")
        state = state if state in PlanState.values else ""
        rows = Plan.objects.select_related("rail__sponsor").order_by("-pk")
        rows = rows.filter(state=state) if state else rows
        steps, orders = funnel(clock.now()), order_funnel(clock.now())
        return super().get_context_data(**kwargs) | {
            "giving": [(shown(minor, code), count) for code, count, minor in giving],
            "risks": [(rail, shown(minor, code), count) for rail, code, count, minor in at_risk()],
            "currency": currency,
            "turns": _bars(currency),
            "width": WIDTH,
            "funnel": _funnel(steps) if steps.asked else [],
            "orders": _orders(orders) if orders.lost else [],
            "by_post": len(waiting_for_post()) if self.may("view_donor") else 0,
            "were_posted": self.may("view_donor") and posted_letters(clock.now()).exists(),
            "not_asked": not_asked().count() if self.may("change_plan") else 0,
            "state": state,
            "states": PlanState.choices,
            "page": Paginator(rows, _A_PAGE).get_page(self.request.GET.get("p")),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Have the donors written to whose plans came from another system."""
        if not self.may("change_plan"):
            return HttpResponse(status=403)
        count = ask_imported(clock.now())
        if count:
            log(Plan.objects.latest("pk"), PLANS_ASKED, user=request.user, title="monthly gifts")
            messages.success(request, f"{count} donors are written to, within minutes.")
        else:
            messages.info(request, "Nobody waits to be written to. Nothing was changed.")
        return HttpResponseRedirect(reverse("donations_plans"))


def _bars(currency: str) -> list[dict[str, Any]]:
    rows = turns(months_until(today(), _MONTHS), currency) if currency else []
    most = max([1, *(max(row.won, row.lost) for row in rows)])
    return [
        {
            "turn": row,
            "won": shown(row.won, currency) if row.won else "–",
            "lost": shown(row.lost, currency) if row.lost else "–",
            "won_width": row.won * WIDTH // 2 // most,
            "lost_width": row.lost * WIDTH // 2 // most,
            "lost_start": WIDTH // 2 - row.lost * WIDTH // 2 // most,
        }
        for row in rows
    ]


def _funnel(steps: Funnel) -> list[dict[str, Any]]:
    return _drawn([(what, getattr(steps, name)) for name, what in FUNNEL_STEPS], steps.asked)


def _orders(steps: OrderFunnel) -> list[dict[str, Any]]:
    return _drawn([(what, getattr(steps, name)) for name, what in ORDER_STEPS], steps.lost)


def _drawn(rows: Sequence[tuple[str, int]], most: int) -> list[dict[str, Any]]:
    return [{"what": what, "count": count, "width": count * WIDTH // most} for what, count in rows]


class PlanView(MoneyPage, TemplateView):
    """One monthly gift: its months, and what the company said."""

    permission_required = "donations.view_plan"
    template_name = "donations/plan.html"
    trail = (("donations_plans", "Monthly gifts"),)
    header_icon = "date"
    kwargs: dict[str, Any]

    @cached_property
    def plan(self) -> Plan:
        """Return the plan."""
        rows = Plan.objects.select_related("rail__sponsor", "donor", "campaign")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_page_title(self) -> str:
        """Return what is given."""
        return f"{shown(self.plan.amount_minor, self.plan.currency)} every month"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add its months."""
        pledges = self.plan.pledges.order_by("-period").prefetch_related("movements", "attempts")
        return super().get_context_data(**kwargs) | {
            "plan": self.plan,
            "mandates": self.plan.mandates.order_by("-pk"),
            "letters": self.plan.letters.order_by("-pk"),
            "months": [_month(pledge) for pledge in pledges[:60]],
            "steps": self._steps() if self.may("change_plan") else [],
            "may_see_donor": self.may("view_donor"),
        }

    def _steps(self) -> list[tuple[str, str]]:
        match self.plan.state:
            case PlanState.CANCELLED:
                return []
            case PlanState.PAUSED:
                return [("resume", "Go on"), ("end", "End it")]
            case PlanState.ACTIVE | PlanState.PAST_DUE:
                return [("pause", "Pause"), ("end", "End it")]
            case _:
                return [("end", "End it")]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Pause it, go on, or end it, as a donor may ask by telephone."""
        if not self.may("change_plan"):
            return HttpResponse(status=403)
        now = clock.now()
        done, action = False, PLAN_ENDED
        match request.POST.get("do", ""):
            case "pause":
                done, action = pause_plan(self.plan), PLAN_PAUSED
            case "resume":
                done, action = resume_plan(self.plan, now), PLAN_RESUMED
            case "end":
                done = cancel_plan(self.plan, now)
        if done:
            log(self.plan, action, user=request.user, title=str(self.plan))
            messages.success(request, "It is done; nothing else was changed.")
        else:
            messages.info(request, "It was so already. Nothing was changed.")
        return HttpResponseRedirect(reverse("donations_plan", args=[self.plan.pk]))


def _month(pledge: Any) -> dict[str, Any]:
    moved = [(Kind(each.kind), each.amount_minor) for each in pledge.movements.all()]
    gift = next((each for each in pledge.movements.all() if each.of_id is None), None)
    return {
        "period": pledge.period,
        "reference": grouped(pledge.reference),
        "sum": shown(pledge.amount_minor, pledge.currency),
        "state": pledge_state(pledge.amount_minor, moved).value,
        "gift": gift,
        "attempts": [
            {
                "what": each.get_purpose_display(),
                "state": each.get_state_display(),
                "code": each.code,
                "at": each.sent_at or each.created_at,
                "again_on": each.again_on,
            }
            for each in pledge.attempts.all()
        ],
    }
