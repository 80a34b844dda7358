"""What editors make of an edition: its order, its lead, its subject and a note.

Of two who do so at once none overwrites the other: what each was shown comes back with their form.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from django.db import transaction

from handpress.digest.core.compose import (
    Contents,
    arrange,
    headline_of,
    is_edited,
    with_those_away,
)
from handpress.digest.core.seen import Seen
from handpress.digest.editions import CHANGEABLE, contents_of, locked, make_pictures, subject_now
from handpress.digest.models import Edition


class ChangedMeanwhile(Exception):
    """Somebody else saved an edition after it was shown; nothing was saved."""


def seen_of(edition: Edition, shown: Contents) -> Seen:
    """Return what somebody sees who is shown an edition now."""
    return Seen(
        version=_version_of(edition),
        order=tuple(each.uuid for each in shown.pieces),
        subject=subject_now(edition, shown),
        headline=headline_of(shown),
        note=edition.note,
    )


def _version_of(edition: Edition) -> str:
    """Return a name for what is saved; another arrangement has another."""
    contents = Contents.from_json(edition.contents)
    saved: list[Any] = [edition.subject, edition.note]
    saved += [[each.uuid for each in some] for some in (contents.pieces, contents.dropped)]
    return hashlib.sha256(json.dumps(saved).encode()).hexdigest()[:16]


@transaction.atomic
def arrange_edition(
    edition_id: int, *, order: Sequence[str], subject: str, note: str, seen: Seen | None = None
) -> Edition | None:
    """Save what an editor made of an edition; None once it can no longer be changed.

    Raise ChangedMeanwhile where what is saved is not what they had ``seen``. A lead that changed
    since on the front page is none of theirs, nor its headline their subject.
    """
    edition = locked(edition_id, *CHANGEABLE)
    if edition is None:
        return None
    if seen and seen.version != _version_of(edition):
        raise ChangedMeanwhile
    shown, stored = contents_of(edition), Contents.from_json(edition.contents)
    contents = arrange(shown, order, seen=seen.lead if seen else "")
    lead = headline_of(contents) if contents.pieces else ""
    contents = with_those_away(replace(contents, subject=lead, is_arranged=True), stored)
    written = subject.strip()
    is_own = is_edited(written, shown) and written != headline_of(shown)
    if seen and seen.left_alone("headline", written):
        is_own = False
    edition.contents = contents.as_json()
    edition.subject = written if is_own else contents.subject
    edition.note = note
    edition.save(update_fields=["contents", "subject", "note"])
    transaction.on_commit(partial(make_pictures, edition))
    return edition
