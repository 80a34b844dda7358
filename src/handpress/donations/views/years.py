"""A sponsor's fiscal year on one page, to print or to hand to whoever checks the books."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.views.generic import TemplateView

from handpress.donations.core.receipts import days_of_year
from handpress.donations.days import today
from handpress.donations.models import Sponsor
from handpress.donations.queries.years import YearStatement, year_statement, years_of
from handpress.donations.views.pages import MoneyPage, shown


class YearsView(MoneyPage, TemplateView):
    """One year of one sponsor; the last one where none is named."""

    template_name = "donations/years.html"
    page_title = "Years"
    header_icon = "calendar-alt"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the statements, and what else there is to choose."""
        sponsors = list(Sponsor.objects.all())
        choices = [(each, years_of(each, today())) for each in sponsors]
        choices = [(each, years) for each, years in choices if years]
        sponsor, year = self._chosen(choices)
        context: dict[str, Any] = super().get_context_data(**kwargs) | {
            "choices": choices,
            "sponsor": sponsor,
            "year": year,
        }
        if sponsor is None:
            return context
        first, last = days_of_year(year, sponsor.year_begins_month)
        tables = [_shown(each) for each in year_statement(sponsor, year)]
        return context | {"first": first, "last": last, "tables": tables}

    def _chosen(self, choices: list[tuple[Sponsor, list[int]]]) -> tuple[Sponsor | None, int]:
        number, year = self.request.GET.get("sponsor", ""), self.request.GET.get("year", "")
        for sponsor, years in choices:
            if number in {"", str(sponsor.pk)}:
                wanted = [each for each in years if year in {"", str(each)}]
                if not wanted:
                    break
                return sponsor, wanted[0]
        if number or year:
            raise Http404
        return None, 0


def _shown(each: YearStatement) -> dict[str, Any]:
    code = each.currency
    return {
        "currency": code,
        "lines": [(line.what, shown(line.minor, code)) for line in each.lines],
        "campaigns": [(line.what, shown(line.minor, code)) for line in each.by_campaign],
        "held": [
            (line.what, shown(line.before, code), shown(line.after, code)) for line in each.held
        ],
        "net": shown(each.net, code),
        "before": shown(each.before, code),
        "after": shown(each.after, code),
        "moved": shown(each.moved, code) if each.moved else "",
    }
