"""Refunds that wait for a second person, or for a company."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import TemplateView
from wagtail.log_actions import log

from handpress.donations.actions.refunds import (
    SamePerson,
    alone_up_to,
    answer_refund,
    is_given_back_by_company,
)
from handpress.donations.companies import company_kind
from handpress.donations.core.movements import RefusedMovement
from handpress.donations.models import (
    Attempt,
    AttemptState,
    Movement,
    Rail,
    RefundAsked,
    RefundState,
)
from handpress.donations.views.pages import REFUND_ANSWERED, MoneyPage, shown
from handpress.lib import clock

_LAST = 50
_ATTEMPTS = {
    AttemptState.PREPARED: "the company is asked within seconds",
    AttemptState.SENT: "the company is being asked",
    AttemptState.UNKNOWN: "the company was asked, and what became of it is looked for",
    AttemptState.ANSWERED: "the company is giving it back",
    AttemptState.DONE: "the company gave it back",
    AttemptState.DECLINED: "the company declined",
}
_DEAD = {
    "outcome-unknown": "nobody knows: look at the company’s own desk before you ask anew",
    "refused": "the company refused it",
    "revoked": "the company refuses our keys",
    "no-keys": "our keys are missing",
}


def refund_words(gift: Movement) -> str:
    """Return what is said once a refund is on its way."""
    if is_given_back_by_company(gift):
        return "The company is asked to give it back; the books follow as soon as it says so."
    if gift.rail.is_company:
        name = company_name(gift.rail)
        return f"The refund is in the books. The money itself is given back at {name}’s own page."
    return "The refund is in the books."


def company_name(rail: Rail) -> str:
    """Return what the company of a rail is called."""
    return company_kind(rail.kind).name


def refunds_of(gift: Movement) -> list[dict[str, str]]:
    """Return what is under way, or was, to give some of a gift back; two queries."""
    rows = [
        {
            "sum": shown(each.amount_minor, gift.currency),
            "words": _asked_words(each),
        }
        for each in gift.refunds_asked.exclude(state=RefundState.AGREED)
    ]
    return rows + [
        {
            "sum": shown(int(each.asked["minor"]), gift.currency),
            "words": _attempt_words(each),
        }
        for each in Attempt.objects.filter(refund_of=gift).order_by("-pk")
    ]


def _asked_words(asked: RefundAsked) -> str:
    if asked.state == RefundState.ASKED:
        return f"{asked.by_name} asked for it; a second person has to agree"
    return f"{asked.by_name} asked for it, and {asked.answered_by_name} refused"


def _attempt_words(attempt: Attempt) -> str:
    if attempt.state == AttemptState.DEAD:
        return _DEAD.get(attempt.code, f"it came to nothing ({attempt.code})")
    return _ATTEMPTS[AttemptState(attempt.state)]


class RefundsView(MoneyPage, TemplateView):
    """What waits for a second person, and the last answers."""

    permission_required = "donations.add_movement"
    template_name = "donations/refunds.html"
    page_title = "Refunds"
    header_icon = "undo"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add both lists."""
        rows = RefundAsked.objects.select_related("movement__rail__sponsor")
        waiting = list(rows.filter(state=RefundState.ASKED))
        answered = rows.exclude(state=RefundState.ASKED).filter(answered_by__isnull=False)
        user: Any = self.request.user
        return super().get_context_data(**kwargs) | {
            "waiting": [_shown(each, user.pk) for each in waiting],
            "answered": [_shown(each, user.pk) for each in answered[:_LAST]],
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Agree, or refuse."""
        number = request.POST.get("refund", "")
        asked = get_object_or_404(RefundAsked, pk=int(number) if number.isdecimal() else 0)
        agrees = request.POST.get("do") == "agree"
        try:
            done = answer_refund(asked, agrees=agrees, by=request.user, now=clock.now())
        except (SamePerson, RefusedMovement) as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(reverse("donations_refunds"))
        if done:
            log(asked.movement, REFUND_ANSWERED, user=request.user, title=f"refund {asked.pk}")
            words = refund_words(asked.movement) if agrees else "It is refused. Nothing moved."
            messages.success(request, words)
        else:
            messages.info(request, "It was answered already. Nothing was changed.")
        return HttpResponseRedirect(reverse("donations_refunds"))


def _shown(asked: RefundAsked, viewer: int) -> dict[str, Any]:
    gift = asked.movement
    return {
        "asked": asked,
        "sum": shown(asked.amount_minor, gift.currency),
        "of": shown(gift.amount_minor, gift.currency),
        "alone": shown(alone_up_to(gift.currency), gift.currency),
        "is_own": asked.by == viewer,
    }
