"""The pitch as an import brings it."""

from __future__ import annotations

from django.db import transaction

from handpress.digest.models import Pitch


def adopt_pitch(*, heading: str, text: str) -> str:
    """Take an imported pitch over, unless the outlet shows one already.

    Returns "imported", "unchanged" (the same words are there) or "kept" (another pitch is shown:
    the imported one is stored, not shown).
    """
    with transaction.atomic():
        if Pitch.objects.filter(heading=heading, text=text).exists():
            return "unchanged"
        is_shown = not Pitch.objects.filter(is_shown=True).exists()
        Pitch.objects.create(heading=heading, text=text, is_shown=is_shown)
    return "imported" if is_shown else "kept"
