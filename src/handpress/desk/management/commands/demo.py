"""`handpress demo`: an invented outlet, pressed and served."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string

from handpress.desk.demo_options import add_demo_options
from handpress.desk.demo_rows import fill_newsroom, renew_login
from handpress.desk.importing import find_files, import_files, read_files
from handpress.lib import clock
from handpress.lib.commands import Verb
from handpress.lib.progress import Progress, progress
from handpress.newsroom.models import Article
from handpress.press.actions import Press

_ABOUT_ARTICLES = 66
# By name: the server stands on a higher floor than the desk.
_WHY_NOT = "handpress.project.serving.why_not"


class Command(Verb, BaseCommand):
    help = "Make an invented newsroom in DIR (else ./demo), print its site and serve it."

    def add_options(self, parser: ArgumentParser) -> None:
        add_demo_options(parser)

    def run(self, options: dict[str, Any]) -> int:
        # Before the password is a new one: somebody may be using the old.
        if not options["no_serve"] and (reason := self._why_not(options)):
            self.say(reason)
            return 1
        if not Article.objects.exists() and not self._fill(options["pages"]):
            return 1
        work: Progress[None] = progress(None, "Printing pages")
        with work:
            report = Press().press(notify=work.update)
        self.say(f"{Article.objects.count()} articles; {report.written:,} files printed.")
        user, password = renew_login()
        self.print_result(f"Desk login: user {user}, password {password}  (at /desk/)")
        if options["no_serve"]:
            return 0
        call_command("serve", host=options["host"], port=options["port"])
        return 0

    def _why_not(self, options: dict[str, Any]) -> str:
        why_not = import_string(_WHY_NOT)
        return str(why_not(host=options["host"], port=options["port"]))

    def _fill(self, pages: list[Path] | None) -> bool:
        if pages:
            return self._import(pages)
        work: Progress[None] = progress(_ABOUT_ARTICLES, "Writing articles")
        with work:
            fill_newsroom(notify=work.update)
        return True

    def _import(self, paths: list[Path]) -> bool:
        outcome = import_files(read_files(find_files(paths)), now=clock.now())
        for refusal in outcome.refusals:
            self.say(f"Refused: {refusal}")
        for note in outcome.notes:
            self.say(f"Note: {note}")
        if not outcome.sheet.articles.imported:
            self.say("No article was imported, so there is nothing to show.")
            return False
        return True
