"""Letters on the desk: which wait, which did not arrive, and what may be done about each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from handpress.lib import clock
from handpress.mail import actions
from handpress.mail.letters import kinds_hidden_from
from handpress.mail.models import OPEN_STATES, Letter, LetterState
from handpress.mail.views.outbox import MayRead

_PAGE = 50
_WHICH = {
    "open": ("Waiting", Q(state__in=OPEN_STATES)),
    "trouble": (
        "Trouble",
        Q(state__in=[LetterState.FAILED, LetterState.UNKNOWN, LetterState.EXPIRED]),
    ),
    "accepted": ("Handed over", Q(state=LetterState.ACCEPTED)),
    "all": ("All", Q()),
}
_STEPS: dict[str, tuple[Callable[[Letter], bool], str]] = {
    "now": (actions.try_now, "The letter is tried again within seconds."),
    "again": (actions.send_again, "The letter is sent once more within seconds."),
    "give-up": (actions.give_up, "The letter is not sent any more."),
}


class LettersView(MayRead, WagtailAdminTemplateMixin, TemplateView):
    """The list; what waits first, where anything does."""

    template_name = "mail/letters/index.html"
    page_title = "Letters"
    header_icon = "mail"
    request: HttpRequest

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Say where one is."""
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the chosen letters, and how many there are of each sort."""
        seen = _seen_by(self.request.user)
        counts = seen.aggregate(
            **{name: Count("pk", filter=condition) for name, (_, condition) in _WHICH.items()}
        )
        wanted = self.request.GET.get("which", "")
        which = wanted if wanted in _WHICH else _first_of(counts)
        page = Paginator(_listed(seen, which), _PAGE).get_page(self.request.GET.get("p"))
        now = clock.now()
        return super().get_context_data(**kwargs) | {
            "which": which,
            "sorts": [(name, label, counts[name]) for name, (label, _) in _WHICH.items()],
            "page": page,
            "rows": [(letter, _may(letter, now)) for letter in page],
            "may_act": self.request.user.has_perm("mail.change_letter"),
        }


def _first_of(counts: dict[str, int]) -> str:
    return next((name for name in ("open", "trouble") if counts[name]), "all")


def _seen_by(user: Any) -> QuerySet[Letter]:
    # Whom donors' letters go to is for those alone who may see donors.
    return Letter.objects.exclude(kind__in=kinds_hidden_from(user))


def _listed(seen: QuerySet[Letter], which: str) -> QuerySet[Letter]:
    # What a letter says is nobody's business here; it often holds a link that opens something.
    return seen.filter(_WHICH[which][1]).defer("html", "headers")


def _may(letter: Letter, now: Any) -> list[str]:
    """Return what may be done about a letter."""
    is_in_time = letter.deadline_at > now
    if letter.state == LetterState.WAITING:
        return ["now", "give-up"] if is_in_time else []
    if letter.state == LetterState.UNKNOWN and letter.text and is_in_time:
        return ["again", "give-up"]
    return []


class StepView(MayRead, WagtailAdminTemplateMixin, TemplateView):
    """Do something about one letter; what might make two of one is asked about first."""

    template_name = "mail/letters/step.html"
    page_title = "Send a letter again"
    header_icon = "mail"
    permission_required = "mail.change_letter"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the list."""
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse("mail_letters"), "label": "Letters"},
            {"url": "", "label": self.page_title},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the letter."""
        if self.kwargs["step"] != "again":
            raise Http404
        return super().get_context_data(**kwargs) | {"letter": self._letter()}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, unless the letter has gone on meanwhile."""
        if self.kwargs["step"] not in _STEPS:
            raise Http404
        act, done = _STEPS[self.kwargs["step"]]
        if act(self._letter()):
            messages.success(request, done)
        else:
            messages.warning(request, "The letter has gone on meanwhile. Nothing was changed.")
        return HttpResponseRedirect(reverse("mail_letters"))

    def _letter(self) -> Letter:
        return get_object_or_404(_seen_by(self.request.user), pk=self.kwargs["pk"])
