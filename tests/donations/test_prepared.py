"""Questions whose SQL is made once: the same answers, whatever the values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F, QuerySet

from donations.charging.world import World
from handpress.donations.models import Plan, Rail
from handpress.press.prepared import Prepared

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
SEOUL = ZoneInfo("Asia/Seoul")


def _counted(
    make: Callable[..., QuerySet[Any, Any]],
) -> tuple[Prepared[Any], list[Any]]:
    """Return a question, and a list that grows whenever its SQL is made."""
    made: list[Any] = []

    def counting(*values: Any) -> QuerySet[Any, Any]:
        made.append(values)
        return make(*values)

    return Prepared(counting), made


def test_the_sql_is_made_once_and_every_value_counts(world: World) -> None:
    plans = [
        world.add_plan(amount=amount, due_in=due_in, donor=f"reader{amount}")
        for amount, due_in in [(100, 0), (200, 2), (300, 4)]
    ]
    question, made = _counted(
        lambda until, least: (
            Plan.objects.filter(next_due__lte=until, amount_minor__gte=least)
            .order_by("pk")
            .values_list("pk", "currency")
        )
    )
    for days in range(6):
        for least in (0, 100, 101, 300, 301):
            until = world.today() + timedelta(days=days)
            true = [
                (plan.pk, "EUR")
                for plan in plans
                if plan.next_due <= until and plan.amount_minor >= least
            ]
            assert question.rows(until, least) == true
            assert question.first(until, least) == (true[0] if true else None)
            assert question.finds(until, least) is bool(true)
    assert len(made) == 1


def test_moments_and_texts_are_compared_as_they_are_stored(practice_rail: Rail) -> None:
    Rail.objects.update(created_at=NOW, name="Practice 100% %s")
    question, _ = _counted(
        lambda after, until, name: Rail.objects.filter(
            created_at__gt=after, created_at__lte=until, name=name
        ).values_list("pk", flat=True)
    )
    tick = timedelta(microseconds=1)
    assert question.rows(NOW - tick, NOW, "Practice 100% %s") == [practice_rail.pk]
    assert not question.finds(NOW, NOW + tick, "Practice 100% %s")
    assert not question.finds(NOW - tick, NOW - tick, "Practice 100% %s")
    assert not question.finds(NOW - tick, NOW, "Practice")
    assert question.rows(
        (NOW - tick).astimezone(SEOUL), NOW.astimezone(SEOUL), "Practice 100% %s"
    ) == [practice_rail.pk]


@pytest.mark.django_db
def test_a_value_that_is_reckoned_with_cannot_be_prepared() -> None:
    question = Prepared(
        lambda day: Plan.objects.filter(next_due__lte=day + timedelta(days=1)).values_list("pk")
    )
    with pytest.raises(ValueError, match="do not stand in the question"):
        question.finds(date(2026, 11, 27))
    ignored = Prepared(lambda number: Plan.objects.filter(amount_minor=F("id")).values_list("pk"))
    with pytest.raises(ValueError, match=r"\[0\]"):
        ignored.finds(7)
