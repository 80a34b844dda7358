"""What is done to a gift on its page: given back, found unpaid, undone; or its donor forgotten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import FormView
from wagtail.log_actions import log

from handpress.donations import actions, sealing
from handpress.donations.actions.refunds import (
    alone_up_to,
    ask_refund,
    is_given_back_by_company,
    is_given_back_whole,
)
from handpress.donations.core.movements import Kind, RefusedMovement
from handpress.donations.days import today
from handpress.donations.forms_books import StepForm
from handpress.donations.models import Movement, RefundState
from handpress.donations.views.gifts import SAID, GiftView
from handpress.donations.views.pages import (
    BOUNCED,
    FORGOTTEN,
    REFUND_ASKED,
    REFUNDED,
    UNDONE,
    shown,
)
from handpress.donations.views.refunds import company_name, refund_words
from handpress.lib import clock
from handpress.lib.money import plain_amount


class StepView(GiftView, FormView):
    """Give back, note a cheque that came back, undo, or forget the donor: asked, then done."""

    template_name = "donations/step.html"
    form_class = StepForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse steps that there are not, and who may not take them."""
        if kwargs["step"] not in _STEPS:
            raise Http404
        self.permission_required = (
            "donations.delete_donor" if kwargs["step"] == "forget" else "donations.add_movement"
        )
        return super().dispatch(request, *args, **kwargs)

    @property
    def step(self) -> str:
        """Return which step it is."""
        return str(self.kwargs["step"])

    def get_page_title(self) -> str:
        """Name the step."""
        return _STEPS[self.step]

    def get_form_kwargs(self) -> dict[str, Any]:
        """Let sums be of the gift's currency."""
        return {
            **super().get_form_kwargs(),
            "currency": self.gift.currency,
            "came_on": self.gift.occurred_on,
            "fields": self._fields(),
        }

    def _fields(self) -> tuple[str, ...]:
        """Return what is asked; of what a company gives back, it says day and fee itself."""
        if self.step != REFUND or not is_given_back_by_company(self.gift):
            return _FIELDS.get(self.step, ())
        return () if is_given_back_whole(self.gift) else ("amount",)

    def get_initial(self) -> dict[str, Any]:
        """Begin with all that is left, today."""
        left = plain_amount(self.line.left, self.gift.currency)
        return {"amount": left, "on": today()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what is asked."""
        return super().get_context_data(**kwargs) | {
            "step": self.step,
            "of": self._target(),
            "of_what": SAID[Kind(self._target().kind)].lower(),
            "of_amount": shown(abs(self._target().amount_minor), self.gift.currency),
            "is_asked": is_given_back_by_company(self.gift),
            "is_whole": is_given_back_whole(self.gift),
            "company": company_name(self.gift.rail) if self.gift.rail.is_company else "",
            "alone": shown(alone_up_to(self.gift.currency), self.gift.currency),
        }

    def _ask_to_refund(self, form: StepForm) -> HttpResponse:
        """Give back at once, or have a second person asked, by how much it is."""
        data = form.cleaned_data
        user: Any = self.request.user
        try:
            asked, is_new = ask_refund(
                self.gift,
                amount=data.get("amount", self.line.left),
                fee=data.get("fee", 0),
                key=str(data["key"]),
                on=data.get("on", today()),
                by=user,
                now=clock.now(),
            )
        except RefusedMovement as refusal:
            form.add_error("amount" if "amount" in form.fields else None, str(refusal))
            return self.form_invalid(form)
        if not is_new:
            messages.info(self.request, "That was done already. Nothing was changed.")
        elif asked.state == RefundState.ASKED:
            log(self.gift, REFUND_ASKED, user=user, title=f"gift {self.gift.pk}")
            messages.success(
                self.request, "A second person has to agree; it waits under Refunds until then."
            )
        else:
            log(self.gift, REFUNDED, user=user, title=f"gift {self.gift.pk}")
            messages.success(self.request, refund_words(self.gift))
        return HttpResponseRedirect(reverse("donations_gift", args=[self.gift.pk]))

    def _target(self) -> Movement:
        """Return what is undone: the gift, or what was done to it, by its number."""
        number = self.request.GET.get("what", "")
        is_numbered = number.isdecimal() and len(number) <= 18
        is_told = not is_numbered or is_given_back_by_company(self.gift)
        if self.step == "undo" and self.gift.kind == Kind.CAPTURE and is_told:
            # What a company told, it alone can take back.
            raise Http404
        if self.step != "undo" or not is_numbered:
            return self.gift
        return get_object_or_404(Movement, of=self.gift, pk=int(number))

    def form_valid(self, form: StepForm) -> HttpResponse:
        """Do it."""
        if self.step == REFUND:
            return self._ask_to_refund(form)
        act, action, words = _ACTS[self.step]
        try:
            is_new = act(self._target(), form.cleaned_data)
        except (RefusedMovement, sealing.KeysUnusable) as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        if is_new:
            log(self.gift, action, user=self.request.user, title=f"gift {self.gift.pk}")
            messages.success(self.request, words)
        else:
            messages.info(self.request, "That was done already. Nothing was changed.")
        return HttpResponseRedirect(reverse("donations_gift", args=[self.gift.pk]))


def _bounce(gift: Movement, data: dict[str, Any]) -> bool:
    return actions.bounce_cheque(gift, fee=data["fee"], key=str(data["key"]), on=data["on"])[1]


def _undo(movement: Movement, data: dict[str, Any]) -> bool:
    return actions.undo(movement, on=today())[1]


def _forget(gift: Movement, data: dict[str, Any]) -> bool:
    donor = gift.pledge.donor if gift.pledge else None
    return donor is not None and actions.erase_donor(donor)


REFUND = "refund"
_FIELDS = {REFUND: ("amount", "on", "fee"), "bounce": ("on", "fee")}
_STEPS = {
    REFUND: "Give back",
    "bounce": "The cheque came back",
    "undo": "Undo",
    "forget": "Erase the donor",
}
_ACTS: dict[str, tuple[Callable[[Movement, dict[str, Any]], bool], str, str]] = {
    "bounce": (_bounce, BOUNCED, "The cheque is taken off again."),
    "undo": (_undo, UNDONE, "The reverse is in the books; both entries stay."),
    "forget": (_forget, FORGOTTEN, "The donor is erased. The gift stays."),
}
