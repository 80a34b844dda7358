"""Mail that came back, on the desk: receivers that refuse everybody, and each thing that came."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.generic import TemplateView, View
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from handpress.lib import clock
from handpress.mail.models import EventKind, MailEvent, Outcome, ReceiverDay
from handpress.mail.views.outbox import MayRead

_PAGE = 50
_REFUSED = (EventKind.REFUSED, EventKind.BOUNCED)
_WHICH = {
    "refused": ("Refused", Q(kind__in=_REFUSED)),
    "complained": ("Complained", Q(kind=EventKind.COMPLAINED)),
    "left": ("Asked to leave", Q(kind=EventKind.LEFT)),
    "suppressed": ("Suppressed by it", Q(outcome=Outcome.SUPPRESSED)),
    "all": ("All", Q()),
}
_REASONS = {
    "no_such_user": "no such user",
    "no_such_domain": "no such domain",
    "moved": "has moved",
    "takes_no_mail": "takes no mail",
    "mailbox_full": "mailbox full",
    "disabled": "switched off",
    "not_wanted": "not wanted there",
    "expired": "could not be delivered for days",
    "network": "not reached",
    "system": "trouble there",
    "too_large": "too large",
    "authentication": "our proof of who we are",
    "reputation": "our reputation",
    "reverse_name": "our server's name",
    "rate": "too much at once",
    "greylisted": "come again later",
    "spam": "taken for spam",
    "virus": "taken for a virus",
    "policy": "their policy",
    "sender": "our address",
    "relaying": "our relay",
    "content": "what it holds",
    "protocol": "how it was said",
    "encryption": "encryption",
    "unknown": "",
}
_STATES = {
    Outcome.SUPPRESSED: "failed",
    Outcome.COUNTED: "unknown",
    Outcome.LEFT: "accepted",
    Outcome.ANSWERED: "unknown",
}


class ReturnedView(MayRead, WagtailAdminTemplateMixin, TemplateView):
    """Alarms first, then what came back, newest first."""

    template_name = "mail/returned/index.html"
    page_title = "Returned mail"
    header_icon = "mail"
    permission_required = "mail.view_mailevent"
    request: HttpRequest

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Say where one is."""
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add alarms, the chosen events, and how many there are of each sort."""
        counts = MailEvent.objects.aggregate(
            **{name: Count("pk", filter=condition) for name, (_, condition) in _WHICH.items()}
        )
        wanted = self.request.GET.get("which", "")
        which = wanted if wanted in _WHICH else "refused"
        sought = self.request.GET.get("q", "").strip()
        page = Paginator(_listed(which, sought), _PAGE).get_page(self.request.GET.get("p"))
        return super().get_context_data(**kwargs) | {
            "alarms": list(_alarms()[:20]),
            "which": which,
            "q": sought,
            "sorts": [(name, label, counts[name]) for name, (label, _) in _WHICH.items()],
            "page": page,
            "rows": [
                (event, _REASONS.get(event.reason, ""), _STATES.get(Outcome(event.outcome), "open"))
                for event in page
            ],
            "may_act": self.request.user.has_perm("mail.change_receiverday"),
        }


def _listed(which: str, sought: str) -> QuerySet[MailEvent]:
    events = MailEvent.objects.filter(_WHICH[which][1])
    return events.filter(address_key__startswith=sought.lower()) if sought else events


def _alarms() -> QuerySet[ReceiverDay]:
    return ReceiverDay.objects.filter(alarmed_at__isnull=False, seen_at__isnull=True)


class SeenView(MayRead, View):
    """Put an alarm away: somebody has seen it."""

    permission_required = "mail.change_receiverday"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Mark it; what was taken back stays so."""
        if _alarms().filter(pk=pk).update(seen_at=clock.now()):
            messages.success(request, "The alarm is put away.")
        return HttpResponseRedirect(reverse("mail_returned"))
