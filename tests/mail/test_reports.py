"""Reports of companies: only what is proven counts, once, and by its reason."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha1, sha256
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from handpress.conf import COMPANIES, RelaySettings
from handpress.conf.mail import SIGNING
from handpress.mail import reports
from handpress.mail.core.verp import Ref
from handpress.mail.envelopes import LETTERS, bounce_address
from handpress.mail.letters import write_letter
from handpress.mail.models import EventKind, Letter, LetterState, MailEvent, Outcome, Suppression
from handpress.mail.reports import knows_arrival
from handpress.mail.suppression import is_suppressed

pytestmark = pytest.mark.django_db

READER = "ana@lantern.example"
KEY, PASSWORD = "signing-key", "hook:pass"


@pytest.fixture(autouse=True)
def relays(monkeypatch: pytest.MonkeyPatch) -> None:
    def company(name: str, secret: str, **more: Any) -> RelaySettings:
        given = {"name": name, "kind": "anymail", "company": name, "password": "api-key", **more}
        return RelaySettings(webhook_secret=secret, **given)

    found = (
        company("postmark", PASSWORD),
        company("mailgun", KEY),
        company("mandrill", KEY),
        company("unisender-go", ""),
        company("brevo", ""),
        RelaySettings(name="main", host="smtp.example.org", webhook_secret=PASSWORD),
    )
    ours = settings.HANDPRESS
    mail = replace(ours.mail, relays=found, bounce_domain="bounces.lantern.example")
    newsroom = replace(ours.newsroom, address="https://lantern.example/")
    monkeypatch.setattr(settings, "HANDPRESS", replace(ours, mail=mail, newsroom=newsroom))


@pytest.fixture
def anybody() -> Client:
    return Client(enforce_csrf_checks=True)


def postmark(client: Client, event: dict[str, Any], password: str = PASSWORD) -> int:
    answer = client.post(
        "/-/mail/postmark/",
        json.dumps(event),
        content_type="application/json",
        headers={"authorization": f"Basic {b64encode(password.encode()).decode()}"},
    )
    return answer.status_code


def mandrill(client: Client, event: dict[str, Any]) -> int:
    body = json.dumps([event])
    signed = f"https://lantern.example/-/mail/mandrill/mandrill_events{body}"
    sign = b64encode(hmac.new(KEY.encode(), signed.encode(), sha1).digest()).decode()
    headers = {"X-Mandrill-Signature": sign}
    answer = client.post("/-/mail/mandrill/", {"mandrill_events": body}, headers=headers)
    return answer.status_code


def bounce(text: str, ref: Ref | None = None, **more: Any) -> dict[str, Any]:
    return {
        "RecordType": "Bounce",
        "ID": 42,
        "Type": "HardBounce",
        "Email": READER,
        "Details": text,
        "BouncedAt": "2026-11-01T12:00:00Z",
        "Metadata": {"bounce_to": bounce_address(ref)} if ref else {},
        **more,
    }


NO_SUCH_USER = "smtp;550 5.1.1 The email account that you tried to reach does not exist"
POLICY = "smtp;550 5.7.26 Unauthenticated email is not accepted due to domain's DMARC policy"


def test_a_bounce_of_somebody_who_is_not_there_suppresses(anybody: Client) -> None:
    assert postmark(anybody, bounce(NO_SUCH_USER, Ref(7, 9))) == 200
    event = MailEvent.objects.get()
    assert (event.kind, event.list_id, event.reader_id) == (EventKind.BOUNCED, 7, 9)
    assert is_suppressed(READER)


def test_a_refusal_of_us_suppresses_nobody(anybody: Client) -> None:
    assert postmark(anybody, bounce(POLICY)) == 200
    assert MailEvent.objects.count() == 1
    assert not is_suppressed(READER)


PM_HARD = "The server was unable to deliver your message (ex: unknown user, mailbox not found)."
PM_SPAM = (
    "The message was delivered, but was either blocked by the user, or classified as spam, bulk"
    " mail, or had rejected content."
)


@pytest.mark.parametrize(
    "event",
    [
        # No reader pressed anything: a filter did not like it.
        bounce("", Type="SpamNotification", Description=PM_SPAM),
        bounce("smtp;554 message classified as spam", Type="SpamNotification", Description=PM_SPAM),
        # What a kind of bounce may be in general is not why this one was.
        bounce("smtp;554 5.7.1 [192.0.2.1] we do not like you", Description=PM_HARD),
        bounce("smtp;550 5.3.0 rejected due to local rules", Description=PM_HARD),
        bounce("", Type="Blocked", Description="ISP block"),
        bounce("", Type="DMARCPolicy", Description="The email was rejected."),
        bounce("", Type="VirusNotification", Description="The bounce is probably a virus."),
    ],
)
def test_what_is_about_us_never_counts_against_a_reader(
    anybody: Client, event: dict[str, Any]
) -> None:
    for number in range(10):
        at = f"2026-11-{number + 1:02}T12:00:00Z"
        assert postmark(anybody, {**event, "ID": number, "BouncedAt": at}) == 200
    assert MailEvent.objects.filter(outcome=Outcome.NOTED).count() == 10
    assert not is_suppressed(READER)


def test_who_is_gone_is_gone_where_the_company_says_no_more(anybody: Client) -> None:
    assert postmark(anybody, bounce("", Description=PM_HARD)) == 200
    assert is_suppressed(READER)


def test_what_a_company_will_not_carry_without_a_reason_counts_against_nobody(
    anybody: Client,
) -> None:
    for number in range(10):
        event = {"event": "reject", "_id": str(number), "ts": 1793000000 + number * 86_400}
        event["msg"] = {"_id": "m", "email": READER, "state": "rejected", "metadata": {}}
        assert mandrill(anybody, event) == 200
    assert MailEvent.objects.filter(outcome=Outcome.NOTED).count() == 10
    assert not is_suppressed(READER)


def test_a_complaint_suppresses(anybody: Client) -> None:
    event = {"RecordType": "SpamComplaint", "ID": 43, "Email": READER, "Type": "SpamComplaint"}
    assert postmark(anybody, event) == 200
    assert is_suppressed(READER)


def test_the_same_report_counts_once(anybody: Client) -> None:
    for _ in range(3):
        assert postmark(anybody, bounce(POLICY)) == 200
    assert MailEvent.objects.count() == 1


@pytest.mark.parametrize("password", ["hook:wrong", "", "hook", "pass:hook", "hook:pass "])
def test_without_the_password_nothing_happens(anybody: Client, password: str) -> None:
    assert postmark(anybody, bounce(NO_SUCH_USER), password) == 403
    assert not MailEvent.objects.exists()
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("body", ["", "{}", "[]", "not json", '{"RecordType": 3}', "\x00", "[[]]"])
def test_what_is_no_report_is_no_trouble(anybody: Client, body: str) -> None:
    answer = anybody.post(
        "/-/mail/postmark/",
        body,
        content_type="application/json",
        headers={"authorization": f"Basic {b64encode(PASSWORD.encode()).decode()}"},
    )
    assert answer.status_code in {200, 403}
    assert not MailEvent.objects.exists()


@pytest.mark.parametrize("name", ["mailgun", "unisender-go", "postmark"])
@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000])
def test_what_is_nested_without_end_is_refused(anybody: Client, name: str, body: str) -> None:
    """Some companies sign inside what they send: it is read before it is proven."""
    answer = anybody.post(f"/-/mail/{name}/", body, content_type="application/json")
    assert answer.status_code == 403


@pytest.mark.parametrize("name", ["main", "brevo", "nobody", "postmark2"])
def test_no_door_stands_open_that_nobody_can_prove(anybody: Client, name: str) -> None:
    assert anybody.post(f"/-/mail/{name}/").status_code == 404
    assert anybody.get(f"/-/mail/{name}/").status_code == 404


def test_looking_changes_nothing(anybody: Client) -> None:
    assert anybody.get("/-/mail/postmark/").status_code == 200
    assert anybody.head("/-/mail/postmark/").status_code == 200
    assert anybody.put("/-/mail/postmark/").status_code == 405
    assert not MailEvent.objects.exists()


def mailgun(key: str, **event: Any) -> dict[str, Any]:
    stamp, token = "1795700000", "t" * 50
    sign = hmac.new(key.encode(), f"{stamp}{token}".encode(), sha256).hexdigest()
    data = {"event": "failed", "severity": "permanent", "recipient": READER, "id": "e1", **event}
    return {
        "signature": {"timestamp": stamp, "token": token, "signature": sign},
        "event-data": {"timestamp": 1795700000, **data},
    }


def test_a_signature_is_verified(anybody: Client) -> None:
    said = {"delivery-status": {"code": 550, "message": "5.1.1 user unknown"}}
    for key, status, count in (("another-key", 403, 0), (KEY, 200, 1)):
        answer = anybody.post(
            "/-/mail/mailgun/", json.dumps(mailgun(key, **said)), content_type="application/json"
        )
        assert answer.status_code == status
        assert MailEvent.objects.count() == count
    assert is_suppressed(READER)


def test_a_signed_address_is_the_public_one(anybody: Client) -> None:
    event = {"event": "spam", "_id": "m1", "ts": 1795700000, "msg": {"email": READER, "_id": "m1"}}
    body = json.dumps([event])
    fields = {"mandrill_events": body}
    forged = anybody.post("/-/mail/mandrill/", fields, headers={"X-Mandrill-Signature": "x"})
    assert forged.status_code == 403
    assert anybody.post("/-/mail/mandrill/", fields).status_code == 403
    assert mandrill(anybody, event) == 200
    assert is_suppressed(READER)


def test_a_forged_mark_of_ours_is_not_believed(anybody: Client) -> None:
    forged = bounce_address(Ref(7, 9))[:-30] + "x@bounces.lantern.example"
    assert postmark(anybody, bounce(NO_SUCH_USER, Metadata={"bounce_to": forged})) == 200
    assert MailEvent.objects.get().list_id is None


@pytest.mark.parametrize(
    "state",
    [LetterState.UNKNOWN, LetterState.ON_ITS_WAY, LetterState.WAITING, LetterState.CLAIMED],
)
def test_what_has_arrived_is_not_unknown_any_more(
    anybody: Client, told: list[Ref], state: LetterState
) -> None:
    letter = write_letter(to=READER, subject="x", text="secret", kind="confirm")
    Letter.objects.filter(pk=letter.pk).update(state=state)
    delivered = {
        "RecordType": "Delivery",
        "Recipient": READER,
        "MessageID": "m1",
        "DeliveredAt": "2026-11-01T12:00:00Z",
        "Metadata": {"bounce_to": bounce_address(Ref(LETTERS, letter.pk))},
    }
    assert postmark(anybody, delivered) == 200
    letter.refresh_from_db()
    assert (letter.state, letter.text) == (LetterState.ACCEPTED, "")
    assert told == [Ref(LETTERS, letter.pk)]
    # There would be one for each reader of each edition.
    assert not MailEvent.objects.exists()


@pytest.fixture
def told() -> Iterator[list[Ref]]:
    found: list[Ref] = []
    knows_arrival(found.append)
    yield found
    reports._ARRIVALS.remove(found.append)


def test_every_company_that_reports_is_known() -> None:
    assert set(COMPANIES) - set(reports._VIEWS) == {"scaleway"}
    assert set(reports._KEYS) == set(SIGNING)


@pytest.mark.parametrize("name", [each for each in COMPANIES if each != "scaleway"])
def test_each_companys_reader_can_be_made(name: str) -> None:
    secret = KEY if name in SIGNING else PASSWORD
    made = reports._view(
        RelaySettings(
            name="esp", kind="anymail", company=name, password="api-key", webhook_secret=secret
        )
    )
    assert made.parse_events
