"""A reader's own data: the mailed link, the file, and erasing."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from digest.readers.conftest import NOW, Clock, Post, add_reader
from handpress.digest.actions import erase_reader
from handpress.digest.core.limits import OWN_DATA
from handpress.digest.core.tokens import token_of
from handpress.digest.models import (
    Consent,
    ConsentWording,
    Delivery,
    DeliveryState,
    Edition,
    Erasure,
    Frequency,
    Subscriber,
    SubscriberState,
)
from handpress.mail.letters import write_letter
from handpress.mail.models import Letter, Suppression, SuppressionReason
from handpress.mail.suppression import suppress

pytestmark = pytest.mark.django_db


def ask(browser: Client, reader: Subscriber) -> Any:
    return browser.post(f"/-/data-link/{token_of(reader.uuid)}")


def give_past(reader: Subscriber) -> None:
    """Give a reader a consent and a delivery whose reply names the address."""
    wording = ConsentWording.objects.create(sha256="0" * 64, text="Mail me.")
    Consent.objects.create(subscriber=reader, wording=wording, asked_at=NOW, confirmed_at=NOW)
    edition = Edition.objects.create(
        frequency=Frequency.DAILY,
        edition_on=NOW.date(),
        covers_from=NOW - timedelta(days=1),
        covers_to=NOW,
        send_at=NOW,
        deadline_at=NOW + timedelta(hours=20),
    )
    Delivery.objects.create(
        edition=edition,
        subscriber=reader,
        state=DeliveryState.FAILED,
        reply="550 5.1.1 <ada@example.org> unknown",
    )


def test_a_reader_takes_everything_along(browser: Client, post: Post, time_: Clock) -> None:
    reader = add_reader()
    give_past(reader)
    ask(browser, reader)
    link = post.link("ada@example.org")
    assert "ada@example.org" in browser.get(link).content.decode()
    response = browser.post(link, {"do": "export"})
    assert response["Content-Disposition"] == 'attachment; filename="my-data.json"'
    data = json.loads(response.content)
    assert data["address"] == "ada@example.org"
    assert data["consents"][0]["words"] == "Mail me."
    assert data["mails"][0]["outcome"] == "refused"


def test_nothing_private_stands_behind_the_link_of_every_mail(browser: Client, post: Post) -> None:
    reader = add_reader()
    assert browser.get(f"/-/my-data/{token_of(reader.uuid)}").status_code == 404
    assert browser.get(f"/-/data-link/{token_of(reader.uuid)}").status_code == 200
    assert not post.letters, "looking sends nothing"


def test_erasing_leaves_nothing_that_says_who_it_was(
    browser: Client, post: Post, time_: Clock
) -> None:
    reader = add_reader(language="fr")
    give_past(reader)
    ask(browser, reader)
    link = post.link("ada@example.org")
    write_letter(to="ada@example.org", subject="Hello", text="Words.", kind="test")
    suppress("ada@example.org", SuppressionReason.BY_HAND)
    assert browser.post(link, {"do": "erase"}).status_code == 400, "not without the tick"
    assert browser.post(link, {"do": "erase", "sure": "1"}).status_code == 200
    assert not Letter.objects.exists()
    assert not Suppression.objects.exists()
    row = Subscriber.objects.get()
    assert (row.state, row.address, row.address_key) == (SubscriberState.ERASED, "", None)
    assert not Consent.objects.exists()
    kept = [*Subscriber.objects.values(), *Delivery.objects.values(), *Erasure.objects.values()]
    assert "ada" not in str(kept)
    assert Delivery.objects.count() == 1, "what was sent still adds up"
    assert browser.get(link).status_code == 200
    assert browser.post(link, {"do": "export"}).headers.get("Content-Disposition") is None
    assert ask(browser, reader).status_code == 404
    assert not erase_reader(row)
    assert Erasure.objects.count() == 1


def test_the_link_runs_out_and_cannot_be_made(browser: Client, post: Post, time_: Clock) -> None:
    reader = add_reader()
    ask(browser, reader)
    link = post.link("ada@example.org")
    for odd in (link[:-1], link[:-4] + "AAAA", "/-/my-data/x", "/-/my-data/" + "1" * 4_000):
        assert browser.post(odd, {"do": "erase", "sure": "1"}).status_code == 404
    time_.wait(hours=24, seconds=1)
    assert browser.post(link, {"do": "erase", "sure": "1"}).status_code == 404
    reader.refresh_from_db()
    assert reader.state == SubscriberState.ACTIVE


def test_nobody_is_flooded_with_links(browser: Client, post: Post) -> None:
    reader = add_reader()
    answers = {ask(browser, reader).content for _ in range(10)}
    assert len(answers) == 1
    assert len(post.letters) == OWN_DATA.count


def test_who_was_erased_may_sign_up_again(browser: Client, post: Post, time_: Clock) -> None:
    erase_reader(add_reader())
    browser.post("/-/subscribe", {"address": "ada@example.org"})
    browser.post(post.link("ada@example.org"))
    assert Subscriber.objects.filter(state=SubscriberState.ACTIVE).count() == 1
    assert not Erasure.objects.exists()
