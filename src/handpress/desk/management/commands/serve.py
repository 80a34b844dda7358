"""`handpress serve`: site, desk, forms and background work, by one command."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, connections
from django.utils.module_loading import import_string

from handpress.desk.readiness import collect_desk_files, newer_migrations, pending_migrations
from handpress.lib.commands import Verb, port
from handpress.press.site import latest_theme
from handpress.press.theme_faults import find_faults

# By name: the server stands on a higher floor than the desk.
_SERVE = "handpress.project.serving.serve_newsroom"


class Command(Verb, BaseCommand):
    """Serves until it is told to stop (Ctrl-C, SIGTERM)."""

    help = "Serve the site, the desk and forms, and do the background work. Ctrl-C stops it."

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", help="the address to listen on (as in handpress.toml)")
        parser.add_argument(
            "--port", type=port, help="the port to listen on (as in handpress.toml)"
        )
        parser.add_argument(
            "--workers", type=int, default=0, help="how many web processes; 0 is one for each core"
        )

    def run(self, options: dict[str, Any]) -> int:
        self._prepare_desk()
        self._look_at_database()
        self._look_at_theme()
        serve_newsroom = import_string(_SERVE)
        status: int = serve_newsroom(
            say=self.say,
            host=options["host"],
            port=options["port"],
            workers=options["workers"],
        )
        return status

    def _prepare_desk(self) -> None:
        try:
            collect_desk_files()
        except OSError as error:
            self.say(f"The desk's files could not be put in place ({error}): it will look bare.")

    def _look_at_theme(self) -> None:
        """Say what keeps pages from being printed; the site is served as it stands."""
        for fault in find_faults(latest_theme()):
            self.say(f"The theme has a fault, and nothing is printed until it is mended: {fault}")

    def _look_at_database(self) -> None:
        """Say what keeps the desk from working; readers get the site all the same."""
        try:
            newer, pending = newer_migrations(), pending_migrations()
        except Error as error:
            self.say(f"The database cannot be read ({error}): the site is served, the desk is not.")
            return
        finally:
            connections.close_all()
        if newer:
            self.say("The database is of a later version: run that program, or restore a backup.")
        elif pending:
            self.say("The database is of another version: run `handpress manage prepare`.")
