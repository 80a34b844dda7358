"""Counts how often something was asked for, exactly, also for a hundred at the same moment."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from handpress.accounts.core.limits import LONGEST_MEMORY, Limit
from handpress.accounts.models import UseCount
from handpress.accounts.throttle import forget_tries


class LimitReached(Exception):
    """So often was enough for now."""

    def __init__(self, limit: Limit) -> None:
        super().__init__(limit.name)
        self.limit = limit


def count_use(limit: Limit, of: str, now: datetime) -> None:
    """Count one use; raise LimitReached and count nothing where the limit is reached.

    To be told so costs one query and no lock: a flood is in the way of nobody who writes.
    """
    rows = UseCount.objects.filter(mark=mark_of(limit.name, of))
    is_over = {"since_at__lte": now - limit.window}
    is_current = {"since_at__gt": now - limit.window}
    for _ in range(3):
        row = rows.only("count", "since_at").first()
        if row is None:
            try:
                with transaction.atomic():
                    UseCount.objects.create(mark=mark_of(limit.name, of), since_at=now)
            except IntegrityError:
                continue
            return
        if row.since_at <= now - limit.window:
            if rows.filter(**is_over).update(count=1, since_at=now):
                return
        elif row.count >= limit.count:
            break
        elif rows.filter(count__lt=limit.count, **is_current).update(count=F("count") + 1):
            return
    raise LimitReached(limit)


def is_reached(limit: Limit, of: str, now: datetime) -> bool:
    """Say whether a limit is reached, and count nothing; one query."""
    is_full = {"count__gte": limit.count, "since_at__gt": now - limit.window}
    return UseCount.objects.filter(mark=mark_of(limit.name, of), **is_full).exists()


def forget_uses(now: datetime) -> int:
    """Forget what is older than any limit looks back, failed tries too; return how much it was."""
    uses = UseCount.objects.filter(since_at__lt=now - LONGEST_MEMORY).delete()[0]
    return uses + forget_tries(now)


def mark_of(kind: str, value: str) -> str:
    """Return what stands for a value in the database; nobody reads the value out of it."""
    return salted_hmac(f"handpress.{kind}", value, algorithm="sha256").hexdigest()
