"""Pressing: bring the site folder to what the rows, the theme and the settings say."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction

from handpress.conf.faults import Fault
from handpress.lib.batches import batched
from handpress.press import manifest
from handpress.press.marks import FRAME_IN_DOUBT, expand_marks
from handpress.press.models import Mark, PrintedPage, StalePage
from handpress.press.printing import Batch, Printer, Workers, print_batches
from handpress.press.registry import registry
from handpress.press.render import Renderer, gather_frame_facts
from handpress.press.site import (
    LOADED_STAMP,
    forget_outlet,
    latest_theme,
    settings_stamp,
    site_facts,
    site_store,
)
from handpress.press.sql import fetch
from handpress.press.state import as_value, forget, recall, remember
from handpress.press.store import TEMPORARY, SiteStore
from handpress.press.theme_faults import ThemeUnfit
from handpress.press.theme_files import ThemeFiles
from handpress.press.theme_keeper import keeper
from handpress.press.theme_trial import try_theme
from handpress.press.under_way import UNDER_WAY, UnderWay

THEME = "theme"
"""The fingerprint of the theme that the whole site was last printed with."""

_SEGMENT = 10_000
_SEGMENT_BATCHES = 48
_FORK_FROM = 1_000
_FAILURES_NAMED = 5

Notify = Callable[[int], object]


class PressBusy(RuntimeError):
    """Another process is pressing this newsroom right now; nothing was changed."""


class SettingsChanged(RuntimeError):
    """handpress.toml is no longer what this process has read; it must make way for a new one."""


@dataclass(slots=True)
class PressReport:
    """What one run of the press did."""

    rendered: int = 0
    written: int = 0
    removed: int = 0
    is_sweep: bool = False
    seconds: float = 0.0
    paths: list[str] = field(default_factory=list)
    """Written paths, the first thousand at most."""
    failed: set[tuple[str, str]] = field(default_factory=set)
    """Pages (kind, key) that could not be made; the log says why."""

    def add(self, batch: Batch) -> None:
        """Count a printed batch."""
        self.rendered += len(batch.printed)
        self.failed |= {(batch.kind, key) for key in batch.failed}
        fresh = [page.path for page in batch.printed if page.is_new]
        self.written += len(fresh)
        self.paths += fresh[: max(0, 1000 - len(self.paths))]


class Press:
    """The press of one newsroom. Hold on to it: theme and frame are read once and kept.

    Only one process presses at a time (`PressBusy`); every step may be repeated after a crash.
    """

    def __init__(self, *, store: SiteStore | None = None, workers: int | None = None) -> None:
        self.store = store or site_store()
        self.workers = workers if workers is not None else settings.HANDPRESS.press.workers
        self.workers = self.workers or os.cpu_count() or 1
        self._processes = Workers(self.workers)
        self._renderer: Renderer | None = None
        self._fingerprint = ""
        self._theme_seen: ThemeFiles | None = None
        self._theme_tried: ThemeFiles | None = None
        self._handle = -1
        self._run_number = 0
        self._was_interrupted = False
        self._began_empty = False
        self._is_noted = False
        self._under_way = UnderWay()
        self._failed: dict[str, Any] | None = None

    def press(
        self, *, everything: bool = False, notify: Notify | None = None, looks: bool = True
    ) -> PressReport:
        """Print what is stale; with ``everything`` the whole site, from fresh derived state.

        ``notify`` is called with the number of pages rendered since the last call. Who ``looks``
        at the theme's files all the time need not have them looked at again.
        """
        started = time.monotonic()
        report = PressReport()
        with self.locked():
            notify = notify or (lambda count: None)
            self._run(report, everything=everything, notify=notify, looks=looks)
        report.seconds = time.monotonic() - started
        return report

    @property
    def failed_pages(self) -> int:
        """How many pages the last run of this press could not make."""
        return self._failed["pages"] if self._failed else 0

    def is_never_pressed(self) -> bool:
        """Return whether the site has never been pressed to the end."""
        return not recall("frame", "")

    def _run(self, report: PressReport, *, everything: bool, notify: Notify, looks: bool) -> None:
        self._under_way = UnderWay()
        if self._was_interrupted:
            forget(UNDER_WAY)
            # What it wrote reads as it should, and may still be in memory alone.
            self.store.sync()
        self.store.sweep_temporary()
        if everything or self.is_never_pressed():
            start_afresh()
        if (looks and self.changed_theme() is not None) or not self._knows_frame():
            self._look_at_frame()
        self._print_waiting(report, notify)
        while self._is_frame_stale():
            self._sweep(report, notify)
        forget(FRAME_IN_DOUBT)
        report.removed += manifest.remove_gone(self.store)
        if self._was_interrupted:
            report.removed += manifest.remove_unrecorded(self.store)
        if everything and not self._began_empty:
            report.removed += manifest.remove_strangers(self.store)
        self._note_end(report, everything=everything)
        self.store.forget_journal()
        os.ftruncate(self._handle, 0)

    def _note_end(self, report: PressReport, *, everything: bool) -> None:
        self._under_way.end()
        if report.rendered or report.removed:
            remember("last_run", {"at": time.time(), "rendered": report.rendered})
        if report.is_sweep and everything:
            remember("last_full_run", {"at": time.time()})
        failed = {"pages": len(report.failed), "some": sorted(report.failed)[:_FAILURES_NAMED]}
        if failed != self._failed:
            remember("failed", failed)
            self._failed = failed

    # What is stale -----------------------------------------------------------------------

    def _print_waiting(self, report: PressReport, notify: Notify) -> None:
        """Print stale pages until none waits. Marks are expanded only between two prints:
        a page that changes while it is printed must become stale again afterwards."""
        while True:
            while (expansion := expand_marks()).marks:
                if expansion.touches_frame:
                    self._look_at_frame()
            rows = fetch(_WAITING, [_SEGMENT + len(report.failed)])
            pages = [(kind, key) for kind, key in rows if (kind, key) not in report.failed]
            if not pages:
                return
            self._print(_grouped(pages), report, notify, workers=self._workers_for(len(pages)))

    def _workers_for(self, pages: int) -> Workers | None:
        return self._processes if pages >= _FORK_FROM else None

    # Everything ---------------------------------------------------------------------------

    def _sweep(self, report: PressReport, notify: Notify) -> None:
        """Print every page, newest first; what becomes stale meanwhile is printed in between."""
        report.is_sweep = True
        self._under_way.begin_sweep()
        _, fingerprint = self._current()
        is_fresh = self._began_empty
        self._run_number = recall("run", 0) + 1
        remember("run", self._run_number)
        for segment in batched(all_batches(), _SEGMENT_BATCHES):
            count = sum(len(batch.keys) for batch in segment)
            self._print(
                segment,
                report,
                notify,
                workers=self._workers_for(count),
                is_fresh=is_fresh,
                is_sweep=True,
            )
            self._print_waiting(report, notify)
        manifest.mark_unseen_gone(self._run_number)
        remember("frame", fingerprint)
        remember(THEME, self.renderer().site.theme.fingerprint)

    def _is_frame_stale(self) -> bool:
        _, fingerprint = self._current()
        return bool(recall("frame", "") != fingerprint)

    def processes(self) -> Workers:
        """Return the processes that print for this press while it is locked."""
        return self._processes

    def renderer(self) -> Renderer:
        """Return the renderer for theme, settings and frame as they are now."""
        return self._current()[0]

    def _current(self) -> tuple[Renderer, str]:
        if self._renderer is None:
            self._look_at_frame()
        assert self._renderer is not None
        return self._renderer, self._fingerprint

    def _knows_frame(self) -> bool:
        """Say whether the frame is what this press last read: what changes it leaves a mark.

        Another press may have used up that mark; then it printed another frame than ours, or has
        left the frame in doubt.
        """
        if self._renderer is None:
            return False
        facts = dict(fetch(_FRAME_STATE, ["frame", FRAME_IN_DOUBT]))
        return as_value(facts.get("frame")) == self._fingerprint and FRAME_IN_DOUBT not in facts

    def _look_at_frame(self) -> None:
        """Read the facts of the frame again; another process may have changed them."""
        forget_outlet()
        facts, site = gather_frame_facts(), site_facts()
        self._theme_seen = site.latest_theme
        state = json.dumps([site.as_json(), facts], sort_keys=True)
        fingerprint = hashlib.sha256(state.encode()).hexdigest()
        if fingerprint != self._fingerprint or self._renderer is None:
            renderer = Renderer(site, facts)
            if (files := site.theme.files) is not self._theme_tried:
                if faults := keeper.faults(files) or self._try(renderer):
                    self._refuse(files, faults)
                    return
                self._theme_tried = files
            self._renderer, self._fingerprint = renderer, fingerprint

    def _try(self, renderer: Renderer) -> tuple[Fault, ...]:
        """Try a theme that this site was not printed with; the first time there is no site yet."""
        known = recall(THEME, "")
        is_new = known != renderer.site.theme.fingerprint and not self.is_never_pressed()
        return try_theme(renderer) if is_new else ()

    def _refuse(self, files: ThemeFiles, faults: tuple[Fault, ...]) -> None:
        """Go on with the theme as it was, if this process knows it; else print nothing."""
        keeper.refuse(files, faults)
        forget_outlet()
        if site_facts().theme.files is files:
            raise ThemeUnfit(files.name, faults)
        self._look_at_frame()

    def changed_theme(self) -> ThemeFiles | None:
        """Return the theme as it lies there, where that is not what was last looked at."""
        latest = latest_theme()
        return None if latest is self._theme_seen else latest

    # Printing -----------------------------------------------------------------------------

    def _print(
        self,
        batches: Iterable[Batch],
        report: PressReport,
        notify: Notify,
        *,
        workers: Workers | None,
        is_fresh: bool = False,
        is_sweep: bool = False,
    ) -> None:
        renderer, _ = self._current()
        printer = Printer(renderer, self.store, is_fresh=is_fresh)
        self._note_start()
        done = []
        for batch in print_batches(printer, batches, workers=workers):
            done.append(batch)
            report.add(batch)
            notify(len(batch.keys))
            self._under_way.add(batch.kind, len(batch.keys), is_sweep=is_sweep)
        if any(page.is_new for batch in done for page in batch.printed):
            self.store.sync()
        manifest.record(done, run=self._run_number, is_sweep=is_sweep)
        self._under_way.note_recorded()

    # The lock -----------------------------------------------------------------------------

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the only right to press. The file holds a byte while a run is unfinished."""
        check_settings()
        self.store.refuse_foreign_folder()
        self.store.open()
        self._handle = os.open(self.store.root / TEMPORARY / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise PressBusy(
                    "Another press is at work in this newsroom. Nothing was changed; "
                    "wait until it is done, then try again."
                ) from None
            self._was_interrupted = os.fstat(self._handle).st_size > 0
            self._began_empty = next(self.store.files(), None) is None
            self._is_noted = self._was_interrupted
            self._run_number = recall("run", 0)
            yield
        finally:
            self._processes.close()
            os.close(self._handle)
            self.store.close()

    def _note_start(self) -> None:
        """Before the first file is written: a crash from here on may leave a file unrecorded."""
        if not self._is_noted:
            os.pwrite(self._handle, b"!", 0)
            os.fsync(self._handle)
            self._is_noted = True


def check_settings() -> None:
    """Raise `SettingsChanged` where this process has read another handpress.toml."""
    if settings_stamp() != LOADED_STAMP:
        raise SettingsChanged(
            "handpress.toml has changed since this process started. Nothing was printed with "
            "the old settings; the next process reads the new ones."
        )


def start_afresh() -> None:
    """Make all derived state anew and call every page stale, in one transaction.

    Marks and stale pages so far are dropped: the sweep that must follow covers them. Compressed
    copies are looked at again too.
    """
    with transaction.atomic():
        Mark.objects.all().delete()
        StalePage.objects.all().delete()
        PrintedPage.objects.filter(is_packed=True).update(is_packed=False)
        remember("frame", "")
        for derived in registry.derived:
            derived.rebuild()


def all_batches() -> Iterator[Batch]:
    """Yield every page there is, in batches of one kind, newest first within a kind."""
    for kind in sorted(registry.kinds.values(), key=lambda kind: kind.turn):
        for keys in batched(kind.every_key(), kind.batch):
            yield Batch(kind.name, [key for key, _ in keys])


def _grouped(pages: Iterable[tuple[str, str]]) -> Iterator[Batch]:
    """Group (kind, key) pairs into batches of one kind, first come first served."""
    kinds: dict[str, list[str]] = {}
    for kind, key in pages:
        kinds.setdefault(kind, []).append(key)
    for kind, keys in kinds.items():
        for some in batched(keys, registry.kinds[kind].batch):
            yield Batch(kind, some)


_FRAME_STATE = "SELECT name, value FROM press_pressstate WHERE name IN (%s, %s)"
_WAITING = "SELECT kind, key FROM press_stalepage ORDER BY rank DESC, id LIMIT %s"
