"""A test mail is what an edition is: saved where it arrived, it shows what was done on the way."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy
from io import BytesIO, TextIOWrapper
from typing import Any

import pytest
from django.core.management import call_command

from digest.conftest import Newsdesk
from handpress.digest.editions import compose_edition
from handpress.digest.models import Edition, Frequency
from handpress.digest.previews import write_test
from handpress.mail.core.dkim import RSA, Signer, new_key, read_key
from handpress.mail.doctor.looking import examine_arrival
from handpress.mail.messages import letter_message
from handpress.mail.models import Letter
from handpress.press.site import OutletChoices, as_if_chosen

_PASSED = (
    b"Received: from relay.example by mx.harbour.example; 1 Dec 2026 06:00:00 +0000\r\n"
    b"Authentication-Results: mx.harbour.example; spf=pass; dkim=pass; dmarc=pass\r\n"
)


@pytest.fixture
def edition(newsdesk: Newsdesk, settings_of: Any) -> Edition:
    settings_of("newsroom", address="https://a-rather-long-name-of-a-paper.example/")
    for number in (1, 2, 3):
        newsdesk.article(f"Story {number}", "Water", ago=timedelta(hours=number))
    made = compose_edition(Frequency.DAILY, newsdesk.slot(), newsdesk.now)
    assert made
    return made


def arrived(edition: Edition) -> bytes:
    write_test(edition, "ada@proof.example")
    signer = Signer("a-rather-long-name-of-a-paper.example", "hp1", read_key(new_key(RSA)))
    return letter_message(Letter.objects.get(), [signer])


def test_an_untouched_test_passes_every_look(edition: Edition) -> None:
    wire = arrived(edition)
    message = message_from_bytes(wire, policy=policy.SMTP)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"].startswith("<https://a-rather-long-name")
    assert ">, <mailto:" in message["List-Unsubscribe"]
    findings = examine_arrival(_PASSED + wire)
    assert {each.state for each in findings} == {"ok"}, findings


def test_what_preview_writes_is_what_a_test_is_compared_with(edition: Edition) -> None:
    octets = BytesIO()
    stream = TextIOWrapper(octets, "utf-8")
    call_command("digest", "preview", "--form", "eml", stdout=stream)
    wire = _PASSED + arrived(edition)
    assert {each.state for each in examine_arrival(wire, octets.getvalue())} == {"ok"}
    followed = wire.replace(b"/2026/11/", b"/followed/2026/11/")
    links = [each for each in examine_arrival(followed, octets.getvalue()) if "links" in each.check]
    assert [each.state for each in links] == ["fail"]


def test_who_writes_is_the_outlet_as_the_desk_names_it(edition: Edition, settings_of: Any) -> None:
    with as_if_chosen(OutletChoices(name="The Long Night")):
        message = message_from_bytes(arrived(edition), policy=policy.SMTP)
    assert message["From"].addresses[0].display_name == "The Long Night"
    Letter.objects.all().delete()
    settings_of("mail", from_name="The Night Desk")
    with as_if_chosen(OutletChoices(name="The Long Night")):
        message = message_from_bytes(arrived(edition), policy=policy.SMTP)
    assert message["From"].addresses[0].display_name == "The Night Desk"
