"""What is asked about mail."""

from __future__ import annotations

from datetime import datetime, timedelta

from handpress.mail.models import Letter, LetterState

# What is older has been seen, or will not be mended any more.
_OF_LATE = timedelta(days=3)
_TRIED_OFTEN = 4


def letters_in_trouble(now: datetime) -> int:
    """Return how many letters of late did not arrive, are unknown, or are put off over and over.

    One query.
    """
    lately = Letter.objects.filter(changed_at__gt=now - _OF_LATE)
    lost = [LetterState.FAILED, LetterState.UNKNOWN, LetterState.EXPIRED]
    delayed = lately.filter(state=LetterState.WAITING, attempts__gte=_TRIED_OFTEN)
    return (lately.filter(state__in=lost) | delayed).count()
