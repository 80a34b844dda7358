"""`handpress fund`: what the books say, and whether they are whole."""

from __future__ import annotations

import csv
import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from handpress.donations.actions.erasing import erase_donor
from handpress.donations.actions.statements import FATES, bring_statement
from handpress.donations.core.charts import months_until
from handpress.donations.days import today
from handpress.donations.formats import beancount_lines, csv_rows
from handpress.donations.management.bringing_in import add_import_options, import_donors
from handpress.donations.management.comparing import add_comparing_options, reconcile_by_hand
from handpress.donations.management.debit_files import add_debit_options, write_debit_file
from handpress.donations.management.receipt_files import add_receipt_options, handle_receipts
from handpress.donations.management.switching import add_switch_options, switch_sponsor
from handpress.donations.models import Rail, RailKind
from handpress.donations.nightly import faults_found
from handpress.donations.queries import books
from handpress.donations.queries.donors import all_about, find_donor
from handpress.donations.queries.orders import ORDER_STEPS, order_funnel
from handpress.donations.queries.plans import FUNNEL_STEPS, funnel
from handpress.donations.sealing import KeysUnusable
from handpress.donations.statements import NotAStatement
from handpress.lib import clock
from handpress.lib.commands import Verb
from handpress.lib.money import plain_amount

_DONE, _FAILED = 0, 1


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day; write it as in 2026-11-26") from None


