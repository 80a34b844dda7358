"""What an import made and nobody has touched since: a later copy of its page may change it."""

from __future__ import annotations

from wagtail.models import ModelLogEntry, RevisionMixin


def note_brought_in(row: RevisionMixin) -> None:
    """Keep the words that an import brought, as a version that nobody on the desk has saved."""
    row.save_revision(clean=False)


def is_as_brought_in(row: RevisionMixin) -> bool:
    """Say whether an import made a row, and nobody did anything to it on the desk since.

    What people do stands in the desk's history, also once they have left.
    """
    return bool(row.latest_revision_id) and not ModelLogEntry.objects.for_instance(row).exists()
