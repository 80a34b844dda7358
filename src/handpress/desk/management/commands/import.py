"""`handpress import`: saved topic pages into the newsroom."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from handpress.desk.importing import Outcome, find_files, import_files, read_files
from handpress.importers.actions import Tally
from handpress.importers.core.incoming import RefusedFile
from handpress.lib import clock
from handpress.lib.commands import Verb
from handpress.lib.progress import Progress, progress

_COLUMNS = ("found", "imported", "unchanged", "updated", "refused")


class Command(Verb, BaseCommand):
    help = (
        "Bring saved topic pages (plain text) into the newsroom. The same page again changes "
        "nothing; a later copy of it updates and adds."
    )
    has_json = True
    has_dry_run = True

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths",
            metavar="PATH",
            nargs="+",
            type=Path,
            help="a saved page, or a folder with saved pages (*.txt)",
        )

    def run(self, options: dict[str, Any]) -> int:
        files = find_files(options["paths"])
        if not files:
            self.say("No saved page (*.txt) was found there. Nothing was changed.")
            return 2
        results = read_files(files)
        total = sum(len(r.articles) for r in results if not isinstance(r, RefusedFile))
        work: Progress[None] = progress(total, "Importing articles")
        with work:
            outcome = import_files(
                results, now=clock.now(), is_dry=options["dry_run"], notify=work.update
            )
        self._report(outcome, is_dry=options["dry_run"])
        return 1 if outcome.refusals else 0

    def _report(self, outcome: Outcome, *, is_dry: bool) -> None:
        for refusal in outcome.refusals:
            self.say(f"Refused: {refusal}")
        for note in outcome.notes:
            self.say(f"Note: {note}")
        self.print_result(_table(outcome), {"dry_run": is_dry, **outcome.as_json()})
        if is_dry:
            self.say("This was a dry run: nothing was changed.")
        elif any(tally.imported or tally.updated for tally in _tallies(outcome).values()):
            self.say(
                "`handpress press` prints what changed; "
                "a running `handpress serve` does so by itself."
            )


def _tallies(outcome: Outcome) -> dict[str, Tally]:
    return {
        "articles": outcome.sheet.articles,
        "pages": outcome.pages,
        "topics": outcome.sheet.topics,
        "appeals": outcome.appeals,
        "digest pitches": outcome.pitches,
    }


def _table(outcome: Outcome) -> str:
    lines = [" " * 16 + "".join(f"{name:>11}" for name in _COLUMNS)]
    lines += [_row(name, tally) for name, tally in _tallies(outcome).items()]
    return "\n".join(lines)


def _row(name: str, tally: Tally) -> str:
    return f"{name:<16}" + "".join(f"{getattr(tally, column):>11,}" for column in _COLUMNS)
