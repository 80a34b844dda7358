"""Ways to give, as `/donate/` prints them now."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from handpress.conf import GivingSettings
from handpress.donations.models import Rail, RailState, Sponsor, SponsorState
from handpress.donations.rails import rail_kind

_SHOWN_AS = {"bank": "banks", "cheque": "cheques", "link": "links"}
Ways = dict[str, list[dict[str, Any]]]


def offered_rails() -> list[Rail]:
    """Return the rails that donors are offered now, in order, with their sponsors; one query."""
    rows = Rail.objects.filter(state=RailState.ENABLED, sponsor__state=SponsorState.LIVE)
    return list(rows.select_related("sponsor"))


def ways_to_give() -> Ways:
    """Return ``banks``, ``cheques`` and ``links`` as a template gets them; two queries.

    As long as nobody made a sponsor, they are what `[giving]` in the settings says.
    """
    ways: Ways = {name: [] for name in _SHOWN_AS.values()}
    rails = offered_rails()
    if not rails and not Sponsor.objects.exists():
        return ways | _of_settings(settings.HANDPRESS.giving)
    for rail in rails:
        shown = rail_kind(rail.kind).shown(rail.sponsor.legal_name, rail.account_ref, rail.details)
        if shown:
            ways[_SHOWN_AS[rail.kind]].append({**shown, "tax_words": rail.sponsor.tax_words})
    return ways


def _of_settings(giving: GivingSettings) -> Ways:
    ways: Ways = {}
    if bank := giving.bank:
        details = {"bic": bank.bic, "bank_name": bank.bank_name, "reference": bank.reference}
        shown = rail_kind("bank").shown(bank.account_holder, bank.iban, details)
        ways["banks"] = [{**shown, "tax_words": ""}]
    if cheque := giving.cheque:
        details_of = {"address": list(cheque.address), "memo": cheque.memo}
        shown = rail_kind("cheque").shown(cheque.payable_to, "", details_of)
        ways["cheques"] = [{**shown, "tax_words": ""}]
    return ways
