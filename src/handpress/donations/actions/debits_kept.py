"""What stands in a file for the bank, kept as it was when the file was first made.

A file that is fetched again must be the same to the byte, so that a bank that has it sees that.
So whoever collects, the outlet's name, and whose account it is are written down with each debit;
the last encrypted with the donor's own key. Whoever is erased is gone from there too, and their
debit is left out: without name and account there is none (pain.008: Dbtr, DbtrAcct).
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from handpress.donations import debits, sealing
from handpress.donations.actions.donors import facts_of
from handpress.donations.debits import Creditor, Debit, NotADebit
from handpress.donations.models import Attempt, Donor, Rail
from handpress.press.site import site_facts

ERASED = "the donor was erased"


def kept_for_file(rail: Rail, donor: Donor, minor: int, asked: dict[str, str]) -> dict[str, Any]:
    """Return what is kept of a debit beside ``asked``; raises `NotADebit` where it cannot be one,
    and `sealing.KeysUnusable`."""
    payer = _payer_of(donor)
    if not payer:
        raise NotADebit(_place(asked), ERASED)
    debits.check_debit(_debit(payer, minor, "HP", asked, ""))
    return {
        "creditor": asdict(_creditor_of(rail)),
        "outlet": site_facts().name,
        "payer": sealing.seal(payer, sealing.donor_key(donor.wrapped_key)),
    }


def creditor_for_file(rail: Rail, attempt: Attempt) -> Creditor:
    """Return who collects in the file that a debit stands in, as it was then."""
    kept = attempt.asked.get("creditor")
    return Creditor(**kept) if kept else _creditor_of(rail)


def debit_for_file(attempt: Attempt) -> Debit:
    """Return a debit as it was written into its file; raises `NotADebit` for who was erased."""
    pledge, asked = attempt.pledge, attempt.asked
    donor = pledge.donor
    try:
        # What was written down before accounts were kept here is read from what is known now.
        kept = asked.get("payer")
        payer = sealing.unseal(kept, donor.wrapped_key) if kept and donor else _payer_of(donor)
    except sealing.Forgotten:
        payer = {}
    if not payer:
        raise NotADebit(_place(asked), ERASED)
    words = f"{asked.get('outlet') or site_facts().name} {pledge.period}"
    return _debit(payer, pledge.amount_minor, pledge.reference, asked, words)


def _payer_of(donor: Donor | None) -> dict[str, str]:
    facts = facts_of(donor) if donor else {}
    if not facts:
        return {}
    name = facts.get("account_name") or facts.get("name", "")
    return {"name": name, "iban": facts.get("iban", "")}


def _creditor_of(rail: Rail) -> Creditor:
    return Creditor(
        name=rail.sponsor.legal_name,
        iban=rail.account_ref,
        creditor_id=rail.details["creditor_id"],
        bic=rail.details.get("bic", ""),
    )


def _debit(
    payer: dict[str, str], minor: int, reference: str, asked: dict[str, str], words: str
) -> Debit:
    return Debit(
        place=_place(asked),
        name=payer["name"],
        iban=payer["iban"],
        minor=minor,
        mandate_id=asked["mandate"],
        signed_on=date.fromisoformat(asked["signed_on"]),
        sequence=asked["sequence"],
        reference=reference,
        words=words,
    )


def _place(asked: dict[str, str]) -> str:
    return f"mandate {asked['mandate']}"
