"""The pitch as an import brings it."""

from __future__ import annotations

from django.db import transaction

from handpress.digest.models import Pitch
from handpress.newsroom.brought_in import is_as_brought_in, note_brought_in
from handpress.newsroom.never_named import why_not_printed


def adopt_pitch(*, heading: str, text: str, is_later: bool = False) -> str:
    """Take an imported pitch over, unless the outlet shows one already.

    ``is_later`` says that its page was imported before: then it takes the place of one that was
    imported and that nobody has changed on the desk since. Returns "imported", "updated",
    "unchanged" (the same words are there), or "kept" (another pitch is shown) or "named" (it names
    what nothing that is printed does, `newsroom.never_named`): then it is stored, not shown.
    """
    with transaction.atomic():
        if Pitch.objects.filter(heading=heading, text=text).exists():
            return "unchanged"
        if why_not_printed(heading, text):
            Pitch.objects.create(heading=heading, text=text, is_shown=False)
            return "named"
        shown = Pitch.objects.filter(is_shown=True).first()
        if shown and is_later and is_as_brought_in(shown):
            Pitch.objects.create(heading=shown.heading, text=shown.text, is_shown=False)
            shown.heading, shown.text = heading, text
            shown.save()
            note_brought_in(shown)
            return "updated"
        pitch = Pitch.objects.create(heading=heading, text=text, is_shown=shown is None)
        if shown is None:
            note_brought_in(pitch)
    return "kept" if shown else "imported"
