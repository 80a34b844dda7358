"""Signing up: the form, the mail that asks, the button that confirms, and what a flood does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from digest.readers.conftest import NOW, Clock, Post, add_reader
from handpress.accounts.models import UseCount
from handpress.digest.actions import (
    Preferences,
    ReaderKeeper,
    ask_to_read,
    leave,
    save_preferences,
    wake_paused,
)
from handpress.digest.core.limits import ADDRESS, EVERYBODY, NETWORK, PATIENT_NETWORK
from handpress.digest.core.tokens import token_of
from handpress.digest.models import (
    Consent,
    ConsentWording,
    Frequency,
    Subscriber,
    SubscriberState,
)
from handpress.mail.core.addresses import read_address
from handpress.mail.models import SuppressionReason
from handpress.mail.suppression import is_suppressed, suppress

pytestmark = pytest.mark.django_db

FORM = "/-/subscribe"
DONE = "Look into your mail"
From = Callable[[str], Client]


def heading(response: Any) -> str:
    return page(response).h1.get_text()  # type: ignore[union-attr]


def page(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def sign_up(browser: Client, address: str = "ada@example.org", **fields: str) -> Any:
    return browser.post(FORM, {"address": address, **fields})


def press(browser: Client, response: Any, number: int = 0) -> Any:
    """Press a button of an answer, as a browser would."""
    form = page(response).select("main form")[number]
    fields = {one["name"]: one["value"] for one in form.select("input[type=hidden]")}
    return browser.post(FORM, fields)


def test_a_reader_signs_up_and_confirms(browser: Client, post: Post, time_: Clock) -> None:
    assert heading(sign_up(browser, "  Ada@Example.org ", frequency="weekly")) == DONE
    reader = Subscriber.objects.get()
    assert (reader.state, reader.address_key) == (SubscriberState.PENDING, "ada@example.org")
    link = post.link("Ada@example.org")
    time_.wait(hours=5)
    asked = browser.get(link)
    assert asked.status_code == 200
    assert page(asked).select_one("main form button")
    reader.refresh_from_db()
    assert reader.state == SubscriberState.PENDING, "following a link confirms nothing"
    assert heading(browser.post(link)) == "Welcome"
    reader.refresh_from_db()
    assert (reader.state, reader.frequency) == (SubscriberState.ACTIVE, Frequency.WEEKLY)
    assert reader.confirmed_at == time_.now


def test_proof_of_consent_is_kept(browser: Client, post: Post, time_: Clock) -> None:
    shown = page(browser.get(FORM)).select_one(".note").get_text()  # type: ignore[union-attr]
    sign_up(browser)
    time_.wait(minutes=3)
    browser.post(post.link("ada@example.org"))
    consent = Consent.objects.select_related("wording").get()
    assert (consent.asked_at, consent.confirmed_at) == (NOW, time_.now)
    assert consent.wording is not None
    assert consent.wording.text == shown
    assert ConsentWording.objects.count() == 1
    columns = [str(value) for row in UseCount.objects.values() for value in row.values()]
    assert not any("198.51" in value or "ada" in value for value in columns)


def test_a_link_confirms_once(browser: Client, post: Post, time_: Clock) -> None:
    sign_up(browser)
    link = post.link("ada@example.org")
    assert heading(browser.post(link)) == heading(browser.post(link)) == "Welcome"
    reader = Subscriber.objects.get()
    time_.wait(minutes=1)
    leave(token_of(reader.uuid))
    assert browser.get(link).status_code == 200
    assert browser.post(link).status_code == 404
    reader.refresh_from_db()
    assert reader.state == SubscriberState.LEFT


def test_who_left_before_confirming_stays_away(browser: Client, post: Post, time_: Clock) -> None:
    sign_up(browser)
    reader = Subscriber.objects.get()
    time_.wait(minutes=1)
    leave(token_of(reader.uuid))
    assert browser.post(post.link("ada@example.org")).status_code == 404
    time_.wait(minutes=1)
    sign_up(browser)
    assert Subscriber.objects.get().state == SubscriberState.LEFT, "not before the button"
    assert browser.post(post.link("ada@example.org")).status_code == 200
    back = Subscriber.objects.get()
    assert (back.state, back.left_at, back.left_by) == (SubscriberState.ACTIVE, None, "")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda link: link[:-1],
        lambda link: link[:-1] + ("A" if link[-1] != "A" else "B"),
        lambda link: link.replace("/-/confirm/", "/-/confirm/9"),
        lambda link: "/-/confirm/x",
        lambda link: "/-/confirm/" + "9" * 5_000,
        lambda link: "/-/confirm/..",
        lambda link: link.replace("confirm", "my-data"),
    ],
)
def test_a_link_that_was_tampered_with_does_nothing(
    browser: Client, post: Post, spoil: Callable[[str], str]
) -> None:
    sign_up(browser)
    link = spoil(post.link("ada@example.org"))
    assert browser.get(link).status_code == browser.post(link).status_code == 404
    assert Subscriber.objects.get().state == SubscriberState.PENDING


def test_a_link_runs_out(browser: Client, post: Post, time_: Clock) -> None:
    sign_up(browser)
    time_.wait(days=7, seconds=1)
    assert browser.post(post.link("ada@example.org")).status_code == 404


@pytest.mark.parametrize(
    ("state", "letters"),
    [
        (SubscriberState.ACTIVE, ["known"]),
        (SubscriberState.PAUSED, ["known"]),
        (SubscriberState.PENDING, ["confirm"]),
        (SubscriberState.LEFT, ["confirm"]),
        (SubscriberState.SUPPRESSED, []),
    ],
)
def test_the_answer_does_not_tell_who_is_known(
    browser: Client, post: Post, state: SubscriberState, letters: list[str]
) -> None:
    stranger = sign_up(browser, "somebody@example.org").content
    add_reader(state=state)
    assert sign_up(browser).content == stranger
    assert [letter["kind"] for letter in post.to("ada@example.org")] == letters


def test_one_address_in_two_spellings_is_one_reader(browser: Client, post: Post) -> None:
    for typed in ("Andr\u00e9@B\u00fccher.example.org", "andre\u0301@xn--bcher-kva.example.org"):
        assert heading(sign_up(browser, typed)) == DONE
    assert Subscriber.objects.count() == 1


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "ada@example",
        "ada@exa mple.org",
        "a@b.org\r\nBcc: c@d.org",
        "a\0@b.org",
        "x" * 9999,
    ],
)
def test_what_is_no_address_is_shown_again_and_nothing_lost(
    browser: Client, post: Post, typed: str
) -> None:
    response = sign_up(browser, typed, frequency="weekly")
    assert response.status_code == 400
    form = page(response).select_one("main form")
    assert form is not None
    assert form.select_one("[role=alert]")
    assert form.select_one("input[value=weekly]").has_attr("checked")  # type: ignore[union-attr]
    assert not post.letters
    assert not Subscriber.objects.exists()


def test_what_was_typed_is_text_and_no_html(browser: Client) -> None:
    response = sign_up(browser, '"><script>alert(1)</script>')
    assert b"<script>alert" not in response.content


def test_a_slip_is_asked_about(browser: Client, post: Post) -> None:
    asked = sign_up(browser, "ada@gmail.con", frequency="weekly")
    assert heading(asked) == "Is the address right?"
    assert not post.letters
    assert heading(press(browser, asked, 0)) == DONE
    assert heading(press(browser, asked, 1)) == DONE
    assert [letter["to"] for letter in post.letters] == ["ada@gmail.com", "ada@gmail.con"]
    assert set(Subscriber.objects.values_list("frequency", flat=True)) == {Frequency.WEEKLY}


def test_what_fills_in_everything_gets_the_same_answer_and_no_mail(
    browser: Client, post: Post
) -> None:
    right = sign_up(browser, "somebody@example.org").content
    assert sign_up(browser, website="https://example.com").content == right
    assert not post.to("ada@example.org")


def test_one_mailbox_gets_three_mails_a_day_whoever_asks(
    browser_from: From, post: Post, time_: Clock
) -> None:
    for number in range(20):
        browser = browser_from(f"203.0.113.{number}")
        typed = f"a.d.a+{number}@gmail.com"
        assert heading(sign_up(browser, typed)) in {DONE, "One more press"}
        time_.wait(minutes=11)
    assert len(post.letters) == ADDRESS.count
    time_.wait(days=1)
    sign_up(browser_from("203.0.113.1"), "ada@gmail.com")
    assert len(post.letters) == ADDRESS.count + 1


def test_a_flood_from_one_network_sends_a_handful_and_stops_nobody_else(
    browser_from: From, post: Post, time_: Clock
) -> None:
    for number in range(2_500):
        victim = read_address(f"victim{number}@example.org")
        ask_to_read(victim, network="203.0.113.66")
    assert sign_up(browser_from("203.0.113.66"), "more@example.org").status_code == 200
    assert len(post.letters) == NETWORK.count
    assert Subscriber.objects.count() == NETWORK.count
    assert heading(sign_up(browser_from("198.51.100.1"), "reader@example.org")) == DONE
    assert post.to("reader@example.org")


def test_a_flood_from_everywhere_sends_a_handful_and_a_reader_presses_once_more(
    browser_from: From, post: Post, time_: Clock
) -> None:
    for number in range(200):
        flood = browser_from(f"2001:db8:{number:x}::1")
        sign_up(flood, f"victim{number}@example.org")
    assert len(post.letters) == EVERYBODY.count
    browser = browser_from("198.51.100.1")
    asked = sign_up(browser, "reader@example.org", frequency="weekly")
    assert heading(asked) == "One more press"
    assert heading(press(browser, asked)) == "One more press", "nobody is that quick"
    asked = sign_up(browser, "reader@example.org", frequency="weekly")
    time_.wait(seconds=4)
    assert heading(press(browser, asked)) == DONE
    assert post.to("reader@example.org")
    assert Subscriber.objects.get(address="reader@example.org").frequency == Frequency.WEEKLY


def test_a_flood_that_presses_once_more_is_held_by_its_network(
    browser_from: From, post: Post, time_: Clock
) -> None:
    flood = browser_from("203.0.113.66")
    statuses = []
    for number in range(40):
        asked = sign_up(flood, f"victim{number}@example.org")
        if heading(asked) != DONE:
            time_.wait(seconds=3)
            statuses.append(press(flood, asked).status_code)
    assert len(post.letters) == PATIENT_NETWORK.count
    assert statuses[-1] == 429
    time_.wait(hours=1)
    assert heading(sign_up(flood, "late@example.org")) == DONE


def test_a_stamp_is_for_one_address_and_one_answer(
    browser: Client, post: Post, time_: Clock
) -> None:
    for number in range(NETWORK.count):
        sign_up(browser, f"r{number}@example.org")
    asked = sign_up(browser, "ada@example.org")
    stamp = page(asked).select_one("input[name=stamp]")["value"]  # type: ignore[index]
    time_.wait(seconds=3)
    assert heading(sign_up(browser, "bob@example.org", stamp=str(stamp))) == "One more press"
    assert heading(sign_up(browser, "ada@example.org", stamp=str(stamp))) == DONE
    assert heading(sign_up(browser, "ada@example.org", stamp=str(stamp))) == "One more press"
    assert heading(sign_up(browser, "ada@example.org", stamp="x" * 9_000)) == "One more press"


def test_nothing_is_changed_by_looking(browser: Client, post: Post) -> None:
    for verb in ("GET", "HEAD"):
        assert browser.generic(verb, f"{FORM}?address=ada@example.org").status_code == 200
    for verb in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        assert browser.generic(verb, FORM).status_code == 405
    assert not Subscriber.objects.exists()


def test_answers_are_as_closed_as_public_pages(browser: Client, post: Post) -> None:
    for response in (browser.get(FORM), sign_up(browser), browser.get("/-/unsubscribe/x")):
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["Cache-Control"] == "no-store"
        assert not response.cookies
        soup = page(response)
        assert not soup.select("script, style, [style], iframe")
        assert all(str(link["href"]).startswith("../") for link in soup.select("link[href]"))


def test_a_signed_in_editor_is_a_reader_like_others(browser: Client, post: Post) -> None:
    response = sign_up(browser, "ada@example.org")
    assert "desk" not in str(response.cookies)


def test_what_nobody_confirms_is_forgotten(browser: Client, post: Post, time_: Clock) -> None:
    sign_up(browser)
    sign_up(browser, "bob@example.org")
    browser.post(post.link("bob@example.org"))
    keeper = ReaderKeeper()
    keeper.keep(time_.now)
    time_.wait(days=31)
    keeper.keep(time_.now)
    assert [reader.address for reader in Subscriber.objects.all()] == ["bob@example.org"]
    assert not UseCount.objects.exists()
    assert wake_paused(time_.now) == 0


def test_whom_no_letter_reached_is_forgotten_too_and_still_not_mailed(
    browser: Client, post: Post, time_: Clock
) -> None:
    sign_up(browser)
    ada = Subscriber.objects.get().address_key or ""
    suppress(ada, SuppressionReason.BOUNCED)
    assert Subscriber.objects.get().state == SubscriberState.SUPPRESSED
    add_reader("old@example.org", state=SubscriberState.SUPPRESSED)
    brought = {"state": SubscriberState.SUPPRESSED, "confirmed_at": None, "origin": "listmonk"}
    add_reader("brought@example.org", **brought)
    ReaderKeeper().keep(time_.now)
    assert Subscriber.objects.count() == 3
    time_.wait(days=31)
    ReaderKeeper().keep(time_.now)
    left = set(Subscriber.objects.values_list("address", flat=True))
    assert left == {"old@example.org", "brought@example.org"}
    assert is_suppressed(ada)


def test_the_second_of_two_links_does_what_its_page_says(
    browser: Client, post: Post, time_: Clock
) -> None:
    sign_up(browser)
    first = post.link("ada@example.org")
    sign_up(browser, frequency="weekly")
    link = post.link("ada@example.org")
    browser.post(first)
    reader = Subscriber.objects.get()
    until = time_.now.date() + timedelta(days=7)
    save_preferences(reader, Preferences(Frequency.DAILY, is_paused=True, paused_until=until))
    assert "once a week" in browser.get(link).content.decode()
    assert "the next digest comes to you" in browser.post(link).content.decode()
    reader.refresh_from_db()
    assert (reader.state, reader.paused_until) == (SubscriberState.ACTIVE, None)
    assert reader.frequency == Frequency.WEEKLY
