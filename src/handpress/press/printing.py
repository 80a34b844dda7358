"""Printing pages in batches: load, render, write; in this process or in several."""

from __future__ import annotations

import gc
import hashlib
import multiprocessing
import signal
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connections

from handpress.press.registry import registry
from handpress.press.render import Renderer, no_queries
from handpress.press.store import SiteStore

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
    """Some keys of one kind, and after printing what became of them."""

    kind: str
    keys: Sequence[str]
    printed: tuple[Printed, ...] = ()


@dataclass(slots=True)
class Printer:
    """Prints batches into one store. ``is_dry`` only compares with what stands there."""

    renderer: Renderer
    store: SiteStore
    is_dry: bool = False
    is_fresh: bool = False

    def print_batch(self, batch: Batch) -> Batch:
        """Load, render and write the pages of a batch; absent pages are left out."""
        kind = registry.kinds[batch.kind]
        pages = list(kind.load(batch.keys))
        printed = []
        with no_queries():
            for page in pages:
                data = self.renderer.page(page, template=kind.template)
                printed.append(
                    Printed(
                        path=page.path,
                        kind=batch.kind,
                        key=page.key,
                        size=len(data),
                        sha256=hashlib.sha256(data).hexdigest(),
                        rank=page.rank,
                        is_new=self._put(page.path, data),
                    )
                )
        return Batch(batch.kind, batch.keys, tuple(printed))

    def _put(self, path: str, data: bytes) -> bool:
        if self.is_dry:
            return self.store.read(path) != data
        return self.store.write(path, data, fresh=self.is_fresh)


def print_batches(printer: Printer, batches: Iterable[Batch], *, workers: int) -> Iterator[Batch]:
    """Print all batches, yielding each when it is done, in any order.

    With one worker everything happens here; else in that many forked processes, each with a
    database connection of its own. A bounded number of batches is under way, so memory stays
    flat. The iterable is read in this thread only.
    """
    if workers <= 1:
        yield from map(printer.print_batch, batches)
        return
    connections.close_all()
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, context, _become_worker, (printer,)) as pool:
        under_way: set[Future[Batch]] = set()
        try:
            for batch in batches:
                under_way.add(pool.submit(_print_in_worker, batch))
                if len(under_way) >= workers * _AHEAD:
                    done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            while under_way:
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


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


def _print_in_worker(batch: Batch) -> Batch:
    assert _worker is not None
    return _worker.print_batch(batch)
