"""What every `handpress` verb has in common; a mixin for Django's commands.

Plain Python: the mixin is handed Django's class by whoever inherits from both.

    class Command(Verb, BaseCommand):
        help = "Print what is stale"
        has_json = True

        def add_options(self, parser): ...
        def run(self, options) -> int | None: ...
"""

from __future__ import annotations

import json
import sys
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError
from typing import Any, ClassVar

# Django's own options, for people who write Django; they still work.
_DJANGO_OPTIONS = {
    "--version",
    "--settings",
    "--pythonpath",
    "--no-color",
    "--force-color",
    "--skip-checks",
    "--verbosity",
}


def is_djangos(word: str) -> bool:
    """Say whether an argument is one of those that every command of Django's takes."""
    return word.partition("=")[0] in {*_DJANGO_OPTIONS, "--traceback"}


def port(text: str) -> int:
    """Read the port of an option; 0 is any that is free. Raise ``ArgumentTypeError``."""
    if not (text.isascii() and text.isdecimal() and int(text) <= 65_535):
        raise ArgumentTypeError(f"{text} is not a port. Give a number up to 65535, such as 8000.")
    return int(text)


class Verb:
    """Results to stdout, everything else to stderr; 0 done, 1 failed, 2 misused."""

    has_json: ClassVar[bool] = False
    has_dry_run: ClassVar[bool] = False
    wants_json: bool = False
    # Django's OutputWrapper, made by BaseCommand.
    stdout: Any
    stderr: Any
    # A command checks what it needs itself; Django's system checks cost 0.3 s a start.
    requires_system_checks: Any = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """Return Django's parser with Django's own options left out of the help."""
        parser: ArgumentParser = super().create_parser(  # type: ignore[misc]
            prog_name, subcommand, **kwargs
        )
        for action in parser._actions:
            if _DJANGO_OPTIONS.intersection(action.option_strings):
                action.help = SUPPRESS
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --json and --dry-run where the verb has them, then the verb's own."""
        if self.has_json:
            parser.add_argument("--json", action="store_true", help="print one JSON object")
        if self.has_dry_run:
            parser.add_argument(
                "--dry-run", action="store_true", help="show what would be done and change nothing"
            )
        self.add_options(parser)

    def add_options(self, parser: ArgumentParser) -> None:
        """Add the verb's own arguments; a verb overrides this."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the verb and leave with its exit status."""
        self.wants_json = bool(options.get("json"))
        status = self.run(options)
        if status:
            sys.exit(status)

    def run(self, options: dict[str, Any]) -> int | None:
        """Do the work; return 0 or None when done, 1 when it failed, 2 when misused."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        """Tell the person at the terminal something that is not a result (stderr)."""
        self.stderr.write(f"{text}\n", style_func=str)

    def print_result(self, text: str, data: Any = None) -> None:
        """Write a result to stdout: `data` as JSON where --json was given, else `text`."""
        if self.wants_json:
            text = json.dumps(data, ensure_ascii=False, indent=2, default=str)
        self.stdout.write(f"{text}\n")
