"""Addresses that are not mailed any more.

Who keeps readers registers what is to happen to them: ``on_suppressed`` and ``on_lifted`` are
called in the transaction that changes the list, so that no sender sees one without the other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from handpress.lib import clock
from handpress.mail.models import MailEvent, Suppression, SuppressionReason

Told = Callable[[str], None]

_SUPPRESSED: list[Told] = []
_LIFTED: list[Told] = []
_AT_ONCE = 500


def on_suppressed(told: Told) -> Told:
    """Register what is called with an address's key once it is suppressed; in the transaction."""
    if told not in _SUPPRESSED:
        _SUPPRESSED.append(told)
    return told


def on_lifted(told: Told) -> Told:
    """Register what is called with an address's key once it may be mailed again."""
    if told not in _LIFTED:
        _LIFTED.append(told)
    return told


def is_suppressed(address_key: str) -> bool:
    """Say whether an address is not mailed any more."""
    return _active().filter(address_key=address_key).exists()


def suppressed_keys(keys: Iterable[str]) -> set[str]:
    """Return which of many addresses are not mailed any more; a query for each 500."""
    wanted = list(dict.fromkeys(keys))
    found: set[str] = set()
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        found.update(_active().filter(address_key__in=some).values_list("address_key", flat=True))
    return found


def suppress(
    address_key: str,
    reason: SuppressionReason,
    *,
    said: str = "",
    event: MailEvent | None = None,
    at: datetime | None = None,
) -> bool:
    """Stop mailing an address. Return False where that was so before."""
    with transaction.atomic():
        if is_suppressed(address_key):
            return False
        try:
            with transaction.atomic():
                Suppression.objects.create(
                    address_key=address_key,
                    reason=reason,
                    said=said[:400],
                    event=event,
                    created_at=at or clock.now(),
                )
        except IntegrityError:
            # Another process was quicker, and told everybody.
            return False
        for told in _SUPPRESSED:
            told(address_key)
    return True


def suppress_many(keys: Collection[str], reason: SuppressionReason, *, said: str = "") -> int:
    """Stop mailing many addresses, as an import brings them; return how many are new."""
    with transaction.atomic():
        before = suppressed_keys(keys)
        new = [key for key in dict.fromkeys(keys) if key and key not in before]
        return sum(suppress(key, reason, said=said) for key in new)


def lift(address_key: str, *, by: Any = None) -> bool:
    """Let an address be mailed again. Return False where it was not suppressed."""
    with transaction.atomic():
        changed = (
            _active().filter(address_key=address_key).update(lifted_at=clock.now(), lifted_by=by)
        )
        if changed:
            for told in _LIFTED:
                told(address_key)
    return bool(changed)


def _active() -> Any:
    return Suppression.objects.filter(lifted_at__isnull=True)
