"""`handpress fund receipts SPONSOR YEAR`: a year's receipts, counted, written, and as files."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from handpress.donations.actions.receipt_runs import run_annual
from handpress.donations.core.receipt_words import text_of
from handpress.donations.core.receipts import RefusedReceipt
from handpress.donations.models import Receipt, Sponsor
from handpress.donations.queries.receipt_years import AnnualPlan, annual_plan
from handpress.donations.queries.receipts import number_of, paper_of_receipt
from handpress.donations.receipt_tasks import make_pdf, pdf_bytes
from handpress.donations.sealing import Forgotten, KeysUnusable
from handpress.lib import clock
from handpress.lib.commands import Verb
from handpress.lib.money import plain_amount
from handpress.lib.progress import progress

_DONE, _FAILED = 0, 1
_OF = "receipts"


def add_receipt_options(parser: ArgumentParser) -> None:
    """Add what `receipts` can be told, beside the folder (`--out`)."""
    parser.add_argument("year", nargs="?", type=int, help=f"{_OF}: which year, as in 2026")
    parser.add_argument(
        "--issue",
        action="store_true",
        help=f"{_OF}: write those that are missing; without it they are only counted",
    )


def handle_receipts(verb: Verb, options: dict[str, Any]) -> int:
    """Count a year's receipts, write them where told so, and put them into a folder."""
    if options["year"] is None:
        raise CommandError("Say whose and which year: handpress fund receipts SPONSOR YEAR.")
    if not 1 < options["year"] < 9000:
        raise CommandError(f"{options['year']} is no year.")
    sponsor = _sponsor_named(options["what"])
    folder: Path | None = options["out"]
    try:
        plan = annual_plan(sponsor, options["year"], clock.now())
        lines, data = _counted(plan), _data(plan)
        if options["issue"] and not options["dry_run"]:
            lines, data = _write_all(plan, lines, data)
        if folder is not None and not options["dry_run"]:
            data["files"] = _put_into(folder, sponsor, plan.year)
            lines.append(f"  {data['files']:>8}  receipts as files in {folder}")
    except (RefusedReceipt, KeysUnusable) as refusal:
        raise CommandError(str(refusal)) from None
    verb.print_result("\n".join(lines), data)
    return _FAILED if plan.faults or plan.kept or data.get("refused") else _DONE


def _counted(plan: AnnualPlan) -> list[str]:
    sums = ", ".join(f"{plain_amount(minor, code)} {code}" for code, minor in plan.sums.items())
    lines = [
        f"{plan.sponsor}: {plan.first} to {plan.last}"
        + ("" if plan.is_over else ", which is not over yet"),
        f"  {plan.issued:>8}  annual receipts are written",
        f"  {plan.receipts:>8}  to be written, for {len(plan.donors)} donors"
        + (f", over {plan.gifts} gifts: {sums}" if sums else ""),
        f"  {plan.nameless:>8}  gifts of nobody who told their name",
        f"  {plan.left_out:>8}  gifts that this form cannot hold",
        f"  {len(plan.kept):>8}  donors who get none yet",
    ]
    lines += [f"  donor {kept.donor.pk}: {kept.words}" for kept in plan.kept]
    return [*lines, *(f"  {fault}" for fault in plan.faults)]


def _data(plan: AnnualPlan) -> dict[str, Any]:
    return {
        "sponsor": plan.sponsor.legal_name,
        "year": plan.year,
        "is_over": plan.is_over,
        "written": plan.issued,
        "to_be_written": plan.receipts,
        "donors": len(plan.donors),
        "gifts": plan.gifts,
        "sums_minor": plan.sums,
        "nameless": plan.nameless,
        "left_out": plan.left_out,
        "kept": [{"donor": kept.donor.pk, "why": kept.words} for kept in plan.kept],
        "faults": plan.faults,
    }


def _write_all(
    plan: AnnualPlan, lines: list[str], data: dict[str, Any]
) -> tuple[list[str], dict[str, Any]]:
    if not plan.is_over:
        raise CommandError(
            f"This year ends with {plan.last}; until then gifts can come. Nothing was written."
        )
    if plan.faults:
        raise CommandError(f"{' '.join(plan.faults)} Nothing was written.")
    written, refused = 0, []
    runs = run_annual(plan, now=clock.now())
    for ran in progress(runs, "Writing receipts", total=len(plan.donors)):
        written += len(ran.receipts)
        refused += [{"donor": ran.donor.pk, "why": ran.words}] if ran.words else []
    lines += [f"  {written:>8}  are written now"]
    lines += [f"  donor {each['donor']}: {each['why']}" for each in refused]
    return lines, {**data, "written_now": written, "refused": refused}


def _put_into(folder: Path, sponsor: Sponsor, year: int) -> int:
    """Write text and PDF of every receipt of a year, for their owner alone; return how many."""
    rows = Receipt.objects.filter(sponsor=sponsor, fiscal_year=year).order_by("number")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        numbers = list(rows.exclude(wrapped="").values_list("pk", flat=True))
        for pk in progress(numbers, "Writing files"):
            _put_one(folder, Receipt.objects.get(pk=pk))
    except OSError as error:
        raise CommandError(f"{folder} cannot be written: {error.strerror}.") from None
    return len(numbers)


def _put_one(folder: Path, receipt: Receipt) -> None:
    if not receipt.pdf_sha256:
        make_pdf(receipt)
        receipt.refresh_from_db()
    try:
        text = text_of(paper_of_receipt(receipt)).encode()
    except Forgotten:
        return
    for ending, content in (("txt", text), ("pdf", pdf_bytes(receipt))):
        if content:
            _write(folder / f"{number_of(receipt)}.{ending}", content)


def _write(file: Path, content: bytes) -> None:
    if file.exists() and file.read_bytes() != content:
        raise CommandError(
            f"{file} is there, and is another: numbers are each sponsor’s own. Name a folder for "
            "this sponsor and year alone; nothing there was changed."
        )
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)


def _sponsor_named(name: str | None) -> Sponsor:
    sponsors = list(Sponsor.objects.order_by("pk"))
    wanted = [each for each in sponsors if name in {each.legal_name, str(each.pk)}]
    if len(wanted) == 1:
        return wanted[0]
    if not sponsors:
        raise CommandError("Nobody receives gifts yet, so nobody gives receipts.")
    names = ", ".join(f"{each.pk} (“{each}”)" for each in sponsors)
    raise CommandError(f"Say whose receipts, by number or legal name: {names}.")
