"""What editors decide about an edition that waits: held, let go, sent now, called off."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import DateTimeField, Value
from django.db.models.functions import Greatest

from handpress.digest.editions import CHANGEABLE
from handpress.digest.journal import all_the_same, gone_at
from handpress.digest.models import Edition, EditionState


def hold(edition_id: int, now: datetime, *, by: str) -> bool:
    """Keep an edition back until somebody lets it go; False once it has begun to go out."""
    return _move(edition_id, now, {EditionState.READY}, EditionState.HELD, f"Held by {by}.")


def call_off(edition_id: int, now: datetime, *, by: str) -> bool:
    """Let an edition not be sent; its articles are in the next one."""
    return _move(edition_id, now, set(CHANGEABLE), EditionState.CANCELLED, f"Called off by {by}.")


def let_go(edition_id: int, now: datetime) -> bool:
    """Have a held edition go at its time; where that is past, at once."""
    return _move(edition_id, now, {EditionState.HELD}, EditionState.READY, _knowing(edition_id))


def send_now(edition_id: int, now: datetime) -> bool:
    """Have an edition go at once, held or not."""
    reason = _knowing(edition_id)
    return _move(edition_id, now, set(CHANGEABLE), EditionState.READY, reason, send_at=now)


def _knowing(edition_id: int) -> str:
    """Return what is noted of an edition that somebody lets go: whether it went out before."""
    rows = Edition.objects.filter(pk=edition_id).values_list("frequency", "edition_on")
    moment = next((gone_at(frequency, on) for frequency, on in rows), "")
    return all_the_same(moment) if moment else ""


def _move(
    edition_id: int,
    now: datetime,
    froms: set[EditionState],
    to: EditionState,
    reason: str,
    **more: Any,
) -> bool:
    rows = Edition.objects.filter(pk=edition_id, state__in=froms, deadline_at__gt=now)
    more.setdefault("send_at", Greatest("send_at", Value(now, DateTimeField())))
    if to != EditionState.READY:
        del more["send_at"]
    return bool(rows.update(state=to, reason=reason[:200], **more))
