"""Will mail arrive, and what of it came back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from handpress.desk.doctor.folder import check_clock
from handpress.lib import clock
from handpress.lib.findings import Finding
from handpress.mail.doctor.looking import examine_now
from handpress.mail.models import ReceiverDay

_RECENT = timedelta(days=7)


def check_receivers() -> Iterator[Finding]:
    """Look whether a receiver refused everybody lately."""
    since = (clock.now() - _RECENT).date()
    days = ReceiverDay.objects.filter(
        alarmed_at__isnull=False, seen_at__isnull=True, day__gte=since
    )[:5]
    for day in days:
        what = f"{day.name} refused {day.refused} messages on {day.day} ({day.said[:120]})."
        mend = "Look at `handpress doctor --mail`; no reader was suppressed because of that day."
        yield Finding("receivers", "fail", what, mend)
    if not days:
        yield Finding("receivers", "ok", "none refused everybody in the last seven days.")


def check_mail() -> Iterator[Finding]:
    """Ask DNS and the relays whether mail will arrive."""
    yield from examine_now()


MAIL_CHECKS: dict[str, Callable[[], Iterator[Finding]]] = {
    "clock": check_clock,
    "mail": check_mail,
    "receivers": check_receivers,
}
