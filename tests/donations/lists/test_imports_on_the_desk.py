"""Lists of other systems on the desk: looked at first, then taken over exactly so; who may."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.models import ModelLogEntry

from factories import giving
from factories.desk_forms import Desk
from factories.staff import desk_of, staff
from handpress.accounts.roles import Role
from handpress.donations.actions import list_uploads as uploads
from handpress.donations.models import Donor, Movement, Plan, Rail
from handpress.donations.views import donor_imports
from handpress.lib import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
PLANS = """id,Customer ID,Customer Email,Currency,Interval,Amount,Status,Current Period End (UTC)
sub_1,cus_1,canary@example.org,eur,month,5.00,active,2099-12-05 10:00
sub_2,cus_2,bob@example.org,eur,year,5.00,active,2099-12-05 10:00
"""
OWN = "Nr;Tag;Post;Summe\n1;26.11.2024;ann@example.org;20,50\n"


@pytest.fixture
def cards(db: None) -> Rail:
    return giving.rail("stripe", account_ref="acct_1", name="Cards")


def bring(desk: Desk, text: str | bytes, **fields: str) -> Any:
    data = text if isinstance(text, bytes) else text.encode()
    file = SimpleUploadedFile("list.csv", data)
    return desk.client.post(reverse("donations_import"), {"file": file, **fields})


def words(answer: Any) -> str:
    soup = BeautifulSoup(answer.content.decode(), "html.parser")
    return " ".join(soup.get_text(" ").split())


def press(desk: Desk, url: str, do: str, **fields: Any) -> str:
    """Press a button; return what the page says afterwards."""
    return words(desk.client.post(url, {"do": do, **fields}, follow=True))


def test_a_list_is_looked_at_and_taken_over_as_it_was_looked_at(desk: Desk, cards: Rail) -> None:
    answer = bring(desk, PLANS)
    assert answer.status_code == 302
    url = answer.url
    shown = words(desk.client.get(url))
    assert "This is “Stripe: subscriptions”, 2 lines." in shown
    assert "canary@example.org" in shown, "whoever brings a list sees what is in it"
    assert "Take it over" not in shown
    said = press(desk, url, "look")
    assert "say by which way to give they are to come" in said
    assert "Take it over" not in said
    said = press(desk, url, "look", rail=cards.pk)
    assert "Nothing is changed yet" in said
    assert "Monthly gifts found 2" in said
    assert "new (1 needs reconsent) 1" in said
    assert "Line 3, plan: is every year, not every month" in said
    assert not Donor.objects.exists()
    said = press(desk, url, "import")
    assert "The list is taken over." in said
    assert "Monthly gifts found 2" in said
    assert Plan.objects.get().rail == cards
    assert press(desk, url, "import")
    assert Plan.objects.count() == 1
    logged = repr(list(ModelLogEntry.objects.values()))
    assert "handpress.list.imported" in logged
    assert "canary" not in logged


def test_a_table_of_ones_own_is_told_what_it_holds(desk: Desk) -> None:
    past = giving.rail("link", account_ref="https://before.example/", name="Before")
    url = bring(desk, OWN).url
    soup = BeautifulSoup(desk.client.get(url).content.decode(), "html.parser")
    assert len(soup.select("select[name^=column-]")) > 20
    columns = {"column-id": "Nr", "column-on": "Tag", "column-email": "Post"}
    said = press(desk, url, "look", holds="gifts", **columns)
    assert "No column holds the amount" in said
    columns["column-amount"] = "Summe"
    said = press(desk, url, "look", holds="gifts", history=past.pk, **columns)
    assert "Its currency" in said or "its currency is not said" in said
    wishes = {"holds": "gifts", "history": past.pk, "currency": "EUR", **columns}
    said = press(desk, url, "look", **wishes)
    assert "Gifts found 1" in said
    chosen = BeautifulSoup(desk.client.get(url).content.decode(), "html.parser")
    for name, value in {**columns, "holds": "gifts", "currency": "EUR"}.items():
        option = chosen.select_one(f"select[name={name}] option[selected]")
        assert option
        assert option["value"] == value
    press(desk, url, "import")
    assert Movement.objects.get().amount_minor == 2050
    # The next such table is read as this one was.
    again = BeautifulSoup(
        desk.client.get(bring(desk, OWN).url).content.decode(), "html.parser"
    ).select_one("select[name=column-email] option[selected]")
    assert again
    assert again["value"] == "Post"


def test_the_file_is_never_in_clear_and_goes(desk: Desk, cards: Rail) -> None:
    url = bring(desk, PLANS).url
    folder = Path(settings.HANDPRESS.var_folder) / "donor-lists"
    kept = list(folder.iterdir())
    assert len(kept) == 2
    for file in kept:
        assert b"canary" not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0
    press(desk, url, "look", rail=cards.pk)
    press(desk, url, "import")
    assert [file.suffix for file in folder.iterdir()] == [".json"], "the list itself is gone"
    other = bring(desk, PLANS).url
    assert "Nothing of it was taken over" in press(desk, other, "away")
    assert desk.client.get(other).status_code == 404
    assert len(list(folder.iterdir())) == 1


def test_lists_that_nobody_took_over_go_after_a_day(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = bring(desk, PLANS).url
    now = clock.now()
    assert uploads.forget_uploads(now + timedelta(hours=23)) == 0
    assert desk.client.get(url).status_code == 200
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(hours=25))
    uploads.keep_upload("other.csv", PLANS.encode())
    monkeypatch.undo()
    assert desk.client.get(url).status_code == 404


def test_the_server_looks_for_old_lists_now_and_then(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = bring(desk, PLANS).url
    now = clock.now()
    monkeypatch.setattr(uploads, "_next_look", now)
    uploads.tidy_uploads(now)
    assert desk.client.get(url).status_code == 200
    uploads.tidy_uploads(now + timedelta(minutes=59))
    uploads.tidy_uploads(now + timedelta(hours=25))
    assert desk.client.get(url).status_code == 404


def test_a_list_whose_bytes_are_gone_says_so(desk: Desk) -> None:
    url = bring(desk, PLANS).url
    token = url.rstrip("/").rpartition("/")[2]
    upload = uploads.find_upload(token)
    assert upload
    (Path(settings.HANDPRESS.var_folder) / "donor-lists" / token).unlink()
    assert "not here any more" in words(desk.client.get(url))
    assert "not here any more" in press(desk, url, "look")
    assert uploads.find_upload("../../secret.key") is None
    assert desk.client.get(reverse("donations_import_step", args=["0" * 32])).status_code == 404


@pytest.mark.parametrize(
    ("data", "fields", "said"),
    [
        (b"", {}, "The file is empty"),
        (b"PK\x03\x04", {}, "Please save it as CSV"),
        (b"a,b\n1,2", {"kind": "stripe-customers"}, "This is no list “Stripe: customers”"),
    ],
)
def test_what_is_no_list_is_said_at_the_field(
    desk: Desk, data: bytes, fields: dict[str, str], said: str
) -> None:
    assert said in words(bring(desk, data, **fields))
    assert not (Path(settings.HANDPRESS.var_folder) / "donor-lists").exists()


def test_long_lists_are_for_the_command(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(donor_imports, "MOST_ON_THE_DESK", 1)
    assert "handpress fund import-donors" in words(bring(desk, PLANS))


def test_only_who_keeps_the_money_may(desk: Desk) -> None:
    url = bring(desk, PLANS).url
    for role, status in ((Role.TREASURER, 200), (Role.EDITOR, 302), (Role.REPORTER, 302)):
        client = desk_of(staff(role, f"a-{role.value}")).client
        assert client.get(reverse("donations_import")).status_code == status
        assert client.get(url).status_code == status
    assert "Bring a list" in words(desk.client.get(reverse("donations_donors")))
