"""`handpress manage prepare`: tables and desk files as this version needs them."""

from typing import Any

from django.core.management.base import BaseCommand

from handpress.desk.readiness import collect_desk_files, migrate_database, newer_migrations
from handpress.lib.commands import Verb


class Command(Verb, BaseCommand):
    """Run after every upgrade; a second run finds nothing to do."""

    help = "Bring the database's tables and the desk's files up to date with this version."

    def run(self, options: dict[str, Any]) -> int:
        if newer := newer_migrations():
            self.say(
                f"The database is of a later version ({newer[-1]}). Nothing was changed: run that"
                " version of the program, or restore the backup made before the upgrade."
            )
            return 1
        migrations = migrate_database()
        files = collect_desk_files()
        if migrations:
            self.print_result(f"Database: {migrations} steps applied.")
        if files:
            self.print_result(f"Desk: {files} files put in place.")
        if not (migrations or files):
            self.print_result("Database and desk are up to date.")
        return 0
