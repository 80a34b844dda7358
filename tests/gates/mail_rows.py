"""What stands on the desk's pages about mail: each list with each sort of row, each step to press.

Called inside a newsroom's own process. Nothing of it is sent, and nobody is asked.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from handpress.digest.actions.uploads import keep_list, look_through
from handpress.digest.editions import compiled, slots
from handpress.digest.ledger.freezing import freeze_deliveries
from handpress.digest.models import Delivery, DeliveryState, Edition, EditionState, ReaderImport
from handpress.donations.models import Donor, Plan, Rail
from handpress.lib import clock
from handpress.mail.core.bounces import classify_reply
from handpress.mail.core.records import Record
from handpress.mail.core.verp import Ref
from handpress.mail.doctor.findings import MailFinding, publish
from handpress.mail.models import EventKind, Letter, LetterState, ReceiverDay, Suppression
from handpress.mail.returned import Returned, note
from handpress.mail.transports.outbox import OutboxRelay

_SAID = {
    DeliveryState.FAILED: "550 5.1.1 <reader@example.org>: no such user here",
    DeliveryState.EXPIRED: "421 4.7.0 Try again later, closing connection",
    DeliveryState.UNKNOWN: "the connection broke before the answer",
    DeliveryState.RETRY: "450 4.2.1 The mailbox is busy",
    DeliveryState.SUPPRESSED: "",
}
_LIST = b"Email,Name,Topics\nada@example.org,Ada,Water\nben@example.org,Ben,\nnobody,,\n"


def fill_mail() -> None:
    """Add deliveries, mail in the outbox, letters, returned mail, a look at DNS, and a list."""
    edition = Edition.objects.filter(state=EditionState.DONE).order_by("pk").first()
    assert edition
    _deliveries(edition)
    asyncio.run(_outbox(_message(edition)))
    _letters()
    _returned(edition)
    _look()
    look_through(keep_list("readers.csv", _LIST, words="The monthly letter.", by=None))


def examples() -> dict[str, str]:
    """Return what the gaps of the desk's addresses about mail are filled with, by name."""
    edition = Edition.objects.filter(state=EditionState.DONE).order_by("pk").first()
    letter = Letter.objects.filter(state=LetterState.UNKNOWN).first()
    mails = sorted((settings.HANDPRESS.var_folder / "outbox" / "new").glob("*.handpress"))
    readers = ReaderImport.objects.first()
    donor = Donor.objects.first()
    return {
        "edition": str(edition.pk if edition else 0),
        "letter": str(letter.pk if letter else 0),
        "mail": mails[0].name if mails else "none",
        "list": str(readers.pk if readers else 0),
        "suppressed": str(Suppression.objects.values_list("pk", flat=True).first() or 0),
        "donor": str(donor.uuid if donor else 0),
        "company": str(Rail.objects.filter(kind="practice").values_list("pk", flat=True).first()),
        "plan": str(Plan.objects.values_list("pk", flat=True).first()),
    }


def _deliveries(edition: Edition) -> None:
    freeze_deliveries(edition)
    rows = Delivery.objects.filter(edition=edition).order_by("subscriber_id")
    at = edition.frozen_at or clock.now()
    rows.update(state=DeliveryState.ACCEPTED, attempts=1, relay="outbox", changed_at=at)
    readers = list(rows.values_list("subscriber_id", flat=True)[: 2 * len(_SAID)])
    for number, state in enumerate(_SAID):
        some = rows.filter(subscriber_id__in=readers[2 * number : 2 * number + 2])
        some.update(state=state, reply=_SAID[state], next_at=at)


def _message(edition: Edition) -> bytes:
    delivery = Delivery.objects.filter(edition=edition).select_related("subscriber").first()
    assert delivery
    reader = delivery.subscriber
    values = slots(edition.pk, reader.pk, reader.uuid, reader.address)
    message = compiled(edition, None)
    assert message
    return message.build(values)


async def _outbox(message: bytes) -> None:
    connection = await OutboxRelay(settings.HANDPRESS.var_folder / "outbox").connect()

    async def at_once() -> bool:
        return True

    for name in ("ada", "ben"):
        await connection.submit("news@example.org", f"{name}@example.org", message, at_once)
    await connection.close()


def _letters() -> None:
    now = clock.now()
    for number, state in enumerate(LetterState):
        Letter.objects.create(
            kind="confirm",
            to=f"reader{number}@example.org",
            subject="Please confirm: the digest",
            text="Please confirm.",
            state=state,
            # Late enough that no sender takes it while it is looked at.
            next_at=now + timedelta(days=1),
            deadline_at=now + timedelta(days=2),
            relay="outbox",
            reply=_SAID[DeliveryState.FAILED] if state == LetterState.FAILED else "",
        )


def _returned(edition: Edition) -> None:
    verdict = classify_reply(550, "5.1.1", "no such user")
    for number, kind in enumerate(EventKind):
        note(
            Returned(
                kind=kind,
                address_key=f"gone{number}@example.org",
                fingerprint=f"gates {number}",
                verdict=verdict,
                said=_SAID[DeliveryState.FAILED],
                ref=Ref(edition.pk, 0),
                is_proven=kind is not EventKind.LEFT,
            )
        )
    day = clock.now()
    ReceiverDay.objects.create(
        receiver="gmail.com",
        day=day.date(),
        refused_for_us=140,
        reason="authentication",
        said="550 5.7.26 This mail has been blocked because the sender is unauthenticated.",
        alarmed_at=day,
    )


def _look() -> None:
    record = Record("_dmarc.example.org", "TXT", "v=DMARC1; p=none; rua=mailto:dmarc@example.org")
    findings = [
        MailFinding("SPF", "ok", "example.org lets 192.0.2.1 send."),
        publish("DMARC", "fail", "example.org has no policy.", record),
        MailFinding("PTR", "warn", "192.0.2.1 has no name.", "Ask whoever gave you the address."),
    ]
    data = {"at": clock.now().isoformat(), "findings": [asdict(each) for each in findings]}
    file = Path(settings.HANDPRESS.var_folder) / "mail-doctor.json"
    file.write_text(json.dumps(data), encoding="utf-8")
