"""`handpress press`: print what is stale; everything; or compare."""

from __future__ import annotations

import gc
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from handpress.lib.commands import Verb
from handpress.lib.progress import Progress, progress
from handpress.press.actions import Press, PressBusy, PressReport, SettingsChanged
from handpress.press.models import PrintedPage
from handpress.press.packing import pack_pages
from handpress.press.queries import is_work_waiting
from handpress.press.store import ForeignFolder
from handpress.press.tasks import run_due
from handpress.press.verify import Verification, note_verification, verify_site

_SHOWN = 20


class Command(Verb, BaseCommand):
    help = "Print what is stale. The site folder is complete whenever this ends well."
    has_json = True

    def add_options(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--all", action="store_true", help="print the whole site anew")
        what.add_argument(
            "--verify",
            action="store_true",
            help="change nothing: render everything afresh and compare; exit 1 on any difference",
        )
        parser.add_argument(
            "--no-compress",
            action="store_true",
            help="leave compressed copies to the background work of `handpress serve`",
        )

    def run(self, options: dict[str, Any]) -> int:
        # What was imported stays: the collector need not go through it again and again.
        gc.freeze()
        press = Press()
        try:
            if options["verify"]:
                return self._verify(press)
            return self._press(press, options)
        except (PressBusy, SettingsChanged, ForeignFolder) as refusal:
            self.say(str(refusal))
            return 1

    def _press(self, press: Press, options: dict[str, Any]) -> int:
        run_due()
        known = PrintedPage.objects.count() if options["all"] or press.is_never_pressed() else 0
        work: Progress[None] = progress(known or None, "Printing pages")
        with work:
            report = press.press(everything=options["all"], notify=work.update)
        if settings.HANDPRESS.press.compress and not options["no_compress"]:
            total = PrintedPage.objects.filter(is_packed=False).count()
            packing: Progress[None] = progress(total, "Compressing pages")
            with packing:
                pack_pages(press, notify=packing.update)
        self.print_result(_told(report), _as_json(report))
        if report.failed:
            self.say(_told_failures(report))
        return 1 if report.failed else 0

    def _let_background_work_finish(self) -> None:
        """What an editor changes right now is being printed by `handpress serve`."""
        end = time.monotonic() + _PATIENCE_S
        while is_work_waiting() and time.monotonic() < end:
            time.sleep(0.2)

    def _verify(self, press: Press) -> int:
        self._let_background_work_finish()
        work: Progress[None] = progress(PrintedPage.objects.count(), "Comparing pages")
        with work:
            found = verify_site(press, notify=work.update)
        note_verification(found)
        self.print_result(_told_verification(found), _verification_as_json(found))
        return 0 if found.is_clean else 1


_PATIENCE_S = 10.0


def _told(report: PressReport) -> str:
    lines = [f"  {path}" for path in report.paths[:_SHOWN]]
    if report.written > _SHOWN:
        lines.append(f"  … and {report.written - _SHOWN:,} more")
    lines.append(
        f"{report.rendered:,} pages rendered, {report.written:,} written, "
        f"{report.removed:,} removed in {report.seconds:.2f} s."
    )
    return "\n".join(lines)


def _told_failures(report: PressReport) -> str:
    names = ", ".join(f"{kind} {key}".strip() for kind, key in sorted(report.failed)[:_SHOWN])
    return (
        f"{len(report.failed):,} pages could not be made ({names}); the lines above say why. "
        "Their former versions stay in place, all other pages are printed, and the next run "
        "tries again."
    )


def _as_json(report: PressReport) -> dict[str, Any]:
    return {
        "rendered": report.rendered,
        "written": report.written,
        "removed": report.removed,
        "failed": [list(page) for page in sorted(report.failed)],
        "seconds": round(report.seconds, 3),
        "paths": report.paths,
    }


_WORDS = {
    "different": "not what a fresh press would print",
    "missing": "missing",
    "strangers": "not printed by the press",
    "packed": "compressed copy differs from its page",
    "manifest": "wrong in the manifest",
    "derived": "wrong in the database",
}


def _told_verification(found: Verification) -> str:
    lines = []
    for name, words in _WORDS.items():
        paths = getattr(found, name)
        lines += [f"  {words}: {path}" for path in paths[:_SHOWN]]
        if len(paths) > _SHOWN:
            lines.append(f"  {words}: … and {len(paths) - _SHOWN:,} more")
    if found.waiting:
        lines.append(f"  {found.waiting:,} changes wait to be printed: run `handpress press` first")
    if found.is_clean:
        return f"{found.compared:,} pages compared: the site is what a fresh press would print."
    lines.append(
        f"{found.compared:,} pages compared; see above. Readers are served what stands in the site "
        "folder. `handpress press --all` makes it right."
    )
    return "\n".join(lines)


def _verification_as_json(found: Verification) -> dict[str, Any]:
    lists = {name: getattr(found, name) for name in _WORDS}
    return {
        "clean": found.is_clean,
        "compared": found.compared,
        "waiting": found.waiting,
        **lists,
    }
