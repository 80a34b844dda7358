"""Questions that are asked every second, or for every gift: their SQL is made once.

Django takes twenty to eighty times as long to make the SQL of such a question as the database
takes to answer it. Here it is made the first time, by Django; from then on only the values change.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

Value = datetime | date | int | str


class Prepared:
    """A question whose SQL is made once in a process.

    ``make`` returns rows of plain numbers and texts (`values_list`) from the values that change,
    each of which stands in a condition as it is: ``filter(look_at__lte=now)``. What decides by a
    value how the question is, or reckons with it, cannot be prepared.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Any]]) -> None:
        self._make = make
        self._made: tuple[str, list[Any], list[int | None]] | None = None

    def rows(self, *values: Value) -> list[tuple[Any, ...]]:
        """Return all rows."""
        with connection.cursor() as cursor:
            cursor.execute(*self._statement(values))
            return list(cursor.fetchall())

    def column(self, *values: Value) -> list[Any]:
        """Return the first column of all rows, as `values_list` with ``flat`` does."""
        return [row[0] for row in self.rows(*values)]

    def first(self, *values: Value) -> tuple[Any, ...] | None:
        """Return the first row, None where there is none."""
        with connection.cursor() as cursor:
            cursor.execute(*self._statement(values))
            found: tuple[Any, ...] | None = cursor.fetchone()
            return found

    def finds(self, *values: Value) -> bool:
        """Say whether there is a row."""
        return self.first(*values) is not None

    def _statement(self, values: tuple[Value, ...]) -> tuple[str, list[Any]]:
        if self._made is None:
            self._made = self._prepare(values)
        sql, given, places = self._made
        told = [_as_stored(value) for value in values]
        return sql, [
            one if place is None else told[place] for one, place in zip(given, places, strict=True)
        ]

    def _prepare(self, values: tuple[Value, ...]) -> tuple[str, list[Any], list[int | None]]:
        """Make the SQL with values that nobody has, and see where they stand in it."""
        stand_ins = [_stand_in(value, number) for number, value in enumerate(values)]
        sql, given = self._make(*stand_ins).query.sql_with_params()
        told = [_as_stored(each) for each in stand_ins]
        places = [told.index(one) if one in told else None for one in given]
        if missing := set(range(len(values))) - set(places):
            raise ValueError(f"values {sorted(missing)} do not stand in the question as they are")
        return sql, list(given), places


_DAY = timedelta(days=1)


def _stand_in(value: Value, number: int) -> Value:
    match value:
        case datetime():
            return datetime(1000, 1, 1, tzinfo=UTC) + number * _DAY
        case date():
            return date(1100, 1, 1) + number * _DAY
        case int():
            return 1_987_654_321 + number
        case str():
            return f"\x01 value {number}"


def _as_stored(value: Value) -> Any:
    """Return a value as it goes to the database."""
    match value:
        case datetime():
            return connection.ops.adapt_datetimefield_value(value)
        case date():
            return connection.ops.adapt_datefield_value(value)
        case _:
            return value
