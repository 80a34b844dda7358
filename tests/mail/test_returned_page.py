"""Returned mail and deliverability on the desk."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from factories.staff import desk_of, staff
from handpress.accounts.roles import Role
from handpress.lib import clock
from handpress.lib.findings import Finding
from handpress.mail.core.bounces import Reason, Verdict
from handpress.mail.core.records import Record
from handpress.mail.core.verp import Ref
from handpress.mail.doctor import looking
from handpress.mail.doctor.findings import publish
from handpress.mail.models import EventKind, MailEvent, ReceiverDay
from handpress.mail.returned import note_refusal

pytestmark = pytest.mark.django_db


def refuse(number: int, reason: Reason = Reason.NO_SUCH_USER, said: str = "no <b>such</b> user"):
    return note_refusal(
        address_key=f"reader{number}@quay.example",
        ref=Ref(1, number),
        verdict=Verdict(reason, is_permanent=True, status="5.1.1"),
        said=said,
    )


@pytest.fixture
def editor() -> Client:
    return desk_of(staff(Role.EDITOR)).client


def page(client: Client, query: str = "") -> str:
    response = client.get(f"{reverse('mail_returned')}{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_what_came_back_is_shown_with_what_was_done(editor):
    refuse(1)
    text = page(editor)
    assert "reader1@quay.example" in text
    assert "no such user (5.1.1)" in text
    assert "address is not mailed any more" in text
    assert "no &lt;b&gt;such&lt;/b&gt; user" in text
    assert "Refused (1)" in text


def test_an_address_is_found_by_its_beginning(editor):
    refuse(1)
    refuse(2)
    text = page(editor, "?q=Reader2")
    assert "reader2@quay.example" in text
    assert "reader1@quay.example" not in text
    assert "Nothing came back from" in page(editor, "?q=nobody")


def test_an_alarm_stands_until_somebody_puts_it_away(editor):
    for number in range(25):
        refuse(number, Reason.AUTHENTICATION, "550 5.7.26 unauthenticated")
    day = ReceiverDay.objects.get()
    assert "quay.example refused 20 messages" not in page(editor)
    assert f"quay.example refused {day.refused} messages" in page(editor)
    editor.post(reverse("mail_returned_seen", args=[day.pk]))
    assert "That is no longer about single readers" not in page(editor)


def test_the_list_costs_the_same_however_long(editor):
    refuse(1)
    page(editor)
    with CaptureQueriesContext(
        connection,
    ) as few:
        page(editor)
    at = datetime(2026, 11, 26, tzinfo=UTC)
    MailEvent.objects.bulk_create(
        MailEvent(
            fingerprint=str(number),
            kind=EventKind.BOUNCED,
            reason="no_such_user",
            address_key=f"r{number}@quay.example",
            happened_on=at.date(),
        )
        for number in range(200)
    )
    with CaptureQueriesContext(connection) as many:
        page(editor)
    assert len(many) == len(few)


@pytest.mark.parametrize("name", ["mail_returned", "mail_deliverability"])
def test_reporters_are_refused(name):
    client = desk_of(staff(Role.REPORTER)).client
    assert client.get(reverse(name)).status_code == 302


def test_deliverability_shows_the_record_to_publish(editor, monkeypatch):
    wanted = Record("_dmarc.leadline.example", "TXT", "v=DMARC1; p=none")
    monkeypatch.setattr(
        looking,
        "examine_mail",
        lambda *args, **named: [
            publish("DMARC", "fail", "there is no policy.", wanted),
            Finding("SPF", "ok", "fine."),
        ],
    )
    url = reverse("mail_deliverability")
    looking._file().unlink(missing_ok=True)
    assert "Nobody has looked yet" in editor.get(url).content.decode()
    text = editor.post(url, {"look": "now"}, follow=True).content.decode()
    assert "1 to mend" in text
    assert "<code>_dmarc.leadline.example</code>" in text
    assert "<code>v=DMARC1; p=none</code>" in text
    look = looking.last_look()
    assert look is not None
    assert look.at <= clock.now()


def test_deliverability_looks_at_all_that_the_doctor_looks_at(editor, monkeypatch):
    monkeypatch.setattr(
        looking, "examine_mail", lambda *args, **named: [Finding("SPF", "ok", "x.")]
    )
    ReceiverDay.objects.create(
        receiver="gmail.com",
        day=clock.now().date(),
        refused_for_us=31,
        said="550 5.7.26 unauthenticated",
        alarmed_at=clock.now(),
    )
    url = reverse("mail_deliverability")
    text = editor.post(url, {"look": "now"}, follow=True).content.decode()
    assert "refused 31 messages" in text
    assert "it shows" in text.lower()
    look = looking.last_look()
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", "--mail", "--json", stdout=out)
    told = [each["check"] for each in json.loads(out.getvalue())["findings"]]
    assert look is not None
    assert [each.check for each in look.findings] == told
    assert {"clock", "SPF", "receivers"} == set(told)


def test_an_alarm_that_was_put_away_is_still_no_good_day(editor):
    day = ReceiverDay.objects.create(
        receiver="gmail.com", day=clock.now().date(), refused_for_us=31, alarmed_at=clock.now()
    )
    assert [each.state for each in looking.check_receivers()] == ["fail"]
    editor.post(reverse("mail_returned_seen", args=[day.pk]))
    day.refresh_from_db()
    assert day.seen_at
    (found,) = looking.check_receivers()
    assert found.state == "warn"
    assert "put the alarm away" in found.what
    ReceiverDay.objects.update(day=clock.now().date() - timedelta(days=9))
    assert [each.state for each in looking.check_receivers()] == ["ok"]


def test_what_falls_over_is_told_beside_the_rest(editor, monkeypatch):
    def fall(*args, **named):
        raise OSError("no room")

    monkeypatch.setattr(looking, "examine_mail", fall)
    text = editor.post(reverse("mail_deliverability"), {"look": "now"}, follow=True)
    assert "could not be checked (OSError: no room)" in text.content.decode()


def test_a_message_that_arrived_is_looked_at_and_not_kept(editor):
    url = reverse("mail_deliverability")
    arrived = io.BytesIO(b"Content-Type: text/html\n\n<img src='https://x.example/o.gif' width=1>")
    text = editor.post(url, {"arrived": arrived}).content.decode()
    assert "pictures were put in that tell somebody who reads" in text
    text = editor.post(url, {}, follow=True).content.decode()
    assert "Choose the file with the message" in text


def test_what_was_remembered_and_cannot_be_read_is_forgotten():
    looking._file().parent.mkdir(parents=True, exist_ok=True)
    looking._file().write_text("{", encoding="utf-8")
    assert looking.last_look() is None
