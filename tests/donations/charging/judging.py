"""What must be so once all is quiet, whatever happened in a world."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import date, datetime, timedelta

from donations.charging.world import World
from handpress.donations.actions.periods import local_day
from handpress.donations.core.schedule import AT_LEAST, latest_due, period_of
from handpress.donations.models import (
    SETTLED,
    Attempt,
    AttemptState,
    Mandate,
    MandateState,
    Movement,
    Plan,
    PlanState,
    Pledge,
    SponsorState,
)
from handpress.mail.models import Letter


def judge(world: World) -> None:
    """Fail where anything is not as it must be, once all is quiet."""
    assert not [*world.wrong, *world.company.wrong], [*world.wrong, *world.company.wrong]
    _judge_attempts(world)
    _judge_keys(world)
    _judge_books(world)
    _judge_charges(world)
    _judge_liveness(world)
    _judge_mandates(world)
    _judge_letters(world)


def _judge_attempts(world: World) -> None:
    forgotten = Attempt.objects.exclude(state__in=SETTLED).filter(look_at__isnull=True)
    assert not forgotten.exists(), f"nobody will look at {list(forgotten)}"
    assert not Attempt.objects.filter(state__in=SETTLED, look_at__isnull=False).exists()
    stuck = Attempt.objects.filter(state__in=[AttemptState.SENT, AttemptState.UNKNOWN])
    assert not stuck.exists(), f"stuck: {list(stuck.values('key', 'state', 'code', 'looks'))}"
    waiting = Attempt.objects.filter(
        state=AttemptState.PREPARED, look_at__lte=world.now + timedelta(minutes=15)
    )
    assert not waiting.exists(), f"never sent: {list(waiting.values('key', 'code'))}"


def _judge_keys(world: World) -> None:
    first: dict[str, datetime] = {}
    for asked in world.company.asked:
        began = first.setdefault(asked.key, asked.at)
        age = asked.at - began
        assert age < world.company.key_lasts, f"{asked.key} was sent again after {age}"


def _judge_books(world: World) -> None:
    ours = Movement.objects.filter(rail=world.rail)
    told = {each.remote_id: each for each in world.company.moved()}
    kept = Counter(ours.values_list("kind", "remote_id", "amount_minor", "currency"))
    true = Counter(
        (each.kind.value, each.remote_id, each.minor, each.currency) for each in told.values()
    )
    assert kept == true, f"only here: {kept - true}; only there: {true - kept}"
    for name, of in ours.exclude(of=None).values_list("remote_id", "of__remote_id"):
        assert of == told[name].of


def taken(world: World) -> dict[int, list[tuple[date, str]]]:
    """Return day and period of what the company took of each plan for us, in order."""
    pledges = Pledge.objects.filter(plan__isnull=False)
    whose = {
        ref: (plan, period)
        for ref, plan, period in pledges.values_list("reference", "plan_id", "period")
    }
    found: dict[int, list[tuple[date, str]]] = {}
    for each in sorted(world.company.captures(), key=lambda one: one.at):
        if each.reference in whose:
            plan, period = whose[each.reference]
            found.setdefault(plan, []).append((local_day(each.at), period))
    return found


def _judge_charges(world: World) -> None:
    for plan, gifts in taken(world).items():
        periods = Counter(period for _, period in gifts)
        twice = [period for period, count in periods.items() if count > 1]
        assert not twice, f"plan {plan} gave twice for {twice}"
        for (day, _), (following, _) in itertools.pairwise(gifts):
            assert following - day >= AT_LEAST, f"plan {plan} gave on {day} and {following}"


def _judge_liveness(world: World) -> None:
    """Each plan that nobody touched has given for the last month that was due."""
    gifts_of = _given(world)
    for plan in Plan.objects.exclude(pk__in=world.disturbed):
        assert plan.state == PlanState.ACTIVE, f"{plan} is {plan.state}"
        gifts = gifts_of.get(plan.pk, [])
        first = world.first_due[plan.pk]
        due = latest_due(first, plan.anchor_day, world.today())
        if due > world.today() or any(period == period_of(due) for _, period in gifts):
            continue
        is_close = gifts and world.today() - gifts[-1][0] < AT_LEAST
        assert is_close, f"{plan} has not given for {due}, only {gifts}"


def _given(world: World) -> dict[int, list[tuple[date, str]]]:
    """Return day and period of what came for each plan, by whatever way, as the books say."""
    rows = Movement.objects.filter(kind="capture", pledge__plan__isnull=False)
    found: dict[int, list[tuple[date, str]]] = {}
    for plan, on, period in rows.order_by("occurred_on").values_list(
        "pledge__plan", "occurred_on", "pledge__period"
    ):
        found.setdefault(plan, []).append((on, period))
    return found


def _judge_mandates(world: World) -> None:
    """Nothing can be taken for what was ended, and the company knows that."""
    used = Mandate.objects.filter(state=MandateState.ACTIVE)
    gone = used.filter(plan__state=PlanState.CANCELLED) | used.exclude(
        rail__sponsor__state=SponsorState.LIVE
    )
    assert not gone.exists(), f"still in use: {list(gone.values('remote_id', 'plan__state'))}"
    ended = Mandate.objects.filter(state=MandateState.ENDED)
    assert not ended.filter(told_at__isnull=True).exists(), "the company was not told"
    active = [name for name in ended.values_list("remote_id", flat=True) if _holds(world, name)]
    assert not active, f"the company still holds {active}"


def _holds(world: World, mandate: str) -> bool:
    return world.company.book.is_active(mandate)


def _judge_letters(world: World) -> None:
    thanks = Letter.objects.filter(subject__endswith="has come").count()
    captures = Movement.objects.filter(kind="capture", pledge__donor__isnull=False).count()
    assert thanks == captures, f"{thanks} letters for {captures} gifts"
