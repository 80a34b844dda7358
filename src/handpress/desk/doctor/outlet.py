"""Checks of the outlet's own affairs: settings, staff, address, how readers give."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import WARNING, run_checks

from handpress.conf import Settings
from handpress.desk.readiness import are_desk_files_fresh
from handpress.donations.ledger_rules import missing_rules
from handpress.donations.models import Donor
from handpress.donations.nightly import verified
from handpress.donations.queries.ways import kinds_offered
from handpress.donations.sealing import key_file
from handpress.lib.findings import Finding, State

_LOCAL = {"localhost", "127.0.0.1", "::1"}


def check_settings() -> Iterator[Finding]:
    """State where the settings came from; faults are found before any check runs."""
    newsroom: Settings = settings.HANDPRESS
    what = f"{newsroom.newsroom.name}, in {newsroom.folder}: nothing wrong."
    yield Finding("settings", "ok", what)


def check_program() -> Iterator[Finding]:
    """Let Django and Wagtail check how they are put together."""
    newsroom: Settings = settings.HANDPRESS
    messages = run_checks(include_deployment_checks=newsroom.is_https)
    grave = [each for each in messages if each.level >= WARNING and not each.is_silenced()]
    for each in grave:
        what = f"{each.id}: {each.msg}"
        state: State = "fail" if each.is_serious() else "warn"
        yield Finding("program", state, what, each.hint or "")
    if not grave:
        yield Finding("program", "ok", "its parts fit together.")


def check_desk_files() -> Iterator[Finding]:
    """Look whether the desk's style sheets and scripts are those of this version."""
    if are_desk_files_fresh():
        yield Finding("desk files", "ok", "they are those of this version.")
    else:
        what = "the desk's style sheets and scripts are missing or of another version."
        yield Finding("desk files", "fail", what, "Run `handpress manage prepare`.")


def check_address() -> Iterator[Finding]:
    """Look whether readers' addresses and passwords travel well."""
    newsroom: Settings = settings.HANDPRESS
    yield judge_address(newsroom.newsroom.address, listens_on=newsroom.server.host)


def judge_address(address: str, *, listens_on: str) -> Finding:
    """Return the finding for a public address and the host that the server listens on."""
    host = urlsplit(address).hostname or ""
    if not address:
        what = "the site's public address is not set: feeds, sitemaps and mail need it."
        return Finding("address", "warn", what, 'Set address = "https://…" under [newsroom].')
    if address.startswith("http:") and not (host in _LOCAL or host.endswith(".onion")):
        what = f"{address} is plain http: others on the line can read and change pages."
        return Finding("address", "warn", what, "Put TLS in front and write https:// in address.")
    if listens_on not in _LOCAL and address.startswith("https:"):
        what = f"the server also listens on {listens_on} without TLS: passwords could leak."
        mend = 'Set host = "127.0.0.1" under [server], unless only your proxy can reach it.'
        return Finding("address", "warn", what, mend)
    return Finding("address", "ok", address)


def check_giving() -> Iterator[Finding]:
    """Look whether a reader who wants to give can."""
    ways = " and ".join(kinds_offered())
    if not ways:
        what = "whoever wants to give is told of no way."
        mend = "Offer one on the desk, under Donations, Sponsors and ways to give."
        yield Finding("giving", "warn", what, mend)
    elif not settings.HANDPRESS.giving.contact_email:
        what = f"readers can give by {ways}, but have nobody to ask."
        yield Finding("giving", "warn", what, "Set contact_email under [giving].")
    else:
        yield Finding("giving", "ok", f"readers can give by {ways}.")


def check_books() -> Iterator[Finding]:
    """Look whether the database keeps the books, and whether donors' key is there."""
    if missing := missing_rules():
        what = f"{len(missing)} rules of the books do not stand guard, such as {missing[0]}."
        mend = "Run `handpress manage prepare`, then `handpress fund verify`."
        yield Finding("books", "fail", what, mend)
    elif Donor.objects.exclude(wrapped_key="").exists() and not key_file().exists():
        what = f"{key_file()} is missing: nobody can read who gave."
        yield Finding("books", "fail", what, "Put it back from a backup; never make a new one.")
    elif faults := verified().get("faults"):
        what = f"they are not as they were sealed: {faults[0]}."
        mend = "Run `handpress fund verify`, and put the database back from a backup."
        yield Finding("books", "fail", what, mend)
    else:
        day = verified().get("day")
        looked = f" Looked through whole on {day}." if day else ""
        yield Finding("books", "ok", f"the database lets nobody change them.{looked}")
