"""Moments as the two databases take them and hand them over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.utils.dateparse import parse_datetime


def to_database(moment: datetime | None) -> Any:
    """Return a moment as a statement takes it."""
    return None if moment is None else connection.ops.adapt_datetimefield_value(moment)


def from_database(value: Any) -> datetime | None:
    """Return a moment, aware: SQLite keeps text, in UTC and without saying so."""
    moment = parse_datetime(value) if isinstance(value, str) else value
    if moment is None:
        return None
    assert isinstance(moment, datetime)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
