"""`handpress doctor`: is everything as it should be, and if not, what to do."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from handpress.desk.doctor import examine
from handpress.lib.commands import Verb
from handpress.lib.findings import is_failure, render_findings
from handpress.mail.doctor.looking import examine_arrival, mail_checks


class Command(Verb, BaseCommand):
    """Reads and changes nothing; exit status 1 when any check failed."""

    help = "Check everything that can be checked, and say how to mend it. Changes nothing."
    has_json = True

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--mail",
            action="store_true",
            help="only whether mail will arrive; asks DNS and the relays",
        )
        parser.add_argument(
            "--seed",
            type=Path,
            metavar="FILE",
            help="with --mail: a message of yours as it arrived in a mailbox",
        )
        parser.add_argument(
            "--sent",
            type=Path,
            metavar="FILE",
            help="with --seed: the same message as it was handed over, to compare each link",
        )

    def run(self, options: dict[str, Any]) -> int:
        findings = examine(mail_checks()) if options["mail"] or options["seed"] else examine()
        if options["seed"]:
            sent = options["sent"].read_bytes() if options["sent"] else b""
            findings += examine_arrival(options["seed"].read_bytes(), sent)
        self.stdout.write(render_findings(findings, as_json=self.wants_json) + "\n")
        return 1 if is_failure(findings) else 0
