"""What people do about letters."""

from __future__ import annotations

from handpress.lib import clock
from handpress.mail.models import Letter, LetterState
from handpress.mail.sending import FORGOTTEN


def try_now(letter: Letter) -> bool:
    """Have a waiting letter tried at once; return whether it still waited."""
    now = clock.now()
    rows = Letter.objects.filter(pk=letter.pk, state=LetterState.WAITING, deadline_at__gt=now)
    return bool(rows.update(next_at=now))


def send_again(letter: Letter) -> bool:
    """Send a letter whose outcome is unknown once more; return whether that was still possible.

    Somebody has decided that two of it are better than none.
    """
    now = clock.now()
    rows = Letter.objects.filter(pk=letter.pk, state=LetterState.UNKNOWN, deadline_at__gt=now)
    again = rows.exclude(text="")
    return bool(again.update(state=LetterState.WAITING, sender="", next_at=now, changed_at=now))


def give_up(letter: Letter) -> bool:
    """Send a letter no more and forget what it said; return whether it was still open."""
    rows = Letter.objects.filter(pk=letter.pk, state__in=[LetterState.WAITING, LetterState.UNKNOWN])
    return bool(
        rows.update(
            state=LetterState.EXPIRED,
            reply="given up on the desk",
            changed_at=clock.now(),
            **FORGOTTEN,
        )
    )
