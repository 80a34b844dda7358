"""`handpress fund debit-file`: what our own bank is to collect, as a file."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from handpress.donations.actions.debits import DebitSheet, NoFile, make_again, make_debit_file
from handpress.donations.models import Rail, RailKind
from handpress.donations.sealing import KeysUnusable
from handpress.lib import clock
from handpress.lib.commands import Verb
from handpress.lib.money import plain_amount

_DONE, _FAILED = 0, 1
_OF = "debit-file"


def add_debit_options(parser: ArgumentParser, day: Callable[[str], date]) -> None:
    """Add what `debit-file` can be told."""
    parser.add_argument("--out", type=Path, help=f"{_OF}: the file; receipts: the folder")
    parser.add_argument(
        "--on", type=day, help=f"{_OF}: the day to collect on; without it the first that can be"
    )
    parser.add_argument(
        "--again", metavar="NAME", default="", help=f"{_OF}: a file that was made before"
    )


def write_debit_file(verb: Verb, options: dict[str, Any]) -> int:
    """Write the file of what is due, and say what is in it; 1 where something was left out."""
    is_dry, out = options["dry_run"], options["out"]
    if out is None and not is_dry:
        raise CommandError("Say where to write it: --out FILE.")
    try:
        rail = _rail_named(options["what"])
        if options["again"]:
            made, sheet = make_again(rail, options["again"])
        else:
            made, sheet = make_debit_file(rail, now=clock.now(), on=options["on"], dry_run=is_dry)
    except (NoFile, KeysUnusable) as refusal:
        raise CommandError(str(refusal)) from None
    if made and not is_dry:
        _write(out, made)
    verb.print_result("\n".join(_lines(sheet, out, is_dry=is_dry)), sheet.as_json())
    return _FAILED if sheet.refused else _DONE


def _lines(sheet: DebitSheet, out: Path | None, *, is_dry: bool) -> list[str]:
    lines = [f"{sheet.way}: to be collected on {sheet.collect_on}"]
    if not sheet.message:
        lines.append("  nothing is due, so there is no file")
    else:
        where = "not written" if is_dry else str(out)
        how = "made before, and again now" if sheet.is_again else "new"
        lines += [
            f"  {sheet.message} ({how}): {where}",
            f"  {sheet.count:>8}  debits, {plain_amount(sheet.total_minor, 'EUR')} EUR",
            f"  {sheet.first:>8}  of them the first by their mandate",
        ]
    lines += [
        f"  {sheet.waiting:>8}  wait: collected less than a week before",
        f"  {sheet.paid:>8}  came, or are asked for, by another way",
        f"  {len(sheet.refused):>8}  cannot be collected",
        *(f"  {each['place']}: {each['why']}" for each in sheet.refused),
    ]
    others = [each for each in sheet.others if each != sheet.message]
    if others:
        lines.append(f"  files for the same day: {', '.join(others)} (--again NAME)")
    return lines


def _write(out: Path, made: bytes) -> None:
    """Write a file that only its owner reads; never over another one."""
    try:
        if out.exists() and out.read_bytes() == made:
            return
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(made)
            stream.flush()
            os.fsync(stream.fileno())
    except FileExistsError:
        raise CommandError(
            f"{out} is there already, and another file. Nothing is lost: the same command with "
            "another name writes this one."
        ) from None
    except OSError as error:
        raise CommandError(
            f"{out} cannot be written: {error.strerror}. Nothing is lost: the same command makes "
            "the same file."
        ) from None


def _rail_named(name: str | None) -> Rail:
    rails = list(Rail.objects.filter(kind=RailKind.DEBIT))
    wanted = [rail for rail in rails if name in {None, rail.name, rail.account_ref}]
    if len(wanted) == 1:
        return wanted[0]
    if not rails:
        raise CommandError("There is no way to give by SEPA direct debit yet.")
    names = ", ".join(f"“{rail.name}”" for rail in rails)
    raise CommandError(f"Say which way to give: {names}.")
