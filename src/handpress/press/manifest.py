"""The manifest in the database: what stands in the site folder, and what has to leave it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection, transaction
from django.db.models import Q

from handpress.lib.batches import batched
from handpress.press.models import PrintedPage, StalePage
from handpress.press.printing import Batch, Printed
from handpress.press.store import SiteStore

_ROWS_PER_STATEMENT = 250
_UPSERT = """
    INSERT INTO {table} (path, kind, key, bytes, sha256, rank, run, is_gone, is_packed)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (path) DO UPDATE SET kind = excluded.kind, key = excluded.key,
        bytes = excluded.bytes, rank = excluded.rank, run = excluded.run,
        is_gone = excluded.is_gone,
        is_packed = ({table}.is_packed AND {table}.sha256 = excluded.sha256),
        sha256 = excluded.sha256
"""


def record(batches: Sequence[Batch], *, run: int) -> None:
    """Write down what was printed and strike it off the stale pages, in one transaction.

    Call it after the files are on the disk: a crash before it repeats work, never loses it.
    A page that moved or ceased to exist leaves its former path marked as gone.
    """
    with transaction.atomic():
        _upsert((page for batch in batches for page in batch.printed), run)
        for batch in batches:
            _mark_gone(batch)
            for keys in batched(batch.keys, _ROWS_PER_STATEMENT):
                StalePage.objects.filter(kind=batch.kind, key__in=keys).delete()


def _upsert(pages: Iterable[Printed], run: int) -> None:
    rows = [
        (page.path, page.kind, page.key, page.size, page.sha256, page.rank, run, False, False)
        for page in pages
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_UPSERT.format(table=PrintedPage._meta.db_table), rows)


def _mark_gone(batch: Batch) -> None:
    paths = [page.path for page in batch.printed]
    for keys in batched(batch.keys, _ROWS_PER_STATEMENT):
        stands = PrintedPage.objects.filter(kind=batch.kind, key__in=keys, is_gone=False)
        former = set(stands.values_list("path", flat=True)) - set(paths)
        if former:
            stands.filter(path__in=former).update(is_gone=True)


def mark_unseen_gone(run: int) -> None:
    """After a sweep over everything: what it did not print is gone."""
    PrintedPage.objects.filter(~Q(run=run), is_gone=False).update(is_gone=True)


def remove_gone(store: SiteStore) -> int:
    """Remove the files whose pages are gone; return how many. Safe to repeat after a crash."""
    removed = 0
    while paths := list(
        PrintedPage.objects.filter(is_gone=True).values_list("path", flat=True)[:500]
    ):
        for path in paths:
            store.remove(path)
        store.sync()
        for some in batched(paths, _ROWS_PER_STATEMENT):
            PrintedPage.objects.filter(is_gone=True, path__in=some).delete()
        removed += len(paths)
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
