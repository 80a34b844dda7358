"""Erasing donors: for good, here and in every backup; with them ends what is taken from them."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from handpress.donations import sealing
from handpress.donations.actions.donors import facts_of
from handpress.donations.actions.plans import cancel_plan
from handpress.donations.models import BankLine, Donor, Mandate, Plan, PlanState, Pledge
from handpress.donations.queries.lines import lines_naming
from handpress.lib import clock
from handpress.mail.letters import letters_to

_LETTERS = ("gift", "receipt")
"""What letters to donors are called among all letters."""


def erase_donor(donor: Donor) -> bool:
    """Throw the donor's key away, here and for every backup; False where that was done already.

    Their monthly gifts end, and companies are told. Gifts and their sums stay, without a name.
    """
    if donor.erased_at is not None:
        return False
    sealing.note_erased(donor.uuid)
    return bool(_forget([donor.uuid]))


def erase_again() -> int:
    """Forget whoever was erased and came back with a restored database; return how many."""
    count = _forget(list(sealing.erased_donors()))
    _end_gifts()
    return count


@transaction.atomic
def _forget(uuids: Collection[UUID]) -> int:
    """Forget donors who are not forgotten yet, and end what is taken from them."""
    # Locked before their plans are looked for: nobody begins another one meanwhile.
    rows = Donor.objects.select_for_update(no_key=True).filter(
        uuid__in=uuids, erased_at__isnull=True
    )
    donors = list(rows)
    found = [donor.pk for donor in donors]
    _end_gifts(found)
    # Before their keys go: by what they told, letters to them and lines about them are found.
    _forget_letters(donors)
    _forget_lines(found)
    # What their bank wrote about them goes with them.
    lines = BankLine.objects.filter(movement__pledge__donor__uuid__in=uuids)
    lines.exclude(wrapped_key="").update(wrapped_key="", sealed="")
    return Donor.objects.filter(pk__in=found).update(
        wrapped_key="", sealed="", email_mark=None, erased_at=clock.now()
    )


def _forget_letters(donors: Collection[Donor]) -> None:
    """Forget letters about gifts: those that wait are not sent, and no address stays behind."""
    for donor in donors:
        with suppress(sealing.KeysUnusable):
            if to := facts_of(donor).get("email", ""):
                letters_to(to).filter(kind__in=_LETTERS).delete()


def _forget_lines(donors: Collection[int]) -> None:
    """Forget the words of lines that name a promise of theirs, though they were not booked for it:
    what was sent back to them, or came beside."""
    references = set(Pledge.objects.filter(donor__in=donors).values_list("reference", flat=True))
    with suppress(sealing.KeysUnusable):
        about = [line.pk for line in lines_naming(references)]
        BankLine.objects.filter(pk__in=about).update(wrapped_key="", sealed="")


def _end_gifts(donors: Collection[int] | None = None) -> None:
    """End monthly gifts, and forget which cards they were taken from: of these donors, or of all
    who were erased."""
    plans = Plan.objects.filter(
        Q(donor__erased_at__isnull=False) if donors is None else Q(donor__in=donors)
    )
    now = clock.now()
    for plan in plans.exclude(state=PlanState.CANCELLED):
        cancel_plan(plan, now)
    Mandate.objects.filter(plan__in=plans).exclude(words="").update(words="")
