"""What the desk's pages about money have in common."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import HeaderButton

from handpress.lib.money import format_money

RECORDED, REFUNDED = "handpress.gift.recorded", "handpress.gift.refunded"
BOUNCED, UNDONE, FORGOTTEN = (
    "handpress.gift.bounced",
    "handpress.gift.undone",
    "handpress.donor.erased",
)
SPONSOR_SAVED, RAIL_SAVED = "handpress.sponsor.saved", "handpress.rail.saved"
SUSPENDED, RESUMED = "handpress.sponsor.suspended", "handpress.sponsor.resumed"
BROUGHT, EXPORTED = "handpress.statement.brought", "handpress.donor.exported"
RECEIPT_WRITTEN, RECEIPT_VOIDED = "handpress.receipt.written", "handpress.receipt.voided"
DONOR_CHANGED = "handpress.donor.changed"
CHECKED, COMPARED, REPLAYED = (
    "handpress.company.checked",
    "handpress.company.compared",
    "handpress.company.replayed",
)
PLAN_PAUSED, PLAN_RESUMED, PLAN_ENDED = (
    "handpress.plan.paused",
    "handpress.plan.resumed",
    "handpress.plan.ended",
)
PLANS_ASKED = "handpress.plans.asked"
POSTED, NOT_POSTED = "handpress.letter.posted", "handpress.letter.not_posted"
REFUND_ASKED, REFUND_ANSWERED = "handpress.refund.asked", "handpress.refund.answered"
LISTED = "handpress.list.imported"
MANDATED, DEBITED = "handpress.mandate.entered", "handpress.debits.written"
LOGGED = {
    LISTED: ("Take over list", "List of another system taken over"),
    MANDATED: ("Enter mandate", "Mandate for direct debits entered"),
    DEBITED: ("Make debit file", "File of direct debits made"),
    CHECKED: ("Check company", "Company asked how the account is"),
    COMPARED: ("Compare with company", "Books held against a company’s list"),
    REPLAYED: ("Replay event", "A company’s event looked up once more"),
    PLAN_PAUSED: ("Pause monthly gift", "Monthly gift paused"),
    PLAN_RESUMED: ("Resume monthly gift", "Monthly gift goes on"),
    PLAN_ENDED: ("End monthly gift", "Monthly gift ended"),
    PLANS_ASKED: ("Ask donors", "Donors of another system’s monthly gifts written to"),
    POSTED: ("Note letter by post", "Letter to a donor noted as posted"),
    NOT_POSTED: ("Take back letter by post", "Letter to a donor noted as not posted after all"),
    REFUND_ASKED: ("Ask to refund", "Somebody asked to give a gift back"),
    REFUND_ANSWERED: ("Answer refund", "A second person answered a refund"),
    BROUGHT: ("Take over statement", "Bank statement taken over"),
    RECORDED: ("Record gift", "Gift recorded"),
    REFUNDED: ("Refund gift", "Refund recorded"),
    BOUNCED: ("Cheque came back", "Cheque that came back recorded"),
    UNDONE: ("Undo entry", "Entry undone by its reverse"),
    EXPORTED: ("Export donor", "All that is known of a donor saved to a file"),
    FORGOTTEN: ("Erase donor", "Donor erased"),
    SPONSOR_SAVED: ("Save sponsor", "Sponsor saved"),
    RAIL_SAVED: ("Save way to give", "Way to give saved"),
    SUSPENDED: ("Suspend sponsor", "Sponsor suspended with all its ways to give"),
    RESUMED: ("Resume sponsor", "Sponsor’s ways to give offered again"),
    DONOR_CHANGED: ("Change donor", "Donor’s name and address changed"),
    RECEIPT_WRITTEN: ("Write receipt", "Receipt written"),
    RECEIPT_VOIDED: ("Take receipt back", "Receipt taken back by another"),
}


class MoneyPage(PermissionRequiredMixin, WagtailAdminTemplateMixin):
    """A page under *Donations*; ``trail`` leads back as (name of the address, label)."""

    header_icon = "pick"
    permission_required = "donations.view_movement"
    raise_exception = True
    trail: tuple[tuple[str, str], ...] = ()
    request: HttpRequest

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back."""
        back = [{"url": reverse(name), "label": label} for name, label in self.trail]
        here = {"url": "", "label": self.get_page_title()}
        return [*super().get_breadcrumbs_items(), *back, here]

    def buttons_to_record(self) -> list[HeaderButton]:
        """Return the button that leads to the form of a new gift, for who may record one."""
        if not self.may("add_movement"):
            return []
        url = reverse("donations_gift_record")
        return [HeaderButton("Record a gift", url=url, icon_name="plus", priority=10)]

    def may(self, permission: str) -> bool:
        """Say whether the visitor may do something."""
        user: Any = self.request.user
        return bool(user.has_perm(f"donations.{permission}"))


def shown(minor: int, currency: str) -> str:
    """Write a sum as the desk's language does."""
    return format_money(minor, currency, translation.get_language() or "en")
