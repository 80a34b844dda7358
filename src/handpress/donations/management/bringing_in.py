"""`handpress fund import-donors`: a list of another system's, by command."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from handpress.donations.actions.import_sheets import FATES, PARTS, Sheet
from handpress.donations.actions.importing import Wishes, import_list, known_columns
from handpress.donations.lists import (
    FIELDS,
    HOLDS,
    KINDS,
    PLAIN,
    Choices,
    DonorList,
    NotAList,
    open_list,
)
from handpress.donations.models import Rail
from handpress.donations.sealing import KeysUnusable
from handpress.lib.commands import Verb
from handpress.lib.money import currencies
from handpress.lib.progress import Progress, progress
from handpress.press.site import site_facts

_DONE, _FAILED = 0, 1
_OF = "import-donors"


def add_import_options(parser: ArgumentParser) -> None:
    """Add what `import-donors` can be told."""
    kinds = [kind.name for kind in (*KINDS, PLAIN)]
    parser.add_argument(
        "--kind", choices=kinds, default="", help=f"{_OF}: whose list it is, if it cannot be seen"
    )
    parser.add_argument("--rail", help=f"{_OF}: the way that monthly gifts are to come by")
    parser.add_argument(
        "--history",
        metavar="RAIL",
        help=f"{_OF}: book past gifts too, on this way, which is no company’s",
    )
    parser.add_argument(
        "--ended",
        action="store_true",
        help=f"{_OF}: the company takes nothing for these subscriptions any more; go on with them",
    )
    parser.add_argument(
        "--origin", default="", help=f"{_OF}: where the list comes from, if from several such"
    )
    parser.add_argument(
        "--holds", choices=HOLDS, default="", help=f"{_OF}: what a table of your own holds"
    )
    parser.add_argument(
        "--column",
        metavar="WHAT=NAME",
        action="append",
        default=[],
        help=f"{_OF}: which column holds what ({', '.join(FIELDS)}); may be given often",
    )
    parser.add_argument(
        "--currency", default="", help=f"{_OF}: what sums are in that name no currency"
    )


def import_donors(verb: Verb, options: dict[str, Any]) -> int:
    """Take a list over, or say what that would do; exit status 1 where anything was refused."""
    if options["what"] is None:
        raise CommandError("Name the file: handpress fund import-donors FILE.")
    file = Path(options["what"])
    try:
        opened = _opened(file.read_bytes(), options)
        wishes = Wishes(
            rail=_rail(options["rail"], "--rail"),
            history=_rail(options["history"], "--history"),
            is_ended=options["ended"],
            origin=options["origin"],
        )
        work: Progress[None] = progress(len(opened.rows), "Taking the list over")
        with work:
            sheet = import_list(
                opened, wishes, is_dry=options["dry_run"], notify=lambda count: work.update(count)
            )
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
    except (NotAList, KeysUnusable) as refusal:
        raise CommandError(str(refusal)) from None
    verb.print_result("\n".join(_lines(file, opened, sheet)), sheet.as_json())
    return _FAILED if sheet.refused else _DONE


def _opened(data: bytes, options: dict[str, Any]) -> DonorList:
    columns: dict[str, list[str]] = {}
    for text in options["column"]:
        what, _, name = text.partition("=")
        if what not in FIELDS or not name:
            raise NotAList(f"--column is WHAT=NAME, with WHAT one of {', '.join(FIELDS)}.")
        columns.setdefault(what, []).append(name)
    currency = options["currency"].upper()
    if currency and currency not in currencies():
        raise NotAList(f"{currency[:10]} is no currency of today.")
    choices = Choices(
        kind=options["kind"],
        holds=options["holds"],
        columns=columns,
        dates=options["dates"],
        currency=currency,
    )
    zone = site_facts().zone
    opened = open_list(data, choices, zone=zone)
    if not columns and (known := known_columns(opened)):
        holds, named = known
        again = Choices(
            kind=options["kind"],
            holds=options["holds"] or holds,
            # What no column held then is said as well, or it would be guessed again.
            columns={what: named.get(what, []) for what in FIELDS},
            dates=options["dates"],
            currency=currency,
        )
        return open_list(data, again, zone=zone)
    return opened


def _rail(named: str | None, option: str) -> Rail | None:
    if named is None:
        return None
    rails = list(Rail.objects.select_related("sponsor"))
    found = [rail for rail in rails if named in {rail.name, rail.account_ref, str(rail.pk)}]
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"“{rail.name}” ({rail.pk})" for rail in rails) or "none yet"
    raise CommandError(f"{option}: name one way to give, by its name or number: {names}.")


def _lines(file: Path, opened: DonorList, sheet: Sheet) -> list[str]:
    lines = [f"{file.name}, {opened.kind.label}: {sheet.rows} lines"]
    for part, words in PARTS:
        count = getattr(sheet, part)
        if count.found:
            lines += ["", f"  {count.found:>8}  {words} found"]
            lines += [f"  {getattr(count, fate):>8}  {said}" for fate, said in FATES]
    if sheet.plans_are:
        said = ", ".join(
            f"{count} {state.replace('_', ' ')}" for state, count in sorted(sheet.plans_are.items())
        )
        lines += [f"            the new ones: {said}"]
    if sheet.passed_over:
        lines += ["", f"  {sheet.passed_over:>8}  past gifts, not booked (--history books them)"]
    lines += [f"  {count:>8}  left out: {why}" for why, count in sorted(sheet.left_out.items())]
    lines += [f"  line {each['line']}, {each['what']}: {each['why']}" for each in sheet.refusals]
    if sheet.is_dry:
        lines += ["", "This was a dry run: nothing was changed."]
    return lines
