"""The subscriber book on the desk."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from wagtail.models import ModelLogEntry

from digest.readers.conftest import NOW, Clock, add_reader
from digest.readers.test_formats import FILES
from factories.staff import desk_of, staff
from handpress.accounts.roles import Role
from handpress.digest.actions import ReaderKeeper, save_preferences, uploads
from handpress.digest.actions.importing import import_readers
from handpress.digest.actions.readers import Preferences
from handpress.digest.core.chart import HEIGHT, line_of
from handpress.digest.formats import open_list
from handpress.digest.models import (
    Frequency,
    ImportState,
    ReaderImport,
    Subscriber,
    SubscriberState,
)
from handpress.digest.queries import book
from handpress.mail.models import SuppressionReason
from handpress.mail.suppression import is_suppressed, lift, suppress
from handpress.newsroom.models import Topic

pytestmark = pytest.mark.django_db

LIST = "/desk/digest/readers/"
IMPORT = f"{LIST}import/"


@pytest.fixture
def chief() -> Client:
    return desk_of(staff(Role.ADMINISTRATOR)).client


def soup(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def addresses(client: Client, query: str = "") -> set[str]:
    page = soup(client.get(f"{LIST}?{query}"))
    return {link.get_text(strip=True) for link in page.select("#listing-results td.title a")}


def test_the_list_and_its_segments(chief: Client) -> None:
    water = Topic.objects.create(name="Water")
    housing = Topic.objects.create(name="Housing")
    add_reader("ada@example.org", frequency=Frequency.WEEKLY, origin="ghost")
    bob = add_reader("bob@example.net")
    add_reader("left@example.org", state=SubscriberState.LEFT)
    save_preferences(bob, Preferences(Frequency.DAILY, (housing.pk,), "ko"))
    everybody = {"ada@example.org", "bob@example.net", "left@example.org"}
    assert addresses(chief) == everybody
    assert addresses(chief, "state=1") == {"ada@example.org", "bob@example.net"}
    assert addresses(chief, "frequency=2") == {"ada@example.org"}
    assert addresses(chief, f"topic={water.pk}&state=1") == {"ada@example.org"}
    assert addresses(chief, f"topic={housing.pk}&state=1") == {"ada@example.org", "bob@example.net"}
    assert addresses(chief, "language=ko") == {"bob@example.net"}
    assert addresses(chief, "origin=ghost") == {"ada@example.org"}
    assert addresses(chief, "q=example.net") == {"bob@example.net"}
    assert addresses(chief, "q=ADA@Example.org") == {"ada@example.org"}
    assert addresses(chief, "q=%25") == set()


def test_the_list_costs_the_same_for_two_and_for_fifty(
    chief: Client, django_assert_max_num_queries: Any
) -> None:
    topics = [Topic.objects.create(name=f"Topic {number}") for number in range(5)]
    chief.get(LIST)
    for number in range(50):
        reader = add_reader(f"r{number}@example.org")
        chosen = tuple(topic.pk for topic in topics[: 1 + number % 5])
        save_preferences(reader, Preferences(Frequency.DAILY, chosen))
    with django_assert_max_num_queries(22):
        assert len(addresses(chief)) == 50


def test_totals_and_growth(time_: Clock) -> None:
    for number in range(5):
        add_reader(f"r{number}@example.org", confirmed_at=NOW - timedelta(days=number))
    add_reader("w@example.org", frequency=Frequency.WEEKLY)
    add_reader("never@example.org", state=SubscriberState.PENDING, confirmed_at=None)
    add_reader(
        "gone@example.org", state=SubscriberState.LEFT, left_at=NOW - timedelta(days=2, hours=1)
    )
    totals = book.totals()
    assert (totals.active, totals.daily, totals.weekly) == (6, 5, 1)
    assert (totals.unconfirmed, totals.left) == (1, 1)
    days = book.growth(now=NOW, zone=ZoneInfo("Asia/Seoul"), readers=totals.active)
    assert [(day.joined, day.left, day.readers) for day in days[-4:]] == [
        (1, 0, 4),
        (1, 1, 4),
        (1, 0, 5),
        (1, 0, 6),
    ]
    assert days[0].readers == 0
    assert len(days) == book.DAYS


@pytest.mark.parametrize("values", [[], [0], [3], [0, 0], [1, 5, 2], [500_000, 500_001, 500_003]])
def test_a_line_stays_in_its_drawing(values: list[int]) -> None:
    line = line_of(values)
    for point in line.points.split():
        assert 0 <= float(point.partition(",")[2]) <= HEIGHT
    assert line.least <= min(values, default=0)


def test_one_reader(chief: Client) -> None:
    reader = add_reader()
    page = chief.get(f"{LIST}{reader.pk}/").content.decode()
    assert "ada@example.org" in page
    assert "Nothing is on record" in page
    assert chief.get(f"{LIST}999999/").status_code == 404


@pytest.mark.parametrize(
    ("step", "state"),
    [("let-go", SubscriberState.LEFT), ("erase", SubscriberState.ERASED)],
)
def test_a_step_is_asked_first_and_logged_without_the_address(
    chief: Client, step: str, state: SubscriberState
) -> None:
    reader = add_reader()
    address = f"{LIST}{reader.pk}/{step}/"
    assert chief.get(address).status_code == 200
    reader.refresh_from_db()
    assert reader.state == SubscriberState.ACTIVE
    chief.post(address)
    reader.refresh_from_db()
    assert reader.state == state
    entry = ModelLogEntry.objects.get(action__startswith="handpress.reader.")
    assert "ada" not in f"{entry.label} {entry.data}"
    chief.post(address)
    assert ModelLogEntry.objects.filter(action__startswith="handpress.reader.").count() == 1


def test_what_is_suppressed_is_marked_listed_and_lifted(chief: Client) -> None:
    reader = add_reader()
    suppress("ada@example.org", SuppressionReason.BOUNCED, said="550 5.1.1 no such user")
    reader.refresh_from_db()
    assert reader.state == SubscriberState.SUPPRESSED
    shown = chief.get("/desk/digest/unreachable/").content.decode()
    assert "550 5.1.1 no such user" in shown
    assert f"{LIST}{reader.pk}/" in shown
    chief.post(f"{LIST}{reader.pk}/lift/")
    reader.refresh_from_db()
    assert reader.state == SubscriberState.ACTIVE
    assert not is_suppressed("ada@example.org")
    assert "ada@example.org" not in chief.get("/desk/digest/unreachable/").content.decode()


def test_lifting_mails_nobody_who_left_or_never_confirmed() -> None:
    add_reader("left@example.org", state=SubscriberState.LEFT)
    new = add_reader("new@example.org", state=SubscriberState.PENDING, confirmed_at=None)
    for key in ("left@example.org", "new@example.org"):
        suppress(key, SuppressionReason.BY_HAND)
        lift(key)
    new.refresh_from_db()
    assert new.state == SubscriberState.PENDING
    left = Subscriber.objects.get(address_key="left@example.org")
    assert left.state == SubscriberState.LEFT


def rows_of(response: Any) -> list[dict[str, str]]:
    text = response.getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_what_is_exported_comes_back_the_same(chief: Client, time_: Clock) -> None:
    water = Topic.objects.create(name="Water")
    reader = add_reader("=ada@example.org")
    save_preferences(reader, Preferences(Frequency.WEEKLY, (water.pk,), "ko"))
    add_reader("left@example.org", state=SubscriberState.LEFT, left_at=NOW)
    chief.get(f"{LIST}export/")
    response = chief.post(f"{LIST}export/")
    assert response["Content-Disposition"] == 'attachment; filename="readers-2026-11-21.csv"'
    text = response.getvalue()
    read = {one.address: one for one in open_list("readers.csv", text).readers()}
    ada = read["=ada@example.org"]
    assert (ada.frequency, ada.topics, ada.language) == ("weekly", ("Water",), "ko")
    assert ada.joined_at == reader.confirmed_at
    assert read["left@example.org"].left_at == NOW
    assert ModelLogEntry.objects.filter(action="handpress.readers.exported").count() == 1


def test_what_the_list_is_narrowed_to_is_what_is_exported(chief: Client) -> None:
    add_reader("ada@example.org")
    add_reader("bob@example.net", state=SubscriberState.LEFT)
    assert [row["address"] for row in rows_of(chief.post(f"{LIST}export/?state=1"))] == [
        "ada@example.org"
    ]
    assert [row["address"] for row in rows_of(chief.post(f"{LIST}export/?q=example.net"))] == [
        "bob@example.net"
    ]


def bring(client: Client, data: bytes, name: str = "list.csv", **fields: str) -> Any:
    file = SimpleUploadedFile(name, data)
    return client.post(IMPORT, {"file": file, "asked": "on", **fields}, follow=True)


def test_a_list_is_looked_through_and_then_taken_over(chief: Client) -> None:
    page = bring(chief, FILES["mailchimp"], "export.zip", words="Mail me.").content.decode()
    assert "Mailchimp’s list" in page
    assert "Left out, because the people in it never asked" in page
    assert not Subscriber.objects.exists()
    row = ReaderImport.objects.get()
    assert row.state == ImportState.LOOKED
    kept = Path(settings.HANDPRESS.var_folder) / "reader-lists" / row.stored_as
    assert kept.stat().st_mode & 0o777 == 0o600
    step = f"{IMPORT}{row.pk}/"
    assert "taken over" in chief.post(step, {"do": "import"}, follow=True).content.decode()
    states = dict(Subscriber.objects.values_list("address_key", "state"))
    assert states == {
        "ada@example.org": SubscriberState.ACTIVE,
        "gone@example.org": SubscriberState.LEFT,
        "dead@example.org": SubscriberState.SUPPRESSED,
    }
    assert is_suppressed("dead@example.org")
    assert not kept.exists()
    chief.post(step, {"do": "import"})
    assert Subscriber.objects.count() == 3
    assert ModelLogEntry.objects.filter(action="handpress.readers.imported").count() == 1


def test_columns_are_chosen_by_hand(chief: Client) -> None:
    data = b"mail,work,since\nhome@example.org,desk@example.org,2020-01-02\n"
    bring(chief, data)
    row = ReaderImport.objects.get()
    step = f"{IMPORT}{row.pk}/"
    chief.post(step, {"do": "map", "address": "work", "joined": "since", "topics": "no column"})
    chief.post(step, {"do": "import"})
    reader = Subscriber.objects.get()
    assert reader.address == "desk@example.org"
    assert reader.created_at.year == 2020


@pytest.mark.parametrize(
    ("data", "name"),
    [(b"", "a.csv"), (b"\x89PNG\0", "a.png"), (b"PK\x03\x04", "a.zip"), (b"name\nx\n", "b.csv")],
)
def test_what_is_no_list_is_refused_and_nothing_is_kept(
    chief: Client, data: bytes, name: str
) -> None:
    response = bring(chief, data, name)
    assert response.status_code == 200
    assert soup(response).select_one(".w-field__errors, .error-message")
    assert not ReaderImport.objects.exists()


def test_nobody_imports_people_who_did_not_ask(chief: Client) -> None:
    file = SimpleUploadedFile("list.csv", FILES["ghost"])
    response = chief.post(IMPORT, {"file": file})
    assert "Mail that nobody asked for is spam" in response.content.decode()
    assert not ReaderImport.objects.exists()


def test_a_list_is_thrown_away(chief: Client) -> None:
    bring(chief, FILES["ghost"])
    row = ReaderImport.objects.get()
    kept = Path(settings.HANDPRESS.var_folder) / "reader-lists" / row.stored_as
    chief.post(f"{IMPORT}{row.pk}/", {"do": "away"})
    assert not kept.exists()
    assert not ReaderImport.objects.exists()


def test_work_that_stopped_is_begun_again(chief: Client, time_: Clock) -> None:
    bring(chief, FILES["ghost"])
    row = ReaderImport.objects.get()
    ReaderImport.objects.update(state=ImportState.IMPORTING, done=1, beat_at=time_.now)
    step = f"{IMPORT}{row.pk}/"
    chief.post(step, {"do": "import"})
    assert not Subscriber.objects.exists(), "somebody else is at it"
    assert b'http-equiv="refresh"' in chief.get(step).content
    time_.wait(seconds=90)
    assert b"The work has stopped" in chief.get(step).content
    chief.post(step, {"do": "import"})
    assert Subscriber.objects.count() == 2


def test_a_list_that_is_taken_over_twice_at_once_is_so_once(
    chief: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(chief, FILES["ghost"])
    row = ReaderImport.objects.get()
    step = f"{IMPORT}{row.pk}/"
    sent, really = [], import_readers

    def pressed_again(*args: Any, **options: Any) -> Any:
        if not sent:
            sent.append(True)
            said = chief.post(step, {"do": "import"}, follow=True).content.decode()
            assert "is being taken over, or was already" in said
        return really(*args, **options)

    monkeypatch.setattr("handpress.digest.actions.uploads.import_readers", pressed_again)
    chief.post(step, {"do": "import"})
    row.refresh_from_db()
    assert (row.state, row.sheet["added"]) == (ImportState.DONE, 1)
    # Nor is what is done undone by a page that was still open.
    for wish in ({"do": "look"}, {"do": "map", "address": "email"}):
        chief.post(step, wish)
    row.refresh_from_db()
    assert (row.state, row.sheet["added"]) == (ImportState.DONE, 1)


@pytest.mark.parametrize("part", ["b\u00fccher", "bu\u0308ch", "B\u00dcCHER", "andr\u00e9"])
def test_a_part_of_an_address_is_found_in_any_script(chief: Client, part: str) -> None:
    add_reader("andr\u00e9@b\u00fccher.example.org")
    add_reader("bob@example.org")
    shown = chief.get(LIST, {"q": part}).content.decode()
    assert "andr\u00e9@b\u00fccher.example.org" in shown
    assert "bob@example.org" not in shown


def test_files_that_nobody_took_over_are_forgotten(chief: Client, time_: Clock) -> None:
    bring(chief, FILES["ghost"])
    row = ReaderImport.objects.get()
    kept = Path(settings.HANDPRESS.var_folder) / "reader-lists" / row.stored_as
    time_.wait(hours=25)
    ReaderKeeper().keep(time_.now)
    assert not kept.exists()
    assert (
        b"not here any more"
        in chief.post(f"{IMPORT}{row.pk}/", {"do": "map", "address": "x"}, follow=True).content
    )
    assert uploads.forget_uploads(time_.now + timedelta(days=31)) == 1


@pytest.mark.parametrize(
    ("role", "views", "changes", "owns"),
    [
        (Role.REPORTER, False, False, False),
        (Role.TREASURER, False, False, False),
        (Role.EDITOR, True, True, False),
        (Role.ADMINISTRATOR, True, True, True),
    ],
)
def test_who_may_do_what(role: Role, views: bool, changes: bool, owns: bool) -> None:
    reader = add_reader()
    client = desk_of(staff(role)).client
    ok = {True: {200}, False: {302, 403}}
    assert client.get(LIST).status_code in ok[views]
    assert client.get(f"{LIST}{reader.pk}/").status_code in ok[views]
    assert client.get("/desk/digest/unreachable/").status_code in ok[views]
    assert client.get(f"{LIST}{reader.pk}/let-go/").status_code in ok[changes]
    assert client.get(f"{LIST}{reader.pk}/erase/").status_code in ok[owns]
    assert client.get(f"{LIST}export/").status_code in ok[owns]
    assert client.get(IMPORT).status_code in ok[owns]
    if not owns:
        client.post(f"{LIST}{reader.pk}/erase/")
        assert client.post(f"{LIST}export/").status_code in ok[False]
        reader.refresh_from_db()
        assert reader.state == SubscriberState.ACTIVE


def test_no_step_without_its_form(chief: Client) -> None:
    reader = add_reader()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = chief.cookies
    for path in (f"{reader.pk}/erase/", f"{reader.pk}/let-go/", "export/", "import/"):
        assert strict.post(LIST + path, {"do": "import"}).status_code == 403
    assert chief.get(f"{LIST}{reader.pk}/nonsense/").status_code == 302
