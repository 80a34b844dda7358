"""Looking whether mail will arrive, and remembering what was seen for the desk."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F

from handpress.lib import clock
from handpress.lib.findings import Check, Finding, run_checks
from handpress.mail.core.records import Record
from handpress.mail.core.seeds import examine_seed
from handpress.mail.doctor import MailFinding, examine_mail
from handpress.mail.doctor.asking import Asking, asking_the_network
from handpress.mail.keys import UnusableKey, signers
from handpress.mail.models import ReceiverDay

_RECENT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen, and when."""

    at: datetime
    findings: tuple[MailFinding, ...]


_FIRST: dict[str, Check] = {}


def looks_first_at(name: str, check: Check) -> None:
    """Register what others know how to check and mail hangs on, such as the clock."""
    _FIRST[name] = check


def mail_checks(asking: Asking | None = None) -> dict[str, Check]:
    """Return all that is checked about mail, for a terminal as for the desk."""
    return {
        **_FIRST,
        "mail": lambda: examine_now(asking),
        "receivers": check_receivers,
    }


def check_receivers() -> Iterator[Finding]:
    """Look whether a receiver refused everybody lately, also where somebody has seen it."""
    since = (clock.now() - _RECENT).date()
    days = ReceiverDay.objects.filter(alarmed_at__isnull=False, day__gte=since)
    found = list(days.order_by(F("seen_at").asc(nulls_first=True), "-day", "receiver")[:5])
    for day in found:
        seen = "; somebody has put the alarm away" if day.seen_at else ""
        said = f" ({day.said[:120]})" if day.said else ""
        what = f"{day.name} refused {day.refused} messages on {day.day}{said}{seen}."
        mend = "Look at `handpress doctor --mail`; no reader was suppressed because of that day."
        yield Finding("receivers", "warn" if day.seen_at else "fail", what, mend)
    if not found:
        yield Finding("receivers", "ok", "none refused everybody in the last seven days.")


def examine_now(asking: Asking | None = None) -> list[Finding]:
    """Ask DNS and the relays; takes seconds, and as many as they do."""
    findings: list[Finding] = []
    try:
        keys = signers()
    except UnusableKey as trouble:
        mend = "Put a whole key there, or take it away."
        findings.append(Finding("DKIM", "fail", f"{trouble}.", mend))
        keys = ()
    return findings + examine_mail(settings.HANDPRESS, asking or asking_the_network(), signers=keys)


def examine_arrival(raw: bytes, sent: bytes = b"") -> list[Finding]:
    """Return what was done on its way to a message that arrived in a mailbox of one's own."""
    host = (urlsplit(settings.HANDPRESS.newsroom.address).hostname or "").lower()
    return examine_seed(raw, own_hosts={host} if host else (), sent=sent)


def look_and_remember(asking: Asking | None = None) -> Look:
    """Look now at all there is, and remember it until the next time."""
    at = clock.now()
    found = run_checks(mail_checks(asking))
    data = {"at": at.isoformat(), "findings": [asdict(each) for each in found]}
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    fresh.write_text(json.dumps(data), encoding="utf-8")
    fresh.replace(file)
    return Look(at, tuple(_finding(asdict(each)) for each in found))


def last_look() -> Look | None:
    """Return what was seen the last time, or None where nobody has looked yet."""
    try:
        data = json.loads(_file().read_text(encoding="utf-8"))
        at = datetime.fromisoformat(data["at"])
        return Look(at, tuple(_finding(each) for each in data["findings"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _finding(data: dict[str, object]) -> MailFinding:
    record = data.pop("record", None)
    fields = {name: str(value) for name, value in data.items()}
    return MailFinding(**fields, record=Record(**record) if isinstance(record, dict) else None)  # type: ignore[arg-type]


def _file() -> Path:
    return Path(settings.HANDPRESS.var_folder) / "mail-doctor.json"
