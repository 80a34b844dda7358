"""Receipts of a whole year on the desk, and how a sponsor's receipts are written."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView, TemplateView
from wagtail.log_actions import log

from handpress.accounts.delivery import can_mail
from handpress.donations import sealing
from handpress.donations.actions.receipt_runs import Ran, run_annual
from handpress.donations.core.charts import WIDTH
from handpress.donations.core.receipts import RefusedReceipt
from handpress.donations.forms_receipts import ReceiptsOfSponsorForm
from handpress.donations.models import Receipt, Sponsor
from handpress.donations.queries.receipt_years import (
    AnnualPlan,
    annual_plan,
    years_of_gifts,
)
from handpress.donations.queries.receipts import number_of
from handpress.donations.views.pages import (
    RECEIPT_WRITTEN,
    SPONSOR_SAVED,
    MoneyPage,
    shown,
)
from handpress.lib import clock

_TRAIL = (("donations_receipts", "Receipts"),)
_SECONDS = 6
"""For how long one request writes; the page goes on by itself, or by a button."""


class YearView(MoneyPage, TemplateView):
    """What a year's receipts would be; then they are written, some at a time, as often as asked."""

    permission_required = "donations.add_receipt"
    template_name = "donations/receipt_year.html"
    page_title = "Receipts of a year"
    header_icon = "date"
    trail = _TRAIL
    asked: Any
    trouble = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Take sponsor and year from the address, or from the form."""
        self.asked = request.POST if request.method == "POST" else request.GET
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def sponsor(self) -> Sponsor | None:
        """Return the sponsor that is asked about, else the first."""
        number = self.asked.get("sponsor", "")
        rows = Sponsor.objects.order_by("pk")
        if number.isdecimal() and len(number) < 18:
            return get_object_or_404(rows, pk=int(number))
        return rows.first()

    @cached_property
    def years(self) -> list[int]:
        """Return the years that can be asked about."""
        return years_of_gifts(self.sponsor) if self.sponsor else []

    @cached_property
    def year(self) -> int | None:
        """Return the year that is asked about, else the last one that has gifts and is over."""
        typed = self.asked.get("year", "")
        if typed.isdecimal() and int(typed) in self.years:
            return int(typed)
        return next((year for year in self.years[1:]), self.years[0] if self.years else None)

    @cached_property
    def plan(self) -> AnnualPlan | None:
        """Return what would be written; None where nothing can be said, and `trouble` says why."""
        if self.sponsor is None or self.year is None:
            return None
        try:
            return annual_plan(self.sponsor, self.year, clock.now())
        except (RefusedReceipt, sealing.KeysUnusable) as error:
            self.trouble = str(error)
            return None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the numbers."""
        plan = self.plan
        whole = plan.issued + plan.receipts if plan else 0
        return super().get_context_data(**kwargs) | {
            "sponsors": Sponsor.objects.order_by("pk"),
            "sponsor": self.sponsor,
            "years": self.years,
            "year": self.year,
            "plan": plan,
            "trouble": self.trouble,
            "sums": [shown(minor, code) for code, minor in sorted(plan.sums.items())]
            if plan
            else [],
            "all": whole,
            "width": WIDTH,
            "bar": plan.issued * WIDTH // whole if plan and whole else 0,
            "waiting": self._waiting(),
            "can_mail": can_mail(),
            "letters": bool(self.asked.get("letters")),
            "goes_on": bool(self.asked.get("going")) and plan is not None and plan.may_run,
            "may_change_sponsor": self.may("change_sponsor"),
        }

    def _waiting(self) -> int:
        if self.sponsor is None or self.year is None:
            return 0
        rows = Receipt.objects.filter(sponsor=self.sponsor, fiscal_year=self.year, pdf_sha256="")
        return rows.exclude(wrapped="").count()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Write some, and say how many are left."""
        plan = self.plan
        if plan is None or not plan.may_run:
            messages.error(request, self.trouble or "There is nothing to write. Nothing was done.")
            return HttpResponseRedirect(self._url())
        letters = bool(request.POST.get("letters")) and can_mail()
        done = self._run(plan, letters=letters)
        written = sum(len(each.receipts) for each in done)
        for refused in [each for each in done if each.words][:5]:
            messages.warning(request, f"Donor {refused.donor.pk}: {refused.words}")
        is_going = written > 0 and len(done) < len(plan.donors)
        if not is_going:
            messages.success(request, f"{plan.issued + written} receipts of this year are written.")
        return HttpResponseRedirect(self._url(letters=letters, going=is_going))

    def _run(self, plan: AnnualPlan, *, letters: bool) -> list[Ran]:
        done: list[Ran] = []
        until = time.monotonic() + _SECONDS
        for ran in run_annual(plan, now=clock.now(), letters=letters):
            done.append(ran)
            for receipt in ran.receipts:
                title = f"receipt {number_of(receipt)}"
                log(receipt, RECEIPT_WRITTEN, user=self.request.user, title=title)
            if time.monotonic() > until:
                break
        return done

    def _url(self, *, letters: bool = False, going: bool = False) -> str:
        asked = {"sponsor": self.sponsor.pk if self.sponsor else "", "year": self.year or ""}
        marks = {"letters": letters, "going": going}
        query = urlencode(asked | {name: "1" for name, is_so in marks.items() if is_so})
        return f"{reverse('donations_receipt_year')}?{query}"


class ReceiptsOfSponsorView(MoneyPage, FormView):
    """How a sponsor's receipts are written from now on."""

    permission_required = "donations.change_sponsor"
    template_name = "donations/receipt_sponsor.html"
    header_icon = "doc-full"
    form_class = ReceiptsOfSponsorForm
    trail = _TRAIL
    kwargs: dict[str, Any]

    @cached_property
    def sponsor(self) -> Sponsor:
        """Return the sponsor."""
        return get_object_or_404(Sponsor, pk=self.kwargs["pk"])

    def get_page_title(self) -> str:
        """Name it."""
        return f"Receipts of {self.sponsor}"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Let the form be about the sponsor."""
        return {**super().get_form_kwargs(), "instance": self.sponsor}

    def form_valid(self, form: ReceiptsOfSponsorForm) -> HttpResponse:
        """Save it; what is written already stays as it is."""
        sponsor = form.save()
        log(sponsor, SPONSOR_SAVED, user=self.request.user, title=str(sponsor))
        messages.success(self.request, f"Receipts of “{sponsor}” are written so from now on.")
        return HttpResponseRedirect(reverse("donations_receipts"))
