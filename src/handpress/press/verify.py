"""Law 2 on demand: render everything afresh and compare it with what stands in the site."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from handpress.press.actions import Press, all_batches
from handpress.press.models import Mark, PrintedPage, StalePage
from handpress.press.packing import holds
from handpress.press.printing import Printer, print_batches
from handpress.press.registry import registry
from handpress.press.state import VERIFIED, remember
from handpress.press.store import PACKED, SiteStore


@dataclass(slots=True)
class Verification:
    """What a comparison found. All lists hold paths below the site folder, or sentences."""

    compared: int = 0
    different: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    packed: list[str] = field(default_factory=list)
    manifest: list[str] = field(default_factory=list)
    derived: list[str] = field(default_factory=list)
    waiting: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether the site is exactly what a fresh full press would print."""
        return not (
            self.different
            or self.missing
            or self.strangers
            or self.packed
            or self.manifest
            or self.derived
            or self.waiting
        )


def verify_site(
    press: Press, *, notify: Callable[[int], None] = lambda count: None
) -> Verification:
    """Render every page from the rows and compare bytes, manifest and derived state.

    Changes nothing. Holds about 300 bytes a page in memory.
    """
    found = Verification()
    with press.locked():
        found.waiting = Mark.objects.count() + StalePage.objects.count()
        for derived in registry.derived:
            found.derived += derived.differences()
        expected = _compare(press, found, notify)
        _compare_manifest(expected, found)
        _compare_folder(press.store, expected, found)
    return found


def note_verification(found: Verification) -> None:
    """Write down when the site was compared and what was found, for the desk."""
    lists = ("different", "missing", "strangers", "packed", "manifest", "derived")
    counts = {name: len(getattr(found, name)) for name in lists} | {"waiting": found.waiting}
    remember(
        VERIFIED,
        {
            "at": time.time(),
            "compared": found.compared,
            "is_clean": found.is_clean,
            "found": {name: count for name, count in counts.items() if count},
        },
    )


def _compare(
    press: Press, found: Verification, notify: Callable[[int], None]
) -> dict[str, tuple[str, str, str]]:
    printer = Printer(press.renderer(), press.store, is_dry=True)
    expected: dict[str, tuple[str, str, str]] = {}
    for batch in print_batches(printer, all_batches(), workers=press.processes()):
        for page in batch.printed:
            if page.path in expected:
                found.manifest.append(f"{page.path}: two pages claim this address")
            expected[page.path] = (page.kind, page.key, page.sha256)
            if page.is_new:
                there = (press.store.root / page.path).is_file()
                (found.different if there else found.missing).append(page.path)
        found.compared += len(batch.printed)
        notify(len(batch.keys))
    return expected


def _compare_manifest(expected: dict[str, tuple[str, str, str]], found: Verification) -> None:
    rows = PrintedPage.objects.values_list("path", "kind", "key", "sha256", "is_gone")
    listed = set()
    for path, kind, key, sha256, is_gone in rows.iterator(chunk_size=2000):
        listed.add(path)
        if is_gone or expected.get(path) != (kind, key, sha256):
            found.manifest.append(f"{path}: the manifest does not state what should stand there")
    found.manifest += [f"{p}: not in the manifest" for p in expected.keys() - listed]


def _compare_folder(
    store: SiteStore, expected: dict[str, tuple[str, str, str]], found: Verification
) -> None:
    found.strangers += (path for path in store.files() if path not in expected)
    for path in expected:
        for ending in PACKED:
            is_there = (store.root / (path + ending)).is_file()
            if is_there and not holds(store, path + ending, store.read(path) or b""):
                found.packed.append(path + ending)
