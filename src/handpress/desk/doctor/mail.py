"""Will mail arrive, and what of it came back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings

from handpress.desk.doctor.folder import check_clock
from handpress.lib import clock
from handpress.lib.findings import Finding
from handpress.mail.core.seeds import examine_seed
from handpress.mail.doctor import examine_mail
from handpress.mail.doctor.asking import asking_the_network
from handpress.mail.keys import UnusableKey, signers
from handpress.mail.models import ReceiverDay

_RECENT = timedelta(days=7)


def check_receivers() -> Iterator[Finding]:
    """Look whether a receiver refused everybody lately."""
    since = (clock.now() - _RECENT).date()
    days = ReceiverDay.objects.filter(
        alarmed_at__isnull=False, seen_at__isnull=True, day__gte=since
    )[:5]
    for day in days:
        what = f"{day.receiver} refused {day.refused} messages on {day.day} ({day.said[:120]})."
        mend = "Look at `handpress doctor --mail`; no reader was suppressed because of that day."
        yield Finding("receivers", "fail", what, mend)
    if not days:
        yield Finding("receivers", "ok", "none refused everybody in the last seven days.")


def check_mail() -> Iterator[Finding]:
    """Ask DNS and the relays whether mail will arrive."""
    try:
        keys = signers()
    except UnusableKey as trouble:
        yield Finding("DKIM", "fail", f"{trouble}.", "Put a whole key there, or take it away.")
        keys = ()
    yield from examine_mail(settings.HANDPRESS, asking_the_network(), signers=keys)


def examine_arrival(raw: bytes, sent: bytes = b"") -> list[Finding]:
    """Return what was done on its way to a message that arrived in a mailbox of one's own."""
    host = (urlsplit(settings.HANDPRESS.newsroom.address).hostname or "").lower()
    return examine_seed(raw, own_hosts={host} if host else (), sent=sent)


MAIL_CHECKS: dict[str, Callable[[], Iterator[Finding]]] = {
    "clock": check_clock,
    "mail": check_mail,
    "receivers": check_receivers,
}
