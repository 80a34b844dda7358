"""Leaving: by the mail program's button (RFC 8058), by the link, by mail; and what does not."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.test.client import MULTIPART_CONTENT

from digest.readers.conftest import Clock, Post, add_reader
from handpress.digest.actions import leave
from handpress.digest.core.tokens import token_of
from handpress.digest.editions import leave_mailto
from handpress.digest.models import Subscriber, SubscriberState
from handpress.mail.models import EventKind, Outcome, SuppressionReason
from handpress.mail.returned import take_notice
from handpress.mail.suppression import suppress

pytestmark = pytest.mark.django_db

ONE_CLICK = "List-Unsubscribe=One-Click"
URLENCODED = "application/x-www-form-urlencoded"


def link_of(reader: Subscriber) -> str:
    return f"/-/unsubscribe/{token_of(reader.uuid)}"


def state_of(reader: Subscriber) -> Any:
    reader.refresh_from_db()
    return reader.state


def heading(response: Any) -> str:
    return BeautifulSoup(response.content, "html.parser").h1.get_text()  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
def test_one_post_of_a_mail_program_is_enough(browser: Client, time_: Clock, kind: str) -> None:
    reader = add_reader()
    if kind == "multipart":
        sent = {"List-Unsubscribe": "One-Click"}
        response = browser.post(link_of(reader), sent, content_type=MULTIPART_CONTENT)
    else:
        response = browser.post(link_of(reader), ONE_CLICK, content_type=URLENCODED)
    assert response.status_code == 200, "no redirect"
    assert not response.cookies
    assert state_of(reader) == SubscriberState.LEFT
    assert (reader.left_at, reader.left_by) == (time_.now, "one-click")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", URLENCODED),
        ("x" * 50_000, "text/plain"),
        ("garbage", "multipart/form-data; boundary=x"),
        ("garbage", "multipart/form-data"),
        ("&".join(f"a{n}=1" for n in range(20_000)), URLENCODED),
        ("\xff\x00", "application/json"),
    ],
)
def test_no_body_keeps_anybody_from_leaving(browser: Client, body: str, kind: str) -> None:
    reader = add_reader()
    assert browser.generic("POST", link_of(reader), body, kind).status_code == 200
    assert state_of(reader) == SubscriberState.LEFT


def test_following_the_link_changes_nothing(browser: Client) -> None:
    reader = add_reader()
    for verb in ("GET", "HEAD"):
        assert browser.generic(verb, link_of(reader)).status_code == 200
        assert (
            browser.generic(verb, f"{link_of(reader)}?List-Unsubscribe=One-Click").status_code
            == 200
        )
    for verb in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        assert browser.generic(verb, link_of(reader)).status_code == 405
    assert state_of(reader) == SubscriberState.ACTIVE


def test_the_button_behind_the_link(browser: Client) -> None:
    reader = add_reader()
    shown = browser.get(link_of(reader))
    assert heading(shown) == "Leave the digest?"
    form = BeautifulSoup(shown.content, "html.parser").select_one("main form")
    assert form is not None
    assert form["action"] == token_of(reader.uuid)
    assert heading(browser.post(link_of(reader))) == "You have left"
    assert state_of(reader) == SubscriberState.LEFT
    assert reader.left_by == "link"
    assert heading(browser.get(link_of(reader))) == "You have left"


def test_leaving_twice_counts_once(browser: Client, time_: Clock) -> None:
    reader = add_reader()
    token = token_of(reader.uuid)
    leave(token, "mailto")
    left_at = time_.now
    time_.wait(days=400)
    assert browser.post(link_of(reader)).status_code == 200, "no link to leave expires"
    assert state_of(reader) == SubscriberState.LEFT
    assert (reader.left_at, reader.left_by) == (left_at, "mailto")


@pytest.mark.parametrize(
    "state",
    [SubscriberState.PENDING, SubscriberState.PAUSED, SubscriberState.SUPPRESSED],
)
def test_whoever_may_yet_be_mailed_can_leave(browser: Client, state: SubscriberState) -> None:
    reader = add_reader(state=state)
    browser.post(link_of(reader))
    assert state_of(reader) == SubscriberState.LEFT


def test_nobody_leaves_for_somebody_else(browser: Client) -> None:
    reader, token = add_reader(), ""
    token = token_of(reader.uuid)
    for number in range(len(token)):
        other = token[:number] + ("A" if token[number] != "A" else "B") + token[number + 1 :]
        assert browser.post(f"/-/unsubscribe/{other}", ONE_CLICK, URLENCODED).status_code == 404
    for odd in ("x", "..", "%00", "é" * 22, "A" * 22, str(reader.pk), str(reader.uuid), "9" * 5000):
        assert browser.post(f"/-/unsubscribe/{odd}").status_code == 404
    assert state_of(reader) == SubscriberState.ACTIVE
    assert leave("nobody") is None


def test_the_answer_speaks_the_readers_language(browser: Client) -> None:
    reader = add_reader(language="ar")
    main = BeautifulSoup(browser.post(link_of(reader)).content, "html.parser").main
    assert main is not None
    assert (main["lang"], main["dir"]) == ("ar", "rtl")


def test_a_post_costs_few_queries(
    browser: Client, post: Post, django_assert_max_num_queries: Any
) -> None:
    reader = add_reader()
    browser.post(link_of(add_reader("bob@example.org")))
    with django_assert_max_num_queries(10):
        browser.post(link_of(reader), ONE_CLICK, content_type=URLENCODED)


def mail(
    to: str, subject: str = "", sender: str = "Ada <ada@other.example>", number: int = 1
) -> bytes:
    own_id = f"Message-ID: <{number}@x.example>"
    lines = [f"From: {sender}", f"To: {to}", f"Subject: {subject}", own_id]
    return "\r\n".join([*lines, "", "", ""]).encode()


def test_the_mail_that_a_mail_program_sends_is_enough() -> None:
    reader, other = add_reader(), add_reader("bob@example.org")
    way_out = f"leave-{reader.uuid.hex}"
    assert leave_mailto("a@b.example", reader.uuid) == f"a@b.example?subject={way_out}"
    events = take_notice(mail(f"{way_out.upper()}@bounces.example.org"))
    assert [(event.kind, event.said) for event in events] == [(EventKind.LEFT, "leave-…")]
    assert state_of(reader) == SubscriberState.LEFT
    assert reader.left_by == "mailto"
    assert state_of(other) == SubscriberState.ACTIVE


def test_so_is_its_subject_where_there_is_no_domain_for_bounces() -> None:
    reader = add_reader()
    take_notice(mail("news@example.org", f"leave-{reader.uuid.hex}", sender=""))
    assert state_of(reader) == SubscriberState.LEFT


def test_a_forged_sender_lets_nobody_go_and_the_reader_gets_the_link(post: Post) -> None:
    reader, other = add_reader(language="ko"), add_reader("bob@example.org")
    (event,) = take_notice(mail("news@example.org", "unsubscribe", sender="Ada@EXAMPLE.org"))
    assert (event.kind, event.outcome) == (EventKind.LEFT, Outcome.ANSWERED)
    assert state_of(reader) == state_of(other) == SubscriberState.ACTIVE
    (letter,) = post.letters
    assert (letter["to"], letter["language"]) == (reader.address, "ko")
    assert link_of(reader) in letter["text"]
    assert "소식지" in letter["subject"]


def test_such_links_are_mailed_seldom_and_to_readers_alone(post: Post) -> None:
    reader = add_reader()
    gone = add_reader("bob@example.org")
    leave(token_of(gone.uuid))
    suppress("cy@example.org", SuppressionReason.BOUNCED)
    add_reader("cy@example.org")
    names = ("bob@example.org", "cy@example.org", "stranger@example.org", "")
    for number, name in enumerate(names):
        (event,) = take_notice(mail("news@example.org", "Unsubscribe", name, number))
        assert event.outcome == Outcome.NOTED
    assert not post.letters
    for number in range(10, 15):
        take_notice(mail("news@example.org", "unsubscribe", reader.address, number))
    assert len(post.letters) == 3
    for number in range(50, 90):
        add_reader(f"reader{number}@example.org")
        take_notice(mail("news@example.org", "stop", f"reader{number}@example.org", number))
    assert len(post.letters) == 30
    assert Subscriber.objects.filter(state=SubscriberState.LEFT).get() == gone


@pytest.mark.parametrize("way_out", ["leave-" + "0" * 32, "leave-x", "leave-" + "0" * 33])
def test_a_mail_to_nobodys_way_out_lets_nobody_go(way_out: str) -> None:
    reader = add_reader()
    take_notice(mail(f"{way_out}@bounces.example.org", sender="eve@example.net"))
    assert state_of(reader) == SubscriberState.ACTIVE