class Command(Verb, BaseCommand):
    """Reports on the books, exports them, and walks through them looking for forgeries."""

    help = (
        "Say what every account holds and what came, by month and way (report); write the books "
        "out for a spreadsheet or for plain-text accounting (export); look whether every entry is "
        "as it was sealed (verify); take over a bank's statement, CAMT.053, OFX or a table, and "
        "book what bears a reference (import-statement FILE); take over a list of donors, monthly "
        "gifts and past gifts of another system (import-donors FILE); write what our bank is to "
        "collect into a file (debit-file WAY --out FILE); count and write the receipts of a year "
        "(receipts SPONSOR YEAR, --issue, --out FOLDER); hold the books against what companies "
        "list (reconcile, --way NAME, --days N); take a sponsor off that is lost, and let "
        "another take over (switch-sponsor SPONSOR --to NAME); write out all that is known of a "
        "donor, or erase them (donor ADDRESS, --erase)."
    )
    has_json = True
    has_dry_run = True

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("step", choices=sorted(self.steps()), help="what to do")
        parser.add_argument(
            "what",
            nargs="?",
            help="import-statement, import-donors: the file; debit-file: the way to give, by its "
            "name; receipts, switch-sponsor: the sponsor, by its name; donor: the e-mail address",
        )
        parser.add_argument("--erase", action="store_true", help="donor: erase, for good")
        parser.add_argument(
            "--way",
            help="import-statement: the way to give whose account it is, by its name; reconcile: "
            "one company's way, by its name or number",
        )
        parser.add_argument(
            "--dates",
            choices=("dmy", "mdy"),
            default="",
            help="imports: what comes first in a table's dates, where it cannot be seen",
        )
        parser.add_argument(
            "--months", type=int, default=12, help="report: how many, this one last"
        )
        parser.add_argument("--until", type=_day, help="report: as it was at the end of a day")
        parser.add_argument(
            "--form", choices=("csv", "beancount"), default="csv", help="export: how it is written"
        )
        add_import_options(parser)
        add_debit_options(parser, _day)
        add_receipt_options(parser)
        add_comparing_options(parser)
        add_switch_options(parser)

    def steps(self) -> dict[str, Callable[[dict[str, Any]], int]]:
        return {
            "report": self._report,
            "export": self._export,
            "verify": self._verify,
            "import-statement": self._import_statement,
            "import-donors": self._import_donors,
            "debit-file": self._debit_file,
            "receipts": self._receipts,
            "reconcile": self._reconcile,
            "switch-sponsor": self._switch_sponsor,
            "donor": self._donor,
        }

    def run(self, options: dict[str, Any]) -> int:
        return self.steps()[options["step"]](options)

    def _report(self, options: dict[str, Any]) -> int:
        until = options["until"] or today()
        since = months_until(until, max(1, min(options["months"], 1200)))[0]
        balances = books.trial_balance(until)
        income = books.income(since, until)
        seal = books.last_seal()
        lines = [f"Trial balance at the end of {until}"]
        lines += [
            f"  {plain_amount(each.minor, each.currency):>16} {each.currency}  {each.code}  "
            f"({each.what}, {each.whose})"
            for each in balances
        ]
        lines += ["", f"Income by month and way since {since}"]
        lines += [
            f"  {each.month:%Y-%m}  {plain_amount(each.net, each.currency):>16} {each.currency}  "
            f"{each.rail}, {each.sponsor}"
            for each in income
        ]
        funnels = {
            "agreeing_anew": (funnel(clock.now()), FUNNEL_STEPS),
            "standing_orders": (order_funnel(clock.now()), ORDER_STEPS),
        }
        for steps, names in funnels.values():
            if getattr(steps, names[0][0]):
                lines += ["", "When a sponsor was lost, in the last 180 days, donors who"]
                lines += [f"  {getattr(steps, name):>8}  {what}" for name, what in names]
        lines += ["", f"Last seal: {seal.number} {seal.hash}" if seal else "The books are empty."]
        counted = {
            about: {name: getattr(steps, name) for name, _ in names}
            for about, (steps, names) in funnels.items()
        }
        data = _report_data(until, balances, income, seal) | counted
        self.print_result("\n".join(lines), data)
        return _DONE

    def _export(self, options: dict[str, Any]) -> int:
        if options["form"] == "beancount":
            for line in beancount_lines():
                self.stdout.write(f"{line}\n")
            return _DONE
        writer = csv.writer(self.stdout, lineterminator="\r\n")
        writer.writerows(csv_rows())
        return _DONE

    def _verify(self, options: dict[str, Any]) -> int:
        faults = list(faults_found())
        seal = books.last_seal()
        count = seal.number if seal else 0
        words = [*faults] or [f"{count} entries, all as they were sealed."]
        data = {"entries": count, "faults": faults, "last_seal": seal.hash if seal else ""}
        self.print_result("\n".join(words), data)
        return _FAILED if faults else _DONE

    def _import_statement(self, options: dict[str, Any]) -> int:
        is_dry = options["dry_run"]
        if options["what"] is None:
            raise CommandError("Name the file: handpress fund import-statement FILE.")
        file = Path(options["what"])
        try:
            rail = _bank_named(options["way"])
            data = file.read_bytes()
            sheet = bring_statement(
                rail, data, file_name=file.name, dates=options["dates"], dry_run=is_dry
            )
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        except (NotAStatement, KeysUnusable) as refusal:
            raise CommandError(str(refusal)) from None
        words = [
            f"{rail.name}: {file.name}{', looked through' if is_dry else ''}",
            *(f"  {getattr(sheet, name):>8}  {what}" for name, what in FATES),
            f"  {sheet.found:>8}  lines in all",
            *(f"  not read, {each['place']}: {each['why']}" for each in sheet.refusals),
        ]
        self.print_result("\n".join(words), {"way": rail.name, **sheet.as_json()})
        return _FAILED if sheet.refused else _DONE

    def _import_donors(self, options: dict[str, Any]) -> int:
        return import_donors(self, options)

    def _debit_file(self, options: dict[str, Any]) -> int:
        return write_debit_file(self, options)

    def _receipts(self, options: dict[str, Any]) -> int:
        return handle_receipts(self, options)

    def _reconcile(self, options: dict[str, Any]) -> int:
        return reconcile_by_hand(self, options)

    def _switch_sponsor(self, options: dict[str, Any]) -> int:
        return switch_sponsor(self, options)

    def _donor(self, options: dict[str, Any]) -> int:
        try:
            donor = find_donor(options["what"] or "")
        except KeysUnusable as error:
            raise CommandError(str(error)) from None
        if donor is None:
            raise CommandError(
                "Nobody with that whole e-mail address gave or promised anything, or was erased."
            )
        if options["erase"] and not options["dry_run"]:
            erase_donor(donor)
            self.print_result("The donor is erased. What came stays in the books.", {"erased": 1})
            return _DONE
        try:
            data = all_about(donor)
        except KeysUnusable as error:
            raise CommandError(str(error)) from None
        self.print_result(json.dumps(data, ensure_ascii=False, indent=2), data)
        return _DONE


def _bank_named(name: str | None) -> Rail:
    rails = list(Rail.objects.filter(kind=RailKind.BANK))
    wanted = [rail for rail in rails if name in {None, rail.name, rail.account_ref}]
    if len(wanted) == 1:
        return wanted[0]
    if not rails:
        raise CommandError("There is no way to give by bank transfer yet, so no account.")
    names = ", ".join(f"“{rail.name}” ({rail.account_ref})" for rail in rails)
    raise CommandError(f"Say whose account it is with --way and its name or number: {names}.")


def _report_data(until: date, balances: Any, income: Any, seal: Any) -> dict[str, Any]:
    return {
        "until": until,
        "balances": [
            {
                "account": each.code,
                "what": each.what,
                "whose": each.whose,
                "currency": each.currency,
                "minor": each.minor,
            }
            for each in balances
        ],
        "income": [
            {
                "month": f"{each.month:%Y-%m}",
                "rail": each.rail,
                "kind": each.kind,
                "sponsor": each.sponsor,
                "currency": each.currency,
                "gifts_minor": each.gifts,
                "given_back_minor": each.given_back,
                "fees_minor": each.fees,
                "net_minor": each.net,
            }
            for each in income
        ],
        "last_seal": {"number": seal.number, "hash": seal.hash} if seal else None,
    }
