"""Asking donors to agree anew to monthly gifts whose way is gone: three letters, then one a month.

Nobody is written to while there is no way to choose; the thirty days begin with the first letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from handpress.donations.actions.following import strand
from handpress.donations.actions.one_by_one import one_by_one
from handpress.donations.letters import FALLS_AFTER, write_again
from handpress.donations.models import (
    Answer,
    Collecting,
    Plan,
    PlanLetter,
    PlanState,
    Rail,
    Reconsent,
)
from handpress.donations.queries.plans import UNREACHED, agreeable, ways_now
from handpress.press.prepared import Prepared

LATER_STEPS = (7, 21)
"""Days after the first letter on which another asks once more."""


def not_asked() -> QuerySet[Plan]:
    """Return plans that must be agreed to anew and whose donors nobody has written to: those that
    came from another system."""
    return Plan.objects.filter(state=PlanState.NEEDS_RECONSENT, reconsent_at__isnull=True)


@transaction.atomic
def ask_imported(now: datetime) -> int:
    """Begin to write to the donors of `not_asked`, as if their way were lost now; return how many.

    The letters go out some at a time, by `ask_again`.
    """
    count = 0
    for plan in not_asked().select_for_update(of=("self",)):
        strand(plan, now)
        count += 1
    return count


def ask_again(now: datetime, most: int = 100) -> int:
    """Write the letters that ask to agree anew and are due, some at a time; return how many.

    Each step's letter is written once, and none to a donor who could not choose a way now.
    Thirty days after the first letter, without an answer, a plan is asked for by one each month.
    Of whom no mail reaches the plan goes on to wait, for somebody to ask by post.
    """
    due = [(0, _NOT_ASKED.rows(now))]
    for step, following in zip(LATER_STEPS, (*LATER_STEPS[1:], FALLS_AFTER.days), strict=True):
        # Whoever missed a step, since nothing ran, gets the one that is due now and no other.
        until, after = now - timedelta(days=step), now - timedelta(days=following)
        due.append((step, _NOT_WRITTEN.rows(f"again-{step}", until, after)))
    written = 0
    if any(rows for _, rows in due) and (ways := ways_now()):
        for step, rows in due:
            ask = partial(_ask, now=now, step=step, ways=ways)
            written += one_by_one(rows, ask, most - written)
    if _UNANSWERED.finds(now - FALLS_AFTER):
        _fall_to_reminder(now)
    return written


def _letters(**about: str) -> QuerySet[PlanLetter]:
    return PlanLetter.objects.filter(plan=OuterRef("pk"), wave=OuterRef("wave"), **about)


def _asked() -> Exists:
    return Exists(_letters(about__startswith="again-"))


def _not_asked(until: datetime) -> QuerySet[Plan, int]:
    """Return plans to be agreed to anew of which no letter was written yet."""
    rows = Plan.objects.filter(~_asked(), state=PlanState.NEEDS_RECONSENT, reconsent_at__lte=until)
    return rows.order_by("pk").values_list("pk", flat=True)


def _not_written(about: str, until: datetime, after: datetime) -> QuerySet[Plan, int]:
    """Return plans to be agreed to anew, asked in a while of days, that have no such letter."""
    rows = Plan.objects.filter(
        ~Exists(_letters(about=about)),
        _asked(),
        state=PlanState.NEEDS_RECONSENT,
        reconsent_at__lte=until,
        reconsent_at__gt=after,
    )
    return rows.order_by("pk").values_list("pk", flat=True)


def _unanswered(since: datetime) -> QuerySet[Plan]:
    rows = Plan.objects.filter(_asked(), state=PlanState.NEEDS_RECONSENT, reconsent_at__lte=since)
    return rows.filter(~Exists(_letters(about=UNREACHED)))


_NOT_ASKED = Prepared(_not_asked)
_NOT_WRITTEN = Prepared(_not_written)
_UNANSWERED = Prepared(lambda since: _unanswered(since).values_list("pk")[:1])


@transaction.atomic
def _ask(pk: int, *, now: datetime, step: int, ways: Sequence[Rail]) -> int:
    plan = _LOCKED.first(pk)
    if plan is None or plan.state != PlanState.NEEDS_RECONSENT or not agreeable(plan, ways):
        return 0
    if step == 0:
        plan.reconsent_at = now
        plan.save(update_fields=["reconsent_at"])
    is_written = write_again(plan, now, step=step)
    noted = PlanLetter.objects.filter(plan=plan, wave=plan.wave, about=UNREACHED)
    if is_written:
        noted.delete()
    elif not noted.exists():
        PlanLetter.objects.create(plan=plan, wave=plan.wave, about=UNREACHED)
    return int(is_written)


_LOCKED = Prepared(
    lambda pk: Plan.objects.select_for_update(of=("self",)).filter(pk=pk).select_related("donor")
)


def _fall_to_reminder(now: datetime) -> None:
    _unanswered(now - FALLS_AFTER).update(
        state=PlanState.ACTIVE, collecting=Collecting.REMINDER, reconsent_at=None
    )


def note_opened(plan: Plan, now: datetime) -> None:
    """Note that a donor went on from the letter's page (by a button, not by opening it)."""
    Reconsent.objects.filter(plan=plan, wave=plan.wave, answer="").update(
        answer=Answer.OPENED, at=now
    )
