"""Deliveries on the desk: the numbers, who did not get it, and the buttons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factories.readers import make_edition, make_readers
from factories.staff import staff
from handpress.accounts.roles import Role
from handpress.digest.ledger import begin_sending
from handpress.digest.models import Delivery, DeliveryState, Edition, EditionState
from handpress.mail.models import RelayDay

S = DeliveryState
NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
LIST = "/desk/digest/delivery/"

pytestmark = pytest.mark.django_db


def client_of(role: Role | None) -> Client:
    client = Client()
    client.force_login(staff(role))
    return client


@pytest.fixture
def editor() -> Client:
    return client_of(Role.EDITOR)


def words_of(answer: Any) -> str:
    assert answer.status_code == 200
    main = BeautifulSoup(answer.content.decode(), "html.parser")
    return " ".join((main.find("main") or main).get_text(" ").split())


def sent(count: int = 30, state: EditionState = EditionState.DONE, **states: int) -> Edition:
    """Return an edition whose deliveries stand as told; the rest was accepted."""
    make_readers(count)
    edition = make_edition(subject="The ferry is late")
    begin_sending(edition)
    pks = list(edition.deliveries.values_list("subscriber_id", flat=True).order_by("subscriber_id"))
    at = 0
    for name, some in states.items():
        Delivery.objects.filter(subscriber__in=pks[at : at + some]).update(
            state=dict(zip(S.names, S.values, strict=True))[name.upper()],
            reply="451 4.2.1 mailbox busy",
            relay="main",
            changed_at=NOW,
            next_at=NOW,
        )
        at += some
    Delivery.objects.filter(subscriber__in=pks[at:]).update(
        state=S.ACCEPTED, changed_at=NOW, relay="main"
    )
    Edition.objects.filter(pk=edition.pk).update(state=state, finished_at=NOW)
    edition.refresh_from_db()
    return edition


def test_the_list_counts(editor: Client) -> None:
    assert "No edition has gone out yet" in words_of(editor.get(LIST))
    sent(1030, failed=3, unknown=2)
    words = words_of(editor.get(LIST))
    assert "1,025 of 1,030" in words
    assert "The ferry is late" in words


def test_the_page_tells_how_far_it_is(editor: Client) -> None:
    edition = sent(40, EditionState.SENDING, failed=4, unknown=2, pending=10, suppressed=1)
    RelayDay.objects.create(
        relay="main",
        day=NOW.date(),
        carried=30,
        slowed="gmail",
        alarm="gmail refuses everybody: 550 5.7.26",
    )
    answer = editor.get(f"{LIST}{edition.pk}/")
    words = words_of(answer)
    for expected in (
        "On its way",
        "Accepted 23 of 40",
        "Waiting 10",
        "Did not get it 4",
        "In doubt 2",
        "Not to be mailed 1",
        "gmail refuses everybody",
        "Nobody was suppressed for it",
        "example.com",
        "Slower, as asked: gmail",
    ):
        assert expected in words
    assert b"data-is-sending" in answer.content
    fragment = editor.get(f"{LIST}{edition.pk}/now/")
    assert b"<html" not in fragment.content
    assert "Accepted 23 of 40" in words_of(fragment)


def test_the_scale_of_the_chart_ends_where_the_chart_does(editor: Client) -> None:
    edition = sent(5)
    at = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
    Delivery.objects.update(changed_at=at)
    first = edition.deliveries.earliest("subscriber_id")
    Delivery.objects.filter(pk=first.pk).update(changed_at=at + HOUR / 20)
    scale = BeautifulSoup(editor.get(f"{LIST}{edition.pk}/").content, "html.parser")
    # Four bars of a minute each, in a chart that has room for twelve.
    found = [one.get_text() for one in scale.select(".dl-scale span")]
    assert found == ["06:00", "06:12"]


def test_when_it_is_done_nobody_asks_again(editor: Client) -> None:
    edition = sent(5)
    assert b"data-is-sending" not in editor.get(f"{LIST}{edition.pk}/now/").content


def test_an_edition_that_has_not_begun_has_no_page(editor: Client) -> None:
    edition = make_edition(state=EditionState.READY, send_at=NOW + timedelta(hours=1))
    assert editor.get(f"{LIST}{edition.pk}/").status_code == 404


def test_an_edition_whose_time_has_come_is_followed_until_it_begins(editor: Client) -> None:
    edition = make_edition(state=EditionState.READY, send_at=NOW - timedelta(seconds=1))
    for path in ("", "now/"):
        answer = editor.get(f"{LIST}{edition.pk}/{path}")
        assert "Goes out within seconds" in words_of(answer)
        assert "Nobody reads" not in words_of(answer)
        assert b"data-is-sending" in answer.content
    assert editor.get(f"{LIST}{edition.pk}/readers/").status_code == 200


def test_who_did_not_get_it_and_what_was_said(editor: Client) -> None:
    edition = sent(20, failed=2, unknown=1, suppressed=1)
    words = words_of(editor.get(f"{LIST}{edition.pk}/readers/"))
    assert "r0@example.com" in words
    assert "451 4.2.1 mailbox busy" in words
    assert "r2@example.com" not in words
    words = words_of(editor.get(f"{LIST}{edition.pk}/readers/?which=unknown"))
    assert "r2@example.com" in words
    assert editor.get(f"{LIST}{edition.pk}/readers/?which=nonsense").status_code == 404


def test_sending_to_exactly_those_who_did_not_get_it(editor: Client) -> None:
    edition = sent(20, failed=2, expired=3, unknown=4, suppressed=1)
    Edition.objects.filter(pk=edition.pk).update(deadline_at=NOW - timedelta(hours=1))
    address = f"{LIST}{edition.pk}/missed/"
    words = words_of(editor.get(address))
    assert "5 readers who certainly did not get it" in words
    assert "4 readers of whom nobody knows are not among them" in words
    answer = editor.post(address, follow=True)
    assert "It goes to 5 more readers" in answer.content.decode()
    edition.refresh_from_db()
    assert edition.state == EditionState.SENDING
    assert edition.deadline_at > NOW
    found = {
        state: Delivery.objects.filter(state=state).count()
        for state in (S.RETRY, S.UNKNOWN, S.SUPPRESSED, S.ACCEPTED)
    }
    assert found == {S.RETRY: 5, S.UNKNOWN: 4, S.SUPPRESSED: 1, S.ACCEPTED: 10}
    assert (
        "nothing of the kind"
        in editor.post(f"{LIST}{sent_nothing().pk}/missed/", follow=True).content.decode()
    )


def sent_nothing() -> Edition:
    edition = make_edition(edition_on="2026-11-20", state=EditionState.DONE)
    return edition


def test_stopping_and_going_on(editor: Client) -> None:
    edition = sent(20, EditionState.SENDING, pending=8)
    answer = editor.post(f"{LIST}{edition.pk}/stop/", follow=True)
    assert "Stopped." in answer.content.decode()
    edition.refresh_from_db()
    assert (edition.state, edition.reason) == (EditionState.DONE, "Stopped by editor.")
    assert "8 readers who certainly did not get it" in words_of(
        editor.get(f"{LIST}{edition.pk}/missed/")
    )
    editor.post(f"{LIST}{edition.pk}/missed/")
    edition.refresh_from_db()
    assert (edition.state, edition.reason) == (EditionState.SENDING, "")


def test_what_is_in_doubt_is_settled_or_sent_again_by_a_person(editor: Client) -> None:
    edition = sent(20, unknown=4, failed=1)
    doubts = list(Delivery.objects.filter(state=S.UNKNOWN).values_list("subscriber", flat=True))
    other = Delivery.objects.get(state=S.FAILED).subscriber_id
    editor.post(f"{LIST}{edition.pk}/settle/", {"reader": [*doubts[:2], other]})
    assert Delivery.objects.filter(state=S.ACCEPTED, reply__contains="by editor").count() == 2
    answer = editor.post(f"{LIST}{edition.pk}/again/", {"reader": [doubts[2], "x"]}, follow=True)
    assert "It is sent again to 1 readers" in answer.content.decode()
    assert Delivery.objects.get(subscriber=doubts[2]).state == S.RETRY
    assert Delivery.objects.get(subscriber=doubts[3]).state == S.UNKNOWN
    assert Delivery.objects.get(subscriber=other).state == S.FAILED


def test_looking_changes_nothing(editor: Client) -> None:
    edition = sent(20, failed=2, unknown=2)
    before = list(Delivery.objects.order_by("pk").values_list("state", "changed_at"))
    for address in ("", "now/", "readers/", "missed/", "readers/?which=unknown"):
        assert editor.get(f"{LIST}{edition.pk}/{address}").status_code == 200
    for step in ("stop", "again", "settle", "nonsense"):
        assert editor.get(f"{LIST}{edition.pk}/{step}/").status_code == 404
    assert list(Delivery.objects.order_by("pk").values_list("state", "changed_at")) == before


def test_only_who_may_sees_and_acts() -> None:
    edition = sent(5, failed=1)
    reporter = client_of(Role.REPORTER)
    for address in (LIST, f"{LIST}{edition.pk}/", f"{LIST}{edition.pk}/readers/"):
        assert reporter.get(address).status_code in {302, 403}
    reporter.post(f"{LIST}{edition.pk}/missed/")
    edition.refresh_from_db()
    assert edition.state == EditionState.DONE


@pytest.mark.parametrize("address", ["", "now/", "readers/"])
def test_the_number_of_queries_does_not_grow(editor: Client, address: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert editor.get(f"{LIST}{edition.pk}/{address}").status_code == 200
        return len(captured)

    edition = sent(10, failed=3)
    editor.get(f"{LIST}{edition.pk}/{address}")
    few = queries()
    make_readers(200, first=1000)
    Edition.objects.filter(pk=edition.pk).update(state=EditionState.FROZEN, frozen_at=NOW)
    edition.refresh_from_db()
    begin_sending(edition)
    Delivery.objects.filter(state=S.PENDING).update(state=S.FAILED, changed_at=NOW)
    assert queries() == few


def test_the_list_asks_as_often_for_many_editions_as_for_one(editor: Client) -> None:
    sent(5)
    editor.get(LIST)
    with CaptureQueriesContext(connection) as one:
        editor.get(LIST)
    for day in range(1, 20):
        make_edition(edition_on=f"2026-10-{day:02}", state=EditionState.DONE)
    with CaptureQueriesContext(connection) as many:
        editor.get(LIST)
    assert len(many) == len(one)


def test_the_chart_is_of_numbers_that_every_browser_reads(editor: Client) -> None:
    """A language that writes 12,5 for a half must not write it into a picture."""
    edition = sent(30, failed=7)
    from django.utils import translation

    with translation.override("fr"):
        text = editor.get(f"{LIST}{edition.pk}/now/", HTTP_ACCEPT_LANGUAGE="fr").content.decode()
    soup = BeautifulSoup(text, "html.parser")
    numbers = [rect[name] for rect in soup.find_all("rect") for name in ("x", "width", "height")]
    assert numbers
    assert all(float(number) >= 0 for number in map(str, numbers))
