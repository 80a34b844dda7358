"""Will mail arrive? What DNS and the relays say, with the records to publish."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from handpress.lib.findings import Finding
from handpress.mail.doctor.looking import examine_arrival, last_look, look_and_remember
from handpress.mail.views.outbox import MayRead

_MOST_BYTES = 5_000_000
_ORDER = {"fail": 0, "warn": 1, "ok": 2}


class DeliverabilityView(MayRead, WagtailAdminTemplateMixin, TemplateView):
    """What was seen the last time; looking again and looking at a message are POSTs."""

    template_name = "mail/deliverability/index.html"
    page_title = "Deliverability"
    header_icon = "circle-check"
    permission_required = "mail.view_receiverday"
    request: HttpRequest
    arrival: list[Finding] | None = None

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Say where one is."""
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what was seen, troubles first."""
        look = last_look()
        findings = sorted(look.findings, key=lambda each: _ORDER[each.state]) if look else []
        return super().get_context_data(**kwargs) | {
            "look": look,
            "findings": findings,
            "fails": sum(each.state == "fail" for each in findings),
            "warns": sum(each.state == "warn" for each in findings),
            "arrival": self.arrival,
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Look now, or look at a message that arrived."""
        arrived = request.FILES.get("arrived")
        if "look" in request.POST:
            look_and_remember()
            return HttpResponseRedirect(reverse("mail_deliverability"))
        if arrived is None or not arrived.size or arrived.size > _MOST_BYTES:
            messages.error(
                request, "Choose the file with the message, at most 5 MB. Nothing was changed."
            )
            return HttpResponseRedirect(reverse("mail_deliverability"))
        sent = request.FILES.get("sent")
        is_small = sent is not None and sent.size and sent.size <= _MOST_BYTES
        self.arrival = examine_arrival(arrived.read(), sent.read() if sent and is_small else b"")
        return self.render_to_response(self.get_context_data())
