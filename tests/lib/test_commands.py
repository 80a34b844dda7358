"""What every verb has in common."""

import json
from argparse import ArgumentParser
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import BaseCommand

from handpress.lib.commands import Verb


class Count(Verb, BaseCommand):
    help = "Count."
    has_json = True
    has_dry_run = True

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", type=int, default=3)

    def run(self, options: dict[str, Any]) -> int:
        self.say("counting")
        self.print_result(f"{options['to']} counted", {"counted": options["to"]})
        return 0 if options["to"] else 1


def run(*words: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(Count(stdout=out, stderr=err), *words)
    return out.getvalue(), err.getvalue()


def test_results_and_remarks_go_different_ways() -> None:
    assert run() == ("3 counted\n", "counting\n")


def test_json_is_one_object() -> None:
    assert json.loads(run("--json", "--to", "5")[0]) == {"counted": 5}


def test_a_failure_is_an_exit_status() -> None:
    with pytest.raises(SystemExit) as left:
        run("--to", "0")
    assert left.value.code == 1


def test_help_shows_the_verbs_own_options_alone() -> None:
    shown = Count().create_parser("handpress", "count").format_help()
    for option in ("--json", "--dry-run", "--to", "--traceback"):
        assert option in shown
    for option in ("--settings", "--pythonpath", "--no-color", "--verbosity", "--skip-checks"):
        assert option not in shown


def test_djangos_options_still_work() -> None:
    assert run("--no-color")[0] == "3 counted\n"
