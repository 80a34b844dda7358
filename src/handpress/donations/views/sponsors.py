"""Sponsors and ways to give on the desk."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView, TemplateView
from wagtail.admin.widgets.button import HeaderButton
from wagtail.log_actions import log

from handpress.accounts.confirming import Confirmed
from handpress.conf.iban import group_iban
from handpress.donations.actions import resume_sponsor, suspend_sponsor
from handpress.donations.actions.following import TAKEN_BACK_WITHIN
from handpress.donations.actions.stranding import may_be_taken_back, stranded_plans
from handpress.donations.companies.practice import DEMO_FACT
from handpress.donations.forms_books import HandOverForm, SponsorForm
from handpress.donations.forms_rails import RailForm, rail_form
from handpress.donations.models import Rail, RailKind, Sponsor, SponsorState
from handpress.donations.rails import RAIL_KINDS
from handpress.donations.views.pages import (
    RAIL_SAVED,
    RESUMED,
    SPONSOR_SAVED,
    SUSPENDED,
    MoneyPage,
)
from handpress.lib import clock
from handpress.press.state import recall

_TRAIL = (("donations_ways", "Sponsors and ways to give"),)


def kinds_here() -> list[str]:
    """Return the kinds of rails that this newsroom can have, in order."""
    is_demo = recall(DEMO_FACT, False)
    return [kind for kind in RAIL_KINDS if kind != RailKind.PRACTICE or is_demo]


class WaysView(MoneyPage, TemplateView):
    """Every sponsor with its ways, those who receive gifts first; two queries."""

    permission_required = "donations.view_sponsor"
    page_title = "Sponsors and ways to give"
    template_name = "donations/ways.html"
    header_icon = "key"

    @property
    def header_buttons(self) -> list[HeaderButton]:
        """Offer to add a sponsor."""
        if not self.may("add_sponsor"):
            return []
        url = reverse("donations_sponsor_add")
        return [HeaderButton("Add a sponsor", url=url, icon_name="plus", priority=10)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the sponsors."""
        sponsors = list(Sponsor.objects.select_related("successor").prefetch_related("rails"))
        sponsors.sort(key=lambda each: _RANK[SponsorState(each.state)])
        offered = any(_is_offered(each, rail) for each in sponsors for rail in each.rails.all())
        return super().get_context_data(**kwargs) | {
            "sponsors": [_shown(each) for each in sponsors],
            "is_dead_end": bool(sponsors) and not offered,
            "may_change": self.may("change_sponsor"),
            "kinds": [(kind, RailKind(kind).label) for kind in kinds_here()],
        }


_RANK = {
    SponsorState.LIVE: 0,
    SponsorState.DRAFT: 1,
    SponsorState.SUSPENDED: 2,
    SponsorState.WOUND_DOWN: 3,
}


def _is_offered(sponsor: Sponsor, rail: Rail) -> bool:
    return sponsor.state == SponsorState.LIVE and rail.state == "enabled"


def _shown(sponsor: Sponsor) -> dict[str, Any]:
    return {
        "sponsor": sponsor,
        "is_suspended": sponsor.state == SponsorState.SUSPENDED,
        "rails": [
            {
                "rail": rail,
                "icon": RAIL_KINDS[rail.kind].icon,
                "account": _account(rail),
                "is_offered": _is_offered(sponsor, rail),
            }
            for rail in sponsor.rails.all()
        ],
    }


def _account(rail: Rail) -> str:
    if rail.kind in {RailKind.BANK, RailKind.DEBIT} and rail.account_ref[:2].isalpha():
        return group_iban(rail.account_ref)
    if rail.kind == RailKind.CHEQUE:
        return ", ".join(rail.details.get("address", []))
    return rail.account_ref


