"""Letters by post on the desk: whom no mail reaches, and what was posted, on which day, by whom."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.generic import TemplateView
from wagtail.log_actions import log

from handpress.donations import sealing
from handpress.donations.actions.by_post import note_posted, take_back_posted
from handpress.donations.actions.donors import facts_of
from handpress.donations.core.references import grouped
from handpress.donations.days import today
from handpress.donations.queries.by_post import (
    ByPost,
    by_post,
    key_of,
    payers_of,
    posted_letters,
    waiting_for_post,
)
from handpress.donations.queries.lines import words_of
from handpress.donations.views.pages import NOT_POSTED, POSTED, MoneyPage, shown
from handpress.lib import clock

_A_PAGE = 50
_LONGEST_AGO = timedelta(days=366)
_WHAT = "a letter to a donor"


class PostedForm(forms.Form):
    """On which day letters were posted."""

    on = forms.DateField(
        label="Posted on", error_messages={"invalid": "Write a day, as in 2026-11-21."}
    )

    def clean_on(self) -> date:
        """Refuse days to come, and such as are long past."""
        on: date = self.cleaned_data["on"]
        if on > today():
            raise forms.ValidationError("That day is still to come.")
        if on < today() - _LONGEST_AGO:
            raise forms.ValidationError("That is more than a year ago.")
        return on


class OrdersView(MoneyPage, TemplateView):
    """Donors to be written to by post, with name and reference; for who may see donors.

    Who may change monthly gifts ticks letters off, and takes that back.
    """

    permission_required = "donations.view_donor"
    template_name = "donations/orders.html"
    page_title = "Letters by post"
    trail = (("donations_plans", "Monthly gifts"),)
    header_icon = "date"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of them; names are read for that page alone."""
        waiting, letters = list(waiting_for_post()), posted_letters(clock.now())
        is_posted = self.request.GET.get("show") == "posted"
        pages: Any = Paginator(letters if is_posted else waiting, _A_PAGE)
        page = pages.get_page(self.request.GET.get("p"))
        posted = {key_of(each): each for each in page} if is_posted else {}
        ticked = set(kwargs.get("ticked", ()))
        rows = [
            {**row, "letter": posted.get(row["key"]), "is_ticked": row["key"] in ticked}
            for row in self._rows(posted or page.object_list)
        ]
        return {
            **super().get_context_data(**kwargs),
            "page": page,
            "rows": rows,
            "is_posted": is_posted,
            "waiting": len(waiting),
            "posted": letters.count(),
            "may_tick": self.may("change_plan"),
            "today": today().isoformat(),
        }

    def _rows(self, keys: Iterable[str]) -> list[dict[str, Any]]:
        found = by_post(keys).values()
        nobodys = [each.orders[0] for each in found if each.donor is None]
        lines = payers_of(nobodys) if nobodys and self.may("view_bankline") else {}
        return [_row(each, lines.get(each.orders[0].pk) if each.orders else None) for each in found]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Note that letters were posted, those that are ticked or all that were shown; or undo."""
        if not self.may("change_plan"):
            return HttpResponse(status=403)
        if "back" in request.POST:
            return self._take_back(request.POST["back"])
        is_all = request.POST.get("do") == "shown"
        keys = request.POST.getlist("shown" if is_all else "letter")[:_A_PAGE]
        form = PostedForm(request.POST)
        if not form.is_valid():
            faults = str(form.errors["on"][0])
            context = self.get_context_data(ticked=keys, fault=faults, on=request.POST.get("on"))
            return self.render_to_response(context, status=400)
        on = form.cleaned_data["on"]
        noted = note_posted(keys, on=on, by=request.user, now=clock.now())
        for letter in noted:
            log(letter, POSTED, user=request.user, title=_WHAT)
        if noted:
            count = "1 letter is" if len(noted) == 1 else f"{len(noted)} letters are"
            messages.success(request, f"{count} noted as posted on {on:%-d %B %Y}.")
        else:
            messages.info(request, "Nothing was changed. Tick the letters that were posted.")
        return HttpResponseRedirect(reverse("donations_lost_orders"))

    def _take_back(self, number: str) -> HttpResponse:
        letter = take_back_posted(int(number)) if _is_number(number) else None
        if letter:
            log(letter, NOT_POSTED, user=self.request.user, title=_WHAT)
            messages.success(self.request, "The letter counts as not posted again.")
        else:
            messages.info(self.request, "It was so already. Nothing was changed.")
        return HttpResponseRedirect(f"{reverse('donations_lost_orders')}?show=posted")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _row(each: ByPost, line: Any) -> dict[str, Any]:
    try:
        told = facts_of(each.donor) if each.donor else {}
        payer = words_of(line).get("payer", "") if line and not each.donor else ""
    except sealing.KeysUnusable as error:
        told, payer = {"name": str(error)}, ""
    return {
        "key": each.key,
        "donor": each.donor,
        "name": told.get("name", "") or payer,
        "address": told.get("address", ""),
        "plan": each.plan,
        "sum": shown(each.plan.amount_minor, each.plan.currency) if each.plan else "",
        "orders": [
            {"reference": grouped(one.reference), "sum": shown(one.amount_minor, one.currency)}
            for one in each.orders
        ],
    }
