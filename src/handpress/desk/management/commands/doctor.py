"""`handpress doctor`: is everything as it should be, and if not, what to do."""

from typing import Any

from django.core.management.base import BaseCommand

from handpress.desk.doctor import examine
from handpress.lib.commands import Verb
from handpress.lib.findings import is_failure, render_findings


class Command(Verb, BaseCommand):
    """Reads and changes nothing; exit status 1 when any check failed."""

    help = "Check everything that can be checked, and say how to mend it. Changes nothing."
    has_json = True

    def run(self, options: dict[str, Any]) -> int:
        findings = examine()
        self.stdout.write(render_findings(findings, as_json=self.wants_json) + "\n")
        return 1 if is_failure(findings) else 0