class SponsorView(Confirmed, MoneyPage, FormView):
    """Add a sponsor, or change one."""

    permission_required = "donations.change_sponsor"
    template_name = "donations/form.html"
    form_class = SponsorForm
    trail = _TRAIL
    header_icon = "key"
    kwargs: dict[str, Any]

    @cached_property
    def sponsor(self) -> Sponsor:
        """Return the sponsor, a new one where none is named."""
        pk = self.kwargs.get("pk")
        return get_object_or_404(Sponsor, pk=pk) if pk else Sponsor(state=SponsorState.LIVE)

    def get_page_title(self) -> str:
        """Return its name."""
        return str(self.sponsor) if self.sponsor.pk else "Add a sponsor"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Let the form be about the sponsor."""
        return {**super().get_form_kwargs(), "instance": self.sponsor}

    def form_valid(self, form: SponsorForm) -> HttpResponse:
        """Save it; the donation page follows by itself."""
        sponsor = form.save()
        log(sponsor, SPONSOR_SAVED, user=self.request.user, title=str(sponsor))
        messages.success(self.request, f"“{sponsor}” is saved.")
        return HttpResponseRedirect(reverse("donations_ways"))


class RailView(Confirmed, MoneyPage, FormView):
    """Add a way to give, or change one."""

    permission_required = "donations.change_rail"
    template_name = "donations/form.html"
    trail = _TRAIL
    header_icon = "key"
    kwargs: dict[str, Any]

    @cached_property
    def rail(self) -> Rail:
        """Return the rail, a new one of a kind where a sponsor is named."""
        if "pk" in self.kwargs:
            rows = Rail.objects.select_related("sponsor")
            return get_object_or_404(rows, pk=self.kwargs["pk"])
        kind = self.kwargs["kind"]
        if kind not in kinds_here():
            raise Http404
        sponsor = get_object_or_404(Sponsor, pk=self.kwargs["sponsor"])
        return Rail(sponsor=sponsor, kind=kind, name=RailKind(kind).label)

    def get_page_title(self) -> str:
        """Return its name, or what it becomes."""
        return str(self.rail) if self.rail.pk else f"{self.rail.name}: a new way to give"

    def get_page_subtitle(self) -> str:
        """Say whose it is."""
        return str(self.rail.sponsor)

    def get_form_class(self) -> type[RailForm]:
        """Return the form of the rail's kind."""
        return rail_form(self.rail)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Let the form be about the rail."""
        return {**super().get_form_kwargs(), "instance": self.rail}

    def form_valid(self, form: RailForm) -> HttpResponse:
        """Save it; the donation page follows by itself."""
        rail = form.save()
        # An account's number is nobody's business in a log.
        log(rail, RAIL_SAVED, user=self.request.user, title=rail.name)
        messages.success(self.request, f"“{rail}” is saved.")
        return HttpResponseRedirect(reverse("donations_ways"))


class _OfSponsor(MoneyPage):
    permission_required = "donations.change_sponsor"
    trail = _TRAIL
    header_icon = "key"
    kwargs: dict[str, Any]

    @cached_property
    def sponsor(self) -> Sponsor:
        """Return the sponsor that it is about."""
        return get_object_or_404(Sponsor, pk=self.kwargs["pk"])


class HandOverView(Confirmed, _OfSponsor, FormView):
    """Suspend a sponsor and name who takes over, in one form and one transaction."""

    template_name = "donations/hand_over.html"
    form_class = HandOverForm

    def get_page_title(self) -> str:
        """Name the step."""
        return f"Suspend {self.sponsor}"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Say who is suspended."""
        return {**super().get_form_kwargs(), "sponsor": self.sponsor}

    def get_initial(self) -> dict[str, Any]:
        """Begin with a new sponsor: the old one's successor is seldom there already."""
        return {"successor": "new", "kind": "self"}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the fields in their groups."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        form: HandOverForm = context["form"]
        groups = [(name, [form[each] for each in fields]) for name, fields in form.groups]
        return context | {"sponsor": self.sponsor, "groups": groups}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, once: whoever presses twice has done it."""
        if self.sponsor.state == SponsorState.SUSPENDED:
            messages.info(request, f"“{self.sponsor}” was suspended before. Nothing was changed.")
            return HttpResponseRedirect(reverse("donations_ways"))
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: HandOverForm) -> HttpResponse:
        """Do it, at once."""
        successor = form.as_successor()
        done = suspend_sponsor(self.sponsor, now=clock.now(), successor=successor, rails=form.rails)
        if done:
            log(self.sponsor, SUSPENDED, user=self.request.user, title=str(self.sponsor))
        if successor:
            log(successor, SPONSOR_SAVED, user=self.request.user, title=str(successor))
            words = f"“{self.sponsor}” is suspended; “{successor}” receives gifts from now on."
        else:
            words = f"“{self.sponsor}” is suspended with all its ways to give."
        messages.success(self.request, f"{words} The donation page follows within seconds.")
        return HttpResponseRedirect(reverse("donations_ways"))


class ResumeView(Confirmed, _OfSponsor, TemplateView):
    """Offer a sponsor's ways again."""

    template_name = "donations/resume.html"

    def get_page_title(self) -> str:
        """Name the step."""
        return f"Offer {self.sponsor} again"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the sponsor, and what becomes of monthly gifts."""
        context = super().get_context_data(**kwargs) | {"sponsor": self.sponsor}
        if self.sponsor.suspended_at and may_be_taken_back(self.sponsor, clock.now()):
            context["until"] = self.sponsor.suspended_at + TAKEN_BACK_WITHIN
            context["gifts"] = stranded_plans(self.sponsor).count()
        return context

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it."""
        is_taken_back = may_be_taken_back(self.sponsor, clock.now())
        if resume_sponsor(self.sponsor):
            log(self.sponsor, RESUMED, user=request.user, title=str(self.sponsor))
            words = f"“{self.sponsor}” receives gifts again."
            if is_taken_back:
                words += " Monthly gifts go on as before."
            messages.success(request, words)
        return HttpResponseRedirect(reverse("donations_ways"))
