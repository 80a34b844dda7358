"""What becomes of editions that wait, before anything is sent: some are held, some passed over."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from handpress.digest.editions import CHANGEABLE
from handpress.digest.journal import BEGUN_BEFORE, has_begun_before
from handpress.digest.models import Edition, EditionState

MISSED = "Its time passed while nothing could be sent. Send it now, or let this one go."
UNDECIDED = "Nobody decided before the next one was near."


def settle_late(now: datetime) -> None:
    """Hold what should have gone long ago or went out before; pass over what would be stale."""
    for edition in Edition.objects.filter(state__in=CHANGEABLE).defer("contents", "note"):
        if settled := settling(edition, now):
            state, reason = settled
            # Somebody may have decided meanwhile.
            same = Edition.objects.filter(
                pk=edition.pk, state=edition.state, send_at=edition.send_at, reason=edition.reason
            )
            same.update(state=state, reason=reason)


def settling(edition: Edition, now: datetime) -> tuple[EditionState, str] | None:
    """Return what becomes of an edition that waits, and why; None where it simply waits."""
    if edition.deadline_at <= now:
        return EditionState.SKIPPED, UNDECIDED
    if edition.state != EditionState.READY:
        return None
    if has_begun_before(edition):
        return EditionState.HELD, BEGUN_BEFORE
    late = now - settings.HANDPRESS.digest.late
    if edition.send_at < late and edition.composed_at < late:
        return EditionState.HELD, MISSED
    return None
