"""A reader's own data: the mailed link, the file, and erasing."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from digest.readers.conftest import NOW, Clock, Post, add_reader
from handpress.digest.actions import erase_reader, uploads
from handpress.digest.actions.readers import choice_of
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
from handpress.digest.queries import own_data
from handpress.mail.letters import write_letter
from handpress.mail.models import EventKind, Letter, MailEvent, Suppression, SuppressionReason
from handpress.mail.suppression import lift, suppress
from handpress.newsroom.models import Topic

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


def give_trouble(reader: Subscriber) -> None:
    """Let mail to a reader come back, be stopped, and be let through again."""
    day = NOW - timedelta(days=3)
    MailEvent.objects.create(
        fingerprint="1" * 64,
        kind=EventKind.BOUNCED,
        reason="user unknown",
        status="5.1.1",
        said="550 no such user here",
        address_key=reader.address_key or "",
        happened_at=day,
        happened_on=day.date(),
    )
    suppress("ada@example.org", SuppressionReason.BOUNCED, said="550 no such user here", at=day)
    lift("ada@example.org")
    write_letter(to="ada@example.org", subject="Please confirm", text="Secret.", kind="confirm")


def test_the_file_holds_all_that_erasing_erases(browser: Client, post: Post, time_: Clock) -> None:
    reader = add_reader()
    give_past(reader)
    give_trouble(reader)
    ask(browser, reader)
    data = json.loads(browser.post(post.link("ada@example.org"), {"do": "export"}).content)
    (event,) = data["came_back"]
    assert (event["said"], event["what"]) == ("550 no such user here", "bounced")
    (stop,) = data["not_mailed"]
    assert stop["reason"] == "it does not exist"
    assert stop["until"] is not None
    (letter,) = data["letters"]
    assert (letter["subject"], letter["outcome"]) == ("Please confirm", "waiting")
    assert "Secret" not in json.dumps(data)
    assert data["consents"][0]["words"] == "Mail me."
    erase_reader(reader)
    reader.refresh_from_db()
    left = own_data(reader)
    assert not any(left[name] for name in ("letters", "came_back", "not_mailed", "consents"))
    assert all(each["reply"] == "" for each in left["mails"])


def facts_on(page: bytes) -> dict[str, str]:
    soup = BeautifulSoup(page, "html.parser")
    rows = soup.select("main > .way:first-of-type > dl > div, main > div.way > dl > div")
    return {row.dt.get_text(): row.dd.get_text(strip=True) for row in rows if row.dt and row.dd}


def test_the_page_shows_all_that_is_in_the_file(browser: Client, post: Post, time_: Clock) -> None:
    topics = [Topic.objects.create(name=name).pk for name in ("Water", "Arts, Culture")]
    reader = add_reader(
        frequency=Frequency.WEEKLY,
        choice=choice_of(topics),
        state=SubscriberState.PAUSED,
        paused_until=NOW.date() + timedelta(days=9),
        origin="ghost",
    )
    give_past(reader)
    give_trouble(reader)
    ask(browser, reader)
    page = browser.get(post.link("ada@example.org")).content
    facts = facts_on(page)
    assert facts["How often?"] == "Once a week"
    assert facts["Topics"] == "Arts, Culture, Water"
    assert facts["A pause?"] == "Until November 30, 2026"
    assert "ghost" in facts["Came by"]
    assert facts["Mails sent"] == "2"
    text = BeautifulSoup(page, "html.parser").get_text(" ", strip=True)
    for shown in (
        "What you agreed to",
        "Confirmed on November 21, 2026",
        "Mail me.",
        "Refused",
        "Please confirm",
        "Still waiting",
        "user unknown 5.1.1",
        "550 no such user here",
        "No more mail from this day",
        "Mail again from this day",
    ):
        assert shown in text, shown


def test_the_page_speaks_the_reader_s_language(browser: Client, post: Post, time_: Clock) -> None:
    reader = add_reader(language="ko")
    give_past(reader)
    ask(browser, reader)
    text = browser.get(post.link("ada@example.org")).content.decode()
    assert "동의하신 내용" in text
    assert "Refused" not in text


def test_of_very_many_mails_the_newest_are_shown(
    browser: Client, post: Post, time_: Clock, django_assert_max_num_queries: Any
) -> None:
    reader = add_reader()
    give_past(reader)
    first = Edition.objects.get()
    rows = [
        Edition(
            frequency=Frequency.DAILY,
            edition_on=first.edition_on - timedelta(days=number),
            subject=f"Day {number}.",
            covers_from=first.covers_from,
            covers_to=first.covers_to,
            send_at=first.send_at,
            deadline_at=first.deadline_at,
        )
        for number in range(120, 0, -1)
    ]
    Delivery.objects.all().delete()
    first.delete()
    Delivery.objects.bulk_create(
        Delivery(edition=each, subscriber=reader, state=DeliveryState.ACCEPTED)
        for each in Edition.objects.bulk_create(rows)
    )
    ask(browser, reader)
    with django_assert_max_num_queries(20):
        text = browser.get(post.link("ada@example.org")).content.decode()
    assert "Day 1." in text
    assert "Day 100." in text
    assert "Day 101." not in text
    assert "The newest 100 are shown here" in text


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


def test_who_has_left_gets_at_their_data_too(browser: Client, post: Post, time_: Clock) -> None:
    reader = add_reader()
    token = token_of(reader.uuid)
    left = browser.post(f"/-/unsubscribe/{token}")
    later = browser.get(f"/-/preferences/{token}")
    for page in (left, later):
        link = BeautifulSoup(page.content, "html.parser").select_one("main a[href*=data-link]")
        assert link is not None
        asked = browser.get(urljoin(f"/-/x/{token}", str(link["href"])))
        assert asked.status_code == 200
    browser.post(f"/-/data-link/{token}")
    browser.post(post.link("ada@example.org"), {"do": "erase", "sure": "1"})
    reader.refresh_from_db()
    assert reader.state == SubscriberState.ERASED
    for name in ("unsubscribe", "preferences"):
        assert b"data-link" not in browser.get(f"/-/{name}/{token}").content


def test_an_erased_address_is_in_no_sheet_of_an_import(time_: Clock) -> None:
    data = b"email,topics\nAda@Example.org,Nowhere\nbob@example.org,Nowhere\n"
    row = uploads.keep_list("list.csv", data, words="", by=None)
    uploads.look_through(row)
    row.refresh_from_db()
    assert "Ada@Example.org" in str(row.sheet)
    erase_reader(add_reader())
    row.refresh_from_db()
    assert "ada@example.org" not in str(row.sheet).lower()
    assert [one["what"] for one in row.sheet["refusals"]] == ["", "bob@example.org"]
