"""The manifest in the database: what stands in the site folder, and what has to leave it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from handpress.lib.batches import batched
from handpress.press.marks import add_stale
from handpress.press.models import PrintedPage
from handpress.press.printing import Batch
from handpress.press.sql import execute_many, fetch, union_all
from handpress.press.store import SiteStore

_ROWS_PER_STATEMENT = 250
_UPSERT = """
    INSERT INTO press_printedpage
        (path, kind, key, bytes, sha256, rank, run, is_gone, is_packed)
    VALUES (%s, %s, %s, %s, %s, %s, %s, false, false)
    ON CONFLICT (path) DO UPDATE SET kind = excluded.kind, key = excluded.key,
        bytes = excluded.bytes, rank = excluded.rank, run = excluded.run, is_gone = false,
        is_packed = (press_printedpage.is_packed AND press_printedpage.sha256 = excluded.sha256),
        sha256 = excluded.sha256
"""
_KEEP = "UPDATE press_printedpage SET run = %s WHERE kind = %s AND key = %s"
_STANDS = "SELECT path FROM press_printedpage WHERE kind = %s AND key = %s AND NOT is_gone"


def record(batches: Sequence[Batch], *, run: int, is_sweep: bool = False) -> None:
    """Write down what was printed and strike it off the stale pages, in one transaction.

    Call it after the files are on the disk: a crash before it repeats work, never loses it.
    A page that moved or ceased to exist leaves its former path marked as gone; in a sweep over
    everything that is left to `mark_unseen_gone`.
    """
    failed = {(batch.kind, key) for batch in batches for key in batch.failed}
    keys = [(batch.kind, key) for batch in batches for key in batch.keys]
    done = [key for key in keys if key not in failed] if failed else keys
    pages = [page for batch in batches for page in batch.printed]
    with transaction.atomic():
        execute_many(
            _UPSERT,
            (
                (page.path, page.kind, page.key, page.size, page.sha256, page.rank, run)
                for page in pages
            ),
        )
        if not is_sweep:
            _mark_gone(done, {page.path for page in pages})
        if fetch("SELECT 1 FROM press_stalepage LIMIT 1"):
            execute_many("DELETE FROM press_stalepage WHERE kind = %s AND key = %s", done)
        # What could not be made keeps its former page and is tried again by the next run.
        execute_many(_KEEP, ((run, *key) for key in failed))
        add_stale((*key, 0) for key in failed)


def _mark_gone(keys: Sequence[tuple[str, str]], printed: set[str]) -> None:
    former: list[str] = []
    for some in batched(keys, 200):
        rows = union_all(_STANDS, some)
        former += (path for (path,) in rows if path not in printed)
    execute_many(
        "UPDATE press_printedpage SET is_gone = %s WHERE path = %s",
        ((True, path) for path in former),
    )


def mark_unseen_gone(run: int) -> None:
    """After a sweep over everything: what it did not print is gone."""
    PrintedPage.objects.filter(~Q(run=run), is_gone=False).update(is_gone=True)


def remove_gone(store: SiteStore) -> int:
    """Remove the files whose pages are gone; return how many. Safe to repeat after a crash."""
    removed = 0
    while rows := fetch("SELECT path FROM press_printedpage WHERE is_gone LIMIT 500"):
        paths = [path for (path,) in rows]
        for path in paths:
            store.remove(path)
        store.sync()
        for some in batched(paths, _ROWS_PER_STATEMENT):
            PrintedPage.objects.filter(is_gone=True, path__in=some).delete()
        removed += len(paths)
    return removed


def remove_unrecorded(store: SiteStore) -> int:
    """After a crash: remove pages that were written, never recorded, and are not wanted now."""
    removed = 0
    for some in batched(sorted(set(store.noted())), _ROWS_PER_STATEMENT):
        rows = PrintedPage.objects.filter(path__in=some)
        for path in set(some) - set(rows.values_list("path", flat=True)):
            store.remove(path)
            removed += 1
    return removed


def remove_strangers(store: SiteStore) -> int:
    """Remove files that the press did not print (``press --all`` leaves nothing else)."""
    removed = 0
    for paths in batched(store.files(), 500):
        known = set()
        for some in batched(paths, _ROWS_PER_STATEMENT):
            known |= set(PrintedPage.objects.filter(path__in=some).values_list("path", flat=True))
        for path in paths:
            if path not in known:
                store.remove(path)
                removed += 1
    return removed
