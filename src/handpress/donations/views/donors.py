"""Donors on the desk: found by their address, with all that is known; exported and erased."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import TemplateView
from wagtail.admin.widgets.button import HeaderButton
from wagtail.log_actions import log

from handpress.donations import actions, sealing
from handpress.donations.core.references import grouped
from handpress.donations.models import Donor
from handpress.donations.queries.donors import all_about, find_donor, plans_of, promises_of
from handpress.donations.views.pages import EXPORTED, FORGOTTEN, MoneyPage, shown
from handpress.donations.views.receipts import receipts_of_donor

_PAGE = 25


class DonorsView(MoneyPage, TemplateView):
    """The newest, and a search by address; what is sought stands in no address and no log."""

    permission_required = "donations.view_donor"
    template_name = "donations/donors.html"
    page_title = "Donors"
    sought = ""

    @property
    def header_buttons(self) -> list[HeaderButton]:
        """Lead to lists of other systems, for who may bring one."""
        if not self.may("add_donor"):
            return []
        url = reverse("donations_import")
        return [HeaderButton("Bring a list", url=url, icon_name="upload", priority=10)]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead to the donor with an address."""
        self.sought = request.POST.get("email", "").strip()[:320]
        try:
            donor = find_donor(self.sought)
        except sealing.KeysUnusable as error:
            # Nobody must be told that nothing is known of them, where nobody can tell.
            messages.error(request, str(error))
            self.sought = ""
            return self.get(request)
        if donor is None:
            return self.get(request)
        return HttpResponseRedirect(reverse("donations_donor", args=[donor.uuid]))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of donors; nobody's address is read for the list."""
        rows = Donor.objects.filter(erased_at__isnull=True).order_by("-pk")
        page = Paginator(rows, _PAGE).get_page(self.request.GET.get("p"))
        found = [{"donor": each, **_read(each)} for each in page]
        return super().get_context_data(**kwargs) | {
            "page": page,
            "rows": found,
            "sought": self.sought,
        }


def _read(donor: Donor) -> dict[str, Any]:
    try:
        return {"facts": actions.facts_of(donor), "trouble": ""}
    except sealing.KeysUnusable as error:
        return {"facts": {}, "trouble": str(error)}


class DonorView(MoneyPage, TemplateView):
    """One donor: what they told, promised and gave."""

    permission_required = "donations.view_donor"
    template_name = "donations/donor.html"
    page_title = "Donor"
    trail = (("donations_donors", "Donors"),)
    kwargs: dict[str, Any]

    @cached_property
    def donor(self) -> Donor:
        """Return the donor whose page it is."""
        return get_object_or_404(Donor, uuid=self.kwargs["uuid"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add all that is known."""
        promises = promises_of(self.donor)
        return super().get_context_data(**kwargs) | {
            "donor": self.donor,
            **_read(self.donor),
            "promises": [
                {
                    "pledge": pledge,
                    "reference": grouped(pledge.reference),
                    "amount": shown(pledge.amount_minor, pledge.currency),
                    "state": state.value,
                    "gifts": [each.pk for each in pledge.movements.all() if each.of_id is None],
                }
                for pledge, state in promises
            ],
            "plans": [
                {
                    "plan": plan,
                    "amount": shown(plan.amount_minor, plan.currency),
                    "mandates": [each for each in plan.mandates.all() if each.ended_at is None],
                }
                for plan in plans_of(self.donor)
            ],
            "may_see_plans": self.may("view_plan"),
            "may_erase": self.may("delete_donor") and self.donor.erased_at is None,
            "may_change": self.may("change_donor") and self.donor.erased_at is None,
            **receipts_of_donor(self, self.donor),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Erase the donor, for who may and is sure; the gifts stay, without a name."""
        if not self.may("delete_donor"):
            raise Http404
        if not request.POST.get("sure"):
            messages.error(request, "Please say that you are sure. Nothing was erased.")
        elif actions.erase_donor(self.donor):
            log(self.donor, FORGOTTEN, user=request.user, title=f"donor {self.donor.pk}")
            messages.success(request, "The donor is erased. What came stays in the books.")
        return HttpResponseRedirect(reverse("donations_donor", args=[self.donor.uuid]))


class DonorFileView(DonorView):
    """All that is known of a donor, as a file to hand out."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer with the file."""
        try:
            data = all_about(self.donor)
        except sealing.KeysUnusable as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("donations_donor", args=[self.donor.uuid]))
        log(self.donor, EXPORTED, user=request.user, title=f"donor {self.donor.pk}")
        response = JsonResponse(data, json_dumps_params={"ensure_ascii": False, "indent": 2})
        response["Content-Disposition"] = f'attachment; filename="donor-{self.donor.pk}.json"'
        return response
