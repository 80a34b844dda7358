"""Questions that are asked every second, by every press or for every gift: their SQL is made once.

Django takes twenty to eighty times as long to make the SQL of such a question as the database
takes to answer it. Here it is made the first time, by Django; from then on only the values change.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import QuerySet
from django.db.models.query import FlatValuesListIterable, ModelIterable, get_related_populators

Row = TypeVar("Row")
Value = datetime | date | int | str


class Prepared(Generic[Row]):
    """A question whose SQL is made once in each thread that asks it.

    ``make`` returns a queryset from the values that change: of objects, with what hangs on them
    by `select_related`, or what `values_list` gives. Each value stands in a condition as it is:
    ``filter(look_at__lte=now)``. What decides by a value how the question is, or reckons with it,
    cannot be prepared.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Row]]) -> None:
        self._make = make
        self._made = threading.local()

    def rows(self, *values: Value) -> list[Row]:
        """Return all rows."""
        question = self._question(values)
        with connection.cursor() as cursor:
            cursor.execute(question.sql, question.parameters(values))
            return list(question.read(cursor.fetchall()))

    def first(self, *values: Value) -> Row | None:
        """Return the first row, None where there is none."""
        question = self._question(values)
        with connection.cursor() as cursor:
            cursor.execute(question.sql, question.parameters(values))
            row = cursor.fetchone()
        return next(iter(question.read([row]))) if row else None

    def finds(self, *values: Value) -> bool:
        """Say whether there is a row."""
        question = self._question(values)
        with connection.cursor() as cursor:
            cursor.execute(question.sql, question.parameters(values))
            return cursor.fetchone() is not None

    def _question(self, values: Sequence[Value]) -> _Question[Row]:
        found: _Question[Row] | None = getattr(self._made, "question", None)
        if found is None:
            found = self._made.question = _Question(self._make, values)
        return found


class _Question(Generic[Row]):
    """What is kept of a question: SQL, where the values stand in it, how rows are read."""

    def __init__(self, make: Callable[..., QuerySet[Any, Row]], values: Sequence[Value]) -> None:
        """Make the SQL with values that nobody has, and see where they stand in it."""
        stand_ins = [_stand_in(value, number) for number, value in enumerate(values)]
        rows = make(*stand_ins)
        self._compiler = rows.query.get_compiler(connection=connection)
        self.sql, given = self._compiler.as_sql()
        told = [_as_stored(each) for each in stand_ins]
        self._given = list(given)
        self._places = [told.index(one) if one in told else None for one in given]
        if missing := set(range(len(values))) - set(self._places):
            raise ValueError(f"values {sorted(missing)} do not stand in the question as they are")
        fields = [each[0] for each in self._compiler.select]
        self._converters = self._compiler.get_converters(fields)
        self._build: Callable[[Sequence[Any]], Any] = tuple
        if issubclass(rows._iterable_class, FlatValuesListIterable):
            self._build = itemgetter(0)
        elif issubclass(rows._iterable_class, ModelIterable):
            self._build = _builder(self._compiler)

    def parameters(self, values: Sequence[Value]) -> list[Any]:
        """Return what goes to the database with the SQL."""
        told = [_as_stored(value) for value in values]
        places = zip(self._given, self._places, strict=True)
        return [one if place is None else told[place] for one, place in places]

    def read(self, rows: Iterable[Sequence[Any]]) -> Iterable[Row]:
        """Return rows of the database as Django's own querysets would."""
        if self._converters:
            rows = self._compiler.apply_converters(rows, self._converters)
        return map(self._build, rows)


def _builder(compiler: Any) -> Callable[[Sequence[Any]], Any]:
    """Return what makes an object of a row, as `ModelIterable` does."""
    places = compiler.klass_info["select_fields"]
    own = slice(places[0], places[-1] + 1)
    model = compiler.klass_info["model"]
    names = [each[0].target.attname for each in compiler.select[own]]
    # The types that are installed are those of a newer Django.
    populators: Any = get_related_populators
    related = populators(compiler.klass_info, compiler.select, connection.alias)

    def build(row: Sequence[Any]) -> Any:
        found = model.from_db(connection.alias, names, row[own])
        for each in related:
            each.populate(row, found)
        return found

    return build


_DAY = timedelta(days=1)


def _stand_in(value: Value, number: int) -> Value:
    match value:
        case datetime():
            return datetime(1000, 1, 1, tzinfo=UTC) + number * _DAY
        case date():
            return date(1100, 1, 1) + number * _DAY
        case int():
            # Small enough for every column of numbers.
            return 32_101 + number
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
