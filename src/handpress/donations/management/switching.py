"""`handpress fund switch-sponsor`: what the desk's form does, where there is no desk."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction

from handpress.donations.actions import suspend_sponsor
from handpress.donations.forms_books import NEW, NOBODY, HandOverForm
from handpress.donations.models import LostOrder, Plan, PlanState, Sponsor, SponsorKind
from handpress.lib import clock

_DONE = 0
_FIELDS = {
    "iban": "bank_account_ref",
    "bic": "bank_bic",
    "link": "link_account_ref",
    "sponsor_kind": "kind",
    "tax_words": "tax_words",
}


def add_switch_options(parser: ArgumentParser) -> None:
    """Declare what switch-sponsor takes."""
    say = "switch-sponsor: "
    parser.add_argument("--to", help=f"{say}who receives gifts from now on, by legal name")
    parser.add_argument("--iban", help=f"{say}a new sponsor's IBAN or account number")
    parser.add_argument("--bic", help=f"{say}its bank's code")
    parser.add_argument("--link", help=f"{say}the address of a page that takes gifts for it")
    parser.add_argument("--cheques", help=f"{say}where cheques go, lines apart by semicolons")
    parser.add_argument("--tax-words", help=f"{say}what donors should know about tax")
    parser.add_argument(
        "--kind-of-sponsor",
        dest="sponsor_kind",
        choices=SponsorKind.values,
        default=SponsorKind.OURSELVES.value,
        help=f"{say}what the new sponsor is",
    )


def switch_sponsor(command: Any, options: dict[str, Any]) -> int:
    """Suspend a sponsor with all its ways; the one named by ``--to`` takes over, known or new.

    In one transaction, or not at all. Without ``--to`` nobody does.
    """
    old = _sponsor(options["what"])
    form = HandOverForm(_data(options), sponsor=old)
    if not form.is_valid():
        faults = [f"{message}" for some in form.errors.values() for message in some]
        raise CommandError("Nothing was changed. " + " ".join(map(str, faults)))
    now = clock.now()
    with transaction.atomic():
        done = suspend_sponsor(old, now=now, successor=form.as_successor(), rails=form.rails)
        waiting = Plan.objects.filter(
            rail__sponsor=old, state=PlanState.NEEDS_RECONSENT, reconsent_at=now
        ).count()
        orders = LostOrder.objects.filter(sponsor=old, lost_at=now).count()
        if options["dry_run"]:
            transaction.set_rollback(True)
    words = [
        f"“{old}” is suspended with all its ways to give."
        if done
        else f"“{old}” was suspended before.",
        f"“{options['to']}” receives gifts from now on." if options["to"] else "Nobody takes over.",
        f"{waiting} monthly gifts wait for their donors, who are mailed as soon as there is a way"
        " to choose.",
        f"{orders} donors pay into the lost account by a standing order; whoever can be mailed is"
        " asked in an hour to change it, as soon as there is another account.",
        "For an hour “Offer again”, on the desk, takes that back.",
    ]
    if options["dry_run"]:
        words.append("Nothing was changed: a trial.")
    command.print_result(
        "\n".join(words),
        {"suspended": str(old), "to": options["to"], "plans": waiting, "orders": orders},
    )
    return _DONE


def _data(options: dict[str, Any]) -> dict[str, str]:
    to = (options["to"] or "").strip()
    known = Sponsor.objects.filter(legal_name=to).first() if to else None
    successor = str(known.pk) if known else (NEW if to else NOBODY)
    told = {field: options[name] or "" for name, field in _FIELDS.items()}
    cheques = "\n".join((options["cheques"] or "").split(";"))
    return {**told, "successor": successor, "legal_name": to, "cheque_address": cheques}


def _sponsor(name: str | None) -> Sponsor:
    found = Sponsor.objects.filter(legal_name=name).first() if name else None
    if found:
        return found
    names = ", ".join(f"“{each}”" for each in Sponsor.objects.all()) or "none"
    raise CommandError(f"Name the sponsor that is lost, by legal name. There is: {names}.")
