"""Mail's work in the background: letters that wait."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from asgiref.sync import async_to_sync

from handpress.lib import clock
from handpress.mail.keys import signers
from handpress.mail.locks import only_one
from handpress.mail.models import OPEN_STATES, Letter
from handpress.mail.relays import note_carried
from handpress.mail.sending import Run, all_ways, due_letters, expire_letters, free_orphans

logger = logging.getLogger(__name__)

_AT_ONCE = 50
_LOCK = "letters"
# How long the desk remembers that there was a letter.
REMEMBERED = timedelta(days=30)


def send_letters_once(*, limit: int = _AT_ONCE, is_stopping: Callable[[], bool] = bool) -> int:
    """Send up to ``limit`` letters that are due; return how many a relay has taken.

    ``is_stopping`` is asked between two letters.

    Safe to call at any time and from any number of processes: only one of them sends. Costs one
    query where nothing is open.
    """
    if not Letter.objects.filter(state__in=OPEN_STATES).exists():
        return 0
    with only_one(_LOCK) as is_ours:
        if not is_ours:
            return 0
        if unknown := free_orphans():
            logger.warning("letters_unknown", extra={"count": unknown})
        expire_letters()
        letters = list(due_letters()[:limit])
        if not letters:
            return 0
        # A key that cannot be used is found here, before anything is claimed.
        run = Run(all_ways(), is_stopping, signers())
        try:
            return async_to_sync(run.send_all)(letters)
        finally:
            note_carried({way.name: way.given for way in run.ways if way.given})


def forget_letters() -> int:
    """Forget letters that came to an end a month ago; return how many. Once a day is enough."""
    expire_letters()
    old = Letter.objects.exclude(state__in=OPEN_STATES)
    count, _ = old.filter(changed_at__lt=clock.now() - REMEMBERED).delete()
    return count
