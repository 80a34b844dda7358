"""Letters to donors that somebody posts: ticked off the list, and put back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction

from handpress.donations.models import PostLetter
from handpress.donations.queries.by_post import NOBODY, ORDER, waiting_for_post


@transaction.atomic
def note_posted(keys: Iterable[str], *, on: date, by: Any, now: datetime) -> list[PostLetter]:
    """Note that letters were posted on a day; return those that were still to be posted.

    ``keys`` are those of `queries.by_post`; what is none of a letter that waits is left out.
    """
    waiting = waiting_for_post()
    noted = []
    for key in dict.fromkeys(keys):
        if key not in waiting:
            continue
        about = _about(key, waiting[key])
        # Two that tick the same letter at once note it once.
        letter, is_new = PostLetter.objects.get_or_create(
            **about, defaults={"posted_on": on, "by": by, "at": now}
        )
        if is_new:
            noted.append(letter)
    return noted


def _about(key: str, lost_at: datetime) -> dict[str, Any]:
    kind, _, number = key.partition("-")
    if kind == NOBODY:
        return {"pledge_id": int(number), "lost_at": lost_at}
    return {"order_id" if kind == ORDER else "reconsent_id": int(number)}


@transaction.atomic
def take_back_posted(pk: int) -> PostLetter | None:
    """Note that a letter was not posted after all; return it, None where it was not noted."""
    letter = PostLetter.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if letter:
        PostLetter.objects.filter(pk=pk).delete()
    return letter
