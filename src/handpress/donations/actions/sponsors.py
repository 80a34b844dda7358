"""Sponsors and their rails: taken over from the settings, suspended, handed over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from handpress.conf import GivingSettings
from handpress.donations.actions.lost_orders import lose_orders, take_back_orders
from handpress.donations.actions.stranding import strand_plans, take_back_plans
from handpress.donations.models import Rail, RailKind, Sponsor, SponsorKind, SponsorState
from handpress.lib import clock


def adopt_settings() -> Sponsor | None:
    """Make a sponsor and rails of what `[giving]` says, once: as long as there is no sponsor.

    From then on the desk's rails are what counts. Returns the sponsor where it was made now.
    """
    giving: GivingSettings = settings.HANDPRESS.giving
    named = [giving.bank and giving.bank.account_holder, giving.cheque and giving.cheque.payable_to]
    name = next((each for each in named if each), "")
    if not name or Sponsor.objects.exists():
        return None
    try:
        with transaction.atomic():
            sponsor = Sponsor.objects.create(
                legal_name=name[:140], kind=SponsorKind.OURSELVES, state=SponsorState.LIVE
            )
            Rail.objects.bulk_create(_rails_of(giving, sponsor))
    except IntegrityError:
        # Another process was faster.
        return None
    return sponsor


def _rails_of(giving: GivingSettings, sponsor: Sponsor) -> list[Rail]:
    rails = []
    if bank := giving.bank:
        details = {"bic": bank.bic, "bank_name": bank.bank_name, "reference": bank.reference}
        rails.append(
            Rail(
                sponsor=sponsor,
                kind=RailKind.BANK,
                name="Bank transfer",
                account_ref=bank.iban,
                details={name: value for name, value in details.items() if value},
                position=10,
            )
        )
    if cheque := giving.cheque:
        written = {"payable_to": cheque.payable_to, "memo": cheque.memo}
        rails.append(
            Rail(
                sponsor=sponsor,
                kind=RailKind.CHEQUE,
                name="Cheque",
                details={
                    "address": list(cheque.address),
                    **{name: value for name, value in written.items() if value},
                },
                position=20,
            )
        )
    return rails


@transaction.atomic
def suspend_sponsor(
    sponsor: Sponsor,
    *,
    now: datetime,
    successor: Sponsor | None = None,
    rails: Sequence[Rail] = (),
) -> bool:
    """Take a sponsor and all its rails from donors at once; its successor takes over.

    ``successor`` goes live with the new ``rails`` (not saved yet) beside those it has. Old rails
    keep what was promised and booked, and take money and refunds for ever. Returns False where
    the sponsor was suspended before.
    """
    if successor is not None and successor.pk:
        # One that was suspended itself comes back as if it were offered again.
        resume_sponsor(successor, now)
    elif successor is not None:
        successor.state = SponsorState.LIVE
        successor.save()
    for rail in rails:
        rail.sponsor = successor or sponsor
        rail.save()
    rows = Sponsor.objects.filter(pk=sponsor.pk).exclude(state=SponsorState.SUSPENDED)
    done = rows.update(state=SponsorState.SUSPENDED, suspended_at=now, successor=successor)
    if done:
        strand_plans(sponsor, now)
        lose_orders(sponsor, now)
    sponsor.refresh_from_db()
    return bool(done)


@transaction.atomic
def resume_sponsor(sponsor: Sponsor, now: datetime | None = None) -> bool:
    """Offer a sponsor's rails again, those that are enabled; False where it is live.

    Within an hour (`following.TAKEN_BACK_WITHIN`) monthly gifts go on as before it was suspended.
    """
    found = Sponsor.objects.select_for_update().get(pk=sponsor.pk)
    done = found.state != SponsorState.LIVE
    if done:
        take_back_plans(found, now or clock.now())
        take_back_orders(found)
        found.state, found.suspended_at, found.successor = SponsorState.LIVE, None, None
        found.save(update_fields=["state", "suspended_at", "successor"])
    sponsor.refresh_from_db()
    return done
