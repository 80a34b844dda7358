"""Importing saved pages: articles to the newsroom, appeal and pitch to those whose they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from handpress.digest.actions import adopt_pitch
from handpress.donations.actions import adopt_appeal
from handpress.importers.actions import BalanceSheet, Tally, import_page
from handpress.importers.core.incoming import RefusedFile, SavedPage
from handpress.importers.formats.saved_page import read_saved_pages

_LARGEST = 64 * 2**20
_NAMED = 3

Notify = Callable[[int], None]


@dataclass(slots=True)
class Outcome:
    """What an import came to. ``kept`` names what was stored but not put before readers."""

    sheet: BalanceSheet = field(default_factory=BalanceSheet)
    pages: Tally = field(default_factory=Tally)
    appeals: Tally = field(default_factory=Tally)
    pitches: Tally = field(default_factory=Tally)
    refusals: list[RefusedFile] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def refuse(self, refused: RefusedFile) -> None:
        """Count a file of which nothing is taken."""
        self.pages.add("refused")
        self.refusals.append(refused)

    def as_json(self) -> dict[str, Any]:
        """Return the balance sheet as one JSON object."""
        return {
            "articles": self.sheet.articles.as_json(),
            "pages": self.pages.as_json(),
            "topics": self.sheet.topics.as_json(),
            "appeals": self.appeals.as_json(),
            "pitches": self.pitches.as_json(),
            "refusals": [
                {"file": one.name, "reason": one.reason, "remedy": one.remedy}
                for one in self.refusals
            ],
            "notes": self.notes,
        }


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files meant: files as named, and every ``*.txt`` below a named folder."""
    found: list[Path] = []
    for path in paths:
        # Where Path.is_dir would raise, this says no.
        if os.path.isdir(path):  # noqa: PTH112
            below = (file for file in path.rglob("*") if file.suffix.lower() == ".txt")
            found += sorted(file for file in below if file.is_file())
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def read_files(paths: Sequence[Path]) -> list[SavedPage | RefusedFile]:
    """Read saved pages; pages that are read together tell each other what is boilerplate."""
    results: dict[int, SavedPage | RefusedFile] = {}
    readable: list[tuple[int, tuple[str, bytes]]] = []
    for number, path in enumerate(paths):
        data = _read(path)
        if isinstance(data, RefusedFile):
            results[number] = data
        else:
            readable.append((number, (path.name, data)))
    pages = read_saved_pages([pair for _, pair in readable])
    results.update(zip((number for number, _ in readable), pages, strict=True))
    return [results[number] for number in range(len(paths))]


def _read(path: Path) -> bytes | RefusedFile:
    try:
        if not path.is_file():
            reason = "There is no such file." if not path.exists() else "This is not a file."
            return RefusedFile(str(path), reason, "Check the path and try again.")
        if path.stat().st_size > _LARGEST:
            reason = f"It is larger than {_LARGEST // 2**20} MiB; no saved page is."
            return RefusedFile(str(path), reason, "Check that it is the file you meant.")
        return path.read_bytes()
    except OSError as error:
        reason = f"It cannot be read ({error.strerror})."
        return RefusedFile(str(path), reason, "Check who may read it and try again.")


def import_files(
    results: Sequence[SavedPage | RefusedFile],
    *,
    now: datetime,
    is_dry: bool = False,
    notify: Notify = lambda count: None,
) -> Outcome:
    """Import what was read. A refused file changes nothing; the others are imported.

    With ``is_dry`` everything is done and undone, so the balance sheet is what it would be.
    """
    outcome = Outcome()
    with transaction.atomic():
        for number, result in enumerate(results):
            if isinstance(result, RefusedFile):
                outcome.refuse(result)
                continue
            # A microsecond apart, so that articles of two pages never share a place in time.
            moment = now - timedelta(microseconds=number)
            try:
                _import(result, outcome, now=moment, notify=notify)
            except RefusedFile as refused:
                outcome.refuse(refused)
        if is_dry:
            transaction.set_rollback(True)
    bare = [one.name for one in results if isinstance(one, SavedPage) and not one.foot]
    outcome.notes += _note_of_bare(bare)
    return outcome


def _note_of_bare(names: Sequence[str]) -> list[str]:
    """A file that was cut off after a sentence cannot be told from a page without a foot."""
    if not names:
        return []
    some = ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
    return [
        f"{some}: nothing stands below the last article. If something does on the site, such as "
        "an appeal, the file is cut off: save that page again, whole, and import it."
    ]


def _import(page: SavedPage, outcome: Outcome, *, now: datetime, notify: Notify) -> None:
    articles = outcome.sheet.articles
    before, topics = replace(articles), outcome.sheet.topics.unchanged
    import_page(page, now=now, sheet=outcome.sheet, notify=notify)
    is_new = (articles.imported, articles.updated) != (before.imported, before.updated)
    outcome.pages.add("imported" if is_new else "unchanged")
    has_known = articles.found - articles.imported > before.found - before.imported
    is_later = has_known and outcome.sheet.topics.unchanged > topics
    _adopt_boilerplate(page, outcome, now=now, is_later=is_later)
    if page.unplaced:
        outcome.notes.append(
            f"{page.name}: {len(page.unplaced)} blocks at the foot of the page are neither "
            "article, appeal nor digest pitch; they were left out."
        )


def _adopt_boilerplate(page: SavedPage, outcome: Outcome, *, now: datetime, is_later: bool) -> None:
    if page.appeal:
        compact = page.appeal.compact or page.appeal.full
        _, what = adopt_appeal(
            name=f"Imported: {page.appeal.heading}"[:120],
            heading=page.appeal.heading,
            full_text="\n".join(page.appeal.full),
            compact_text="\n".join(compact),
            now=now,
            is_later=is_later,
        )
        _count(what, "appeal", "a campaign is running", page, outcome.appeals, outcome)
    if page.pitch:
        text = "\n".join(page.pitch.paragraphs)
        what = adopt_pitch(heading=page.pitch.heading, text=text, is_later=is_later)
        _count(what, "digest pitch", "the site shows one", page, outcome.pitches, outcome)


_NOT_SHOWN = ("kept", "named")


def _count(
    what: str, thing: str, because: str, page: SavedPage, tally: Tally, outcome: Outcome
) -> None:
    tally.add("imported" if what in _NOT_SHOWN else what)
    if what == "kept":
        outcome.notes.append(
            f"{page.name}: its {thing} was stored but is not shown, as {because} already. "
            "The desk can put it before readers."
        )
    if what == "named":
        outcome.notes.append(
            f"{page.name}: its {thing} was stored but is not shown, as it names an account, or a "
            "company that takes gifts. Nothing that is printed does; on the desk you can change it."
        )
