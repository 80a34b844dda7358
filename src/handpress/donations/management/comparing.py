"""`handpress fund reconcile`: the books held against what companies list."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, timedelta
from typing import Any

from django.core.management.base import CommandError

from handpress.donations.actions.reconciling import companies_rails, reconcile, since_last
from handpress.donations.models import Rail, RailState, Reconciliation
from handpress.donations.sealing import KeysUnusable
from handpress.lib import clock
from handpress.lib.commands import Verb
from handpress.lib.money import plain_amount

_DONE, _FAILED = 0, 1
_MOST_DAYS = 3660


def add_comparing_options(parser: ArgumentParser) -> None:
    """Add what `reconcile` can be told, beside the way (`--way`)."""
    parser.add_argument(
        "--days",
        type=int,
        help="reconcile: how many days back; without it where the last comparison left off",
    )


def reconcile_by_hand(verb: Verb, options: dict[str, Any]) -> int:
    """Compare one company's rail, or all; 1 where something differs or one could not be asked."""
    days, is_dry = options["days"], options["dry_run"]
    if days is not None and not 0 < days <= _MOST_DAYS:
        raise CommandError(f"--days is a number from 1 to {_MOST_DAYS}.")
    runs = []
    for rail in _rails_named(options["way"]):
        now = clock.now()
        since = now - timedelta(days=days) if days else since_last(rail, now)
        try:
            runs.append(reconcile(rail, since, now, now=now, dry_run=is_dry))
        except KeysUnusable as refusal:
            raise CommandError(str(refusal)) from None
    lines = [line for run in runs for line in _lines(run)]
    if is_dry:
        lines.append("Nothing was booked, and nothing written down: this was a dry run.")
    verb.print_result("\n".join(lines), {"ways": [_data(run) for run in runs]})
    return _FAILED if any(run.error or run.differences for run in runs) else _DONE


def _rails_named(name: str | None) -> list[Rail]:
    rails = list(companies_rails())
    if not rails:
        raise CommandError("There is no way to give by a company yet.")
    if name is None:
        return [rail for rail in rails if rail.state != RailState.RETIRED]
    wanted = [rail for rail in rails if name in {rail.name, rail.account_ref, str(rail.pk)}]
    if len(wanted) == 1:
        return wanted
    names = ", ".join(f"“{rail.name}” ({rail.pk})" for rail in rails)
    raise CommandError(f"--way: name one company’s way to give, by name or number: {names}.")


def _lines(run: Reconciliation) -> list[str]:
    begin, end = (f"{each.astimezone(UTC):%Y-%m-%d %H:%M}" for each in (run.since, run.until))
    lines = [f"{run.rail.name}, {begin} to {end} UTC"]
    if run.error:
        return [*lines, f"  could not be asked: {run.error}. Nothing was changed."]
    return [
        *lines,
        f"  {run.theirs:>8}  movements there",
        f"  {run.ours:>8}  here",
        f"  {run.booked:>8}  were missing here, and are booked now",
        f"  {len(run.differences):>8}  differences",
        *(
            f"  {each['difference']}  {each['remote_id']}: here {_side(each['ours'])}, "
            f"there {_side(each['theirs'])}"
            for each in run.differences
        ),
    ]


def _side(line: dict[str, Any] | None) -> str:
    if line is None:
        return "nothing"
    code = line["currency"]
    return f"{line['kind']} {plain_amount(line['minor'], code)} {code} on {line['on']}"


def _data(run: Reconciliation) -> dict[str, Any]:
    return {
        "way": run.rail.name,
        "since": run.since,
        "until": run.until,
        "there": run.theirs,
        "here": run.ours,
        "booked": run.booked,
        "differences": run.differences,
        "error": run.error,
    }
