"""Standing orders to a lost account on the desk: whom no mail reaches, to be written to by post."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.views.generic import TemplateView

from handpress.donations import sealing
from handpress.donations.actions.donors import facts_of
from handpress.donations.actions.statements import words_of
from handpress.donations.core.references import grouped
from handpress.donations.queries.orders import ByPost, by_post, payers_of, waiting_for_post
from handpress.donations.views.pages import MoneyPage, shown

_A_PAGE = 50


class OrdersView(MoneyPage, TemplateView):
    """Donors to be written to by post, with name and reference; for who may see donors."""

    permission_required = "donations.view_donor"
    template_name = "donations/orders.html"
    page_title = "Standing orders to a lost account"
    trail = (("donations_plans", "Monthly gifts"),)
    header_icon = "date"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of them; names are read for that page alone."""
        page = Paginator(waiting_for_post(), _A_PAGE).get_page(self.request.GET.get("p"))
        found = by_post(page.object_list)
        nobodys = [each.orders[0] for each in found if each.donor is None]
        lines = payers_of(nobodys) if nobodys and self.may("view_bankline") else {}
        rows = [_row(each, lines.get(each.orders[0].pk) if each.orders else None) for each in found]
        return super().get_context_data(**kwargs) | {"page": page, "rows": rows}


def _row(each: ByPost, line: Any) -> dict[str, Any]:
    try:
        told = facts_of(each.donor) if each.donor else {}
        payer = words_of(line).get("payer", "") if line and not each.donor else ""
    except sealing.KeysUnusable as error:
        told, payer = {"name": str(error)}, ""
    return {
        "donor": each.donor,
        "name": told.get("name", "") or payer,
        "address": told.get("address", ""),
        "orders": [
            {"reference": grouped(one.reference), "sum": shown(one.amount_minor, one.currency)}
            for one in each.orders
        ],
    }
