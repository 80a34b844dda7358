"""Printing pages in batches: load, render, write; in this process or in several."""

from __future__ import annotations

import gc
import hashlib
import logging
import multiprocessing
import signal
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from typing import NamedTuple

from django.db import DatabaseError, connections

from handpress.press.registry import Page, PageKind, registry
from handpress.press.render import Renderer, no_queries
from handpress.press.store import SiteStore

logger = logging.getLogger(__name__)

_AHEAD = 4


class Printed(NamedTuple):
    """One file as it stands after printing. ``is_new`` says that its bytes changed."""

    path: str
    kind: str
    key: str
    size: int
    sha256: str
    rank: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """Some keys of one kind, and after printing what became of them.

    ``failed`` are keys whose page could not be made: what stands in its place stays.
    """

    kind: str
    keys: Sequence[str]
    printed: tuple[Printed, ...] = ()
    failed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Printer:
    """Prints batches into one store. ``is_dry`` only compares with what stands there."""

    renderer: Renderer
    store: SiteStore
    is_dry: bool = False
    is_fresh: bool = False

    def print_batch(self, batch: Batch) -> Batch:
        """Load, render and write the pages of a batch; absent pages are left out.

        A page that cannot be made is logged and does not hold up the others. Trouble with the
        folder or the database is raised: it would meet every page.
        """
        kind = registry.kinds[batch.kind]
        failed: list[str] = []
        pages = sorted(self._load(kind, batch.keys, failed), key=_age)
        printed = []
        if pages and not self.is_dry:
            self.store.note([page.path for page in pages])
        with no_queries():
            for page in pages:
                try:
                    data = self.renderer.page(page, template=kind.template)
                except Exception:
                    logger.exception("page_failed", extra={"kind": kind.name, "key": page.key})
                    failed.append(page.key)
                    continue
                printed.append(self._print(batch.kind, page, data))
        return Batch(batch.kind, batch.keys, tuple(printed), tuple(failed))

    def _load(self, kind: PageKind, keys: Sequence[str], failed: list[str]) -> list[Page]:
        try:
            return list(kind.load(keys))
        except (DatabaseError, OSError):
            raise
        except Exception:
            if len(keys) == 1:
                logger.exception("page_failed", extra={"kind": kind.name, "key": keys[0]})
                failed.append(keys[0])
                return []
        return [page for key in keys for page in self._load(kind, [key], failed)]

    def _print(self, kind: str, page: Page, data: bytes) -> Printed:
        return Printed(
            path=page.path,
            kind=kind,
            key=page.key,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            rank=page.rank,
            is_new=self._put(page.path, data),
        )

    def _put(self, path: str, data: bytes) -> bool:
        if self.is_dry:
            return self.store.read(path) != data
        return self.store.write(path, data, fresh=self.is_fresh)


def _age(page: Page) -> int:
    return -page.rank


class Workers:
    """Processes that print for one `Printer`, forked when first needed and kept for its batches.

    Each has a database connection of its own. Call `close` when there is no more to print.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._printer: Printer | None = None
        self._pool: ProcessPoolExecutor | None = None

    def print(self, printer: Printer, batches: Iterable[Batch]) -> Iterator[Batch]:
        """Print all batches, yielding each when it is done, in any order.

        A bounded number of batches is under way, so memory stays flat. The iterable is read in
        this thread only.
        """
        pool = self._pool_for(printer)
        under_way: set[Future[Batch]] = set()
        try:
            for batch in batches:
                under_way.add(pool.submit(_print_in_worker, batch))
                if len(under_way) >= self.count * _AHEAD:
                    done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            while under_way:
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the processes, after what they have in hand."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool, self._printer = None, None

    def _pool_for(self, printer: Printer) -> ProcessPoolExecutor:
        # Printers compare by what they print with: another frame needs other processes.
        if self._pool is None or self._printer != printer:
            self.close()
            connections.close_all()
            context = multiprocessing.get_context("fork")
            self._pool = ProcessPoolExecutor(self.count, context, _become_worker, (printer,))
            # The pool forks at the first call: now, while no database connection is open.
            self._pool.submit(_is_ready).result()
            self._printer = printer
        return self._pool


def print_batches(
    printer: Printer, batches: Iterable[Batch], *, workers: Workers | None = None
) -> Iterator[Batch]:
    """Print all batches, here or by workers, yielding each when it is done."""
    if workers is None or workers.count <= 1:
        yield from map(printer.print_batch, batches)
    else:
        yield from workers.print(printer, batches)


_worker: Printer | None = None


def _become_worker(printer: Printer) -> None:
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Pages are trees that reference counting frees by itself; a worker lives for some thousand.
    gc.freeze()
    gc.disable()
    _worker = Printer(
        printer.renderer, SiteStore(printer.store.root).open(), printer.is_dry, printer.is_fresh
    )


def _is_ready() -> bool:
    return _worker is not None


def _print_in_worker(batch: Batch) -> Batch:
    assert _worker is not None
    return _worker.print_batch(batch)
