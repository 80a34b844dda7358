"""Editions on the desk: looked at, changed, held, tested, sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from digest.conftest import Newsdesk
from factories.staff import staff
from handpress.accounts.models import User
from handpress.accounts.roles import Role
from handpress.archive.models import FrontPage
from handpress.digest.arranging import arrange_edition
from handpress.digest.editions import compose_edition, contents_of, freeze
from handpress.digest.forms_editions import order_of
from handpress.digest.models import Edition, EditionState, Frequency, SubscriberState
from handpress.digest.queries.coming import prospects
from handpress.mail.models import Letter
from handpress.newsroom.models import Article

LIST = "/desk/digest/editions/"


@pytest.fixture
def edition(newsdesk: Newsdesk) -> Edition:
    for number in (1, 2, 3):
        newsdesk.article(f"Story {number}", "Water", ago=timedelta(hours=number))
    made = compose_edition(Frequency.DAILY, newsdesk.slot(), newsdesk.now)
    assert made
    return made


@pytest.fixture
def editor(client: Client, db: None) -> Client:
    client.force_login(staff(Role.EDITOR, "ada"))
    return client


def page_of(edition: Edition) -> str:
    return f"{LIST}{edition.pk}/"


def fields(client: Client, edition: Edition) -> dict[str, Any]:
    """Return what the form on the page would send."""
    return form_of(client.get(page_of(edition)))


def form_of(answer: Any) -> dict[str, Any]:
    page = BeautifulSoup(answer.content, "html.parser")
    sent: dict[str, Any] = {}
    for box in page.select(".ed-form input, .ed-form textarea"):
        if box.get("type") == "checkbox" and not box.has_attr("checked"):
            continue
        name, value = str(box["name"]), str(box.get("value", box.text.lstrip("\n")))
        sent[name] = [*sent.get(name, []), value] if name == "piece" else value
    return sent


def headlines(edition: Edition) -> list[str]:
    edition.refresh_from_db()
    return [each.headline for each in contents_of(edition).pieces]


def said(response: Any) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def test_an_editor_puts_articles_in_order_and_takes_one_out(
    editor: Client, edition: Edition
) -> None:
    sent = fields(editor, edition)
    first, second, third = sent["piece"]
    sent |= {f"at-{third}": "1", "note": "Good morning", "subject": "Three things"}
    del sent[f"in-{second}"]
    answer = editor.post(page_of(edition), sent, follow=True)
    assert "Saved" in said(answer)
    assert headlines(edition) == ["Story 3", "Story 1"]
    assert (edition.subject, edition.note) == ("Three things", "Good morning")
    back = fields(editor, edition)
    assert back["piece"] == [third, first, second]
    editor.post(page_of(edition), {**back, f"in-{second}": "1", f"at-{second}": "2"})
    assert headlines(edition) == ["Story 3", "Story 2", "Story 1"]


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(
    editor: Client, edition: Edition
) -> None:
    sent = fields(editor, edition) | {"subject": "Mine", "note": "My long note"}
    uuids = [each.uuid for each in contents_of(edition).pieces]
    arrange_edition(edition.pk, order=uuids[::-1], subject="Theirs", note="")
    answer = editor.post(page_of(edition), sent)
    assert "not saved" in said(answer)
    assert "My long note" in answer.content.decode()
    edition.refresh_from_db()
    assert edition.subject == "Theirs"


@pytest.mark.parametrize("is_refused", ["too long", "somebody else"])
def test_the_order_that_was_not_saved_is_still_in_the_form(
    editor: Client, edition: Edition, is_refused: str
) -> None:
    sent = fields(editor, edition)
    first, second, third = sent["piece"]
    sent |= {f"at-{third}": "1"}
    del sent[f"in-{second}"]
    if is_refused == "too long":
        sent["note"] = "x" * 2001
    else:
        arrange_edition(edition.pk, order=[second, first, third], subject="Theirs", note="")
    back = form_of(editor.post(page_of(edition), sent))
    assert back["piece"] == [third, first, second]
    assert f"in-{second}" not in back
    editor.post(page_of(edition), back | {"note": "Mine", "subject": "Mine"})
    assert headlines(edition) == ["Story 3", "Story 1"]


def test_of_two_who_save_at_once_none_overwrites_the_other(
    editor: Client, edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = fields(editor, edition) | {"note": "Mine"}

    def while_another_saves(data: Any) -> list[str]:
        arrange_edition(edition.pk, order=sent["piece"], subject="Theirs", note="Theirs")
        return order_of(data)

    monkeypatch.setattr("handpress.digest.views.editions.order_of", while_another_saves)
    answer = editor.post(page_of(edition), sent)
    assert "not saved" in said(answer)
    edition.refresh_from_db()
    assert edition.note == "Theirs"
    monkeypatch.undo()
    # What I left alone is theirs by now, what I wrote is mine.
    editor.post(page_of(edition), form_of(answer))
    edition.refresh_from_db()
    assert (edition.note, edition.subject) == ("Mine", "Theirs")


def test_a_lead_that_another_editor_changed_meanwhile_is_not_taken_for_mine(
    editor: Client, edition: Edition
) -> None:
    """The front page is led anew while somebody writes a note."""
    sent = fields(editor, edition) | {"note": "A note"}
    second = Article.objects.get(headline="Story 2")
    FrontPage.objects.update_or_create(pk=1, defaults={"lead": second})
    assert "Saved" in said(editor.post(page_of(edition), sent, follow=True))
    assert headlines(edition)[0] == "Story 2"
    assert fields(editor, edition)["subject"] == "Story 2"
    third = Article.objects.get(headline="Story 3")
    FrontPage.objects.update(lead=third)
    assert headlines(edition)[0] == "Story 3"
    assert fields(editor, edition)["subject"] == "Story 3"


def test_an_edition_without_articles_is_not_saved(editor: Client, edition: Edition) -> None:
    sent = {k: v for k, v in fields(editor, edition).items() if not k.startswith("in-")}
    assert "needs an article" in said(editor.post(page_of(edition), sent, follow=True))
    assert len(headlines(edition)) == 3


@pytest.mark.parametrize("odd", ["", "0", "-1", "9" * 40, "²", "x", "1\0"])
def test_odd_numbers_lose_nothing(editor: Client, edition: Edition, odd: str) -> None:
    sent = fields(editor, edition)
    sent[f"at-{sent['piece'][0]}"] = odd
    sent["piece"] = [*sent["piece"], "no-uuid", sent["piece"][0]]
    editor.post(page_of(edition), sent)
    assert sorted(headlines(edition)) == ["Story 1", "Story 2", "Story 3"]


def test_a_note_that_is_too_long_comes_back(editor: Client, edition: Edition) -> None:
    sent = fields(editor, edition) | {"note": "x" * 2001}
    answer = editor.post(page_of(edition), sent)
    assert "at most 2000 characters" in answer.content.decode()
    assert "x" * 2001 in answer.content.decode()


def test_hold_let_go_call_off_and_bring_back(editor: Client, edition: Edition) -> None:
    def do(step: str) -> int:
        editor.post(f"{page_of(edition)}{step}/")
        edition.refresh_from_db()
        return edition.state

    assert do("hold") == EditionState.HELD
    assert edition.reason == "Held by ada."
    assert do("go") == EditionState.READY
    assert do("off") == EditionState.CANCELLED
    assert "Bring it back" in editor.get(page_of(edition)).content.decode()
    assert do("anew") == EditionState.HELD


def test_sending_now_is_asked_about_first(
    editor: Client, edition: Edition, newsdesk: Newsdesk
) -> None:
    newsdesk.reader()
    question = editor.get(f"{page_of(edition)}now/").content.decode()
    assert "1 reader" in question
    edition.refresh_from_db()
    assert edition.send_at > newsdesk.now
    answer = editor.post(f"{page_of(edition)}now/")
    assert answer["Location"] == f"/desk/digest/delivery/{edition.pk}/"
    edition.refresh_from_db()
    assert edition.send_at == newsdesk.now


def test_only_those_are_counted_who_get_it(
    editor: Client, edition: Edition, newsdesk: Newsdesk
) -> None:
    newsdesk.reader("ann")
    newsdesk.reader("bob", "Water")
    newsdesk.reader("cyd", "Elsewhere")
    newsdesk.reader("fay", "Elsewhere")
    newsdesk.reader("dan", frequency=Frequency.WEEKLY)
    newsdesk.reader("eve", state=SubscriberState.PAUSED, paused_until=edition.edition_on)
    (told,) = prospects(edition.send_at)
    assert told.readers == 3
    lead = Article.objects.get(headline="Story 1")
    lead.headline = "Story One"
    lead.save()
    shown, asked = (
        BeautifulSoup(editor.get(path).content, "html.parser").get_text(" ", strip=True)
        for path in (page_of(edition), f"{page_of(edition)}now/")
    )
    assert "3 readers" in shown
    assert "3 readers" in asked
    assert "Story One" in asked


def test_a_test_goes_to_one_address_as_a_letter(editor: Client, edition: Edition) -> None:
    where = f"{page_of(edition)}test/"
    assert "on its way" in said(editor.post(where, {"address": "ada@proof.example"}, follow=True))
    letter = Letter.objects.get()
    assert (letter.to, letter.subject) == ("ada@proof.example", "[Test] Story 1")
    assert "\ufdd0" not in letter.html + letter.text
    assert "/-/unsubscribe/" in letter.html
    for bad in ("", "nobody", "a@b.example\r\nBcc: c@d.example"):
        assert "None was sent" in said(editor.post(where, {"address": bad}, follow=True))
    assert Letter.objects.count() == 1


def test_an_edition_that_went_out_is_only_read(
    editor: Client, edition: Edition, newsdesk: Newsdesk
) -> None:
    sent = fields(editor, edition)
    freeze(edition.pk, newsdesk.now)
    page = editor.get(page_of(edition)).content.decode()
    assert "Nothing changes it any more" in page
    assert f'href="/desk/digest/delivery/{edition.pk}/"' in page
    assert "ed-form" not in page
    answer = editor.post(page_of(edition), sent | {"subject": "Too late"}, follow=True)
    assert "gone on meanwhile" in said(answer)
    for step in ("hold", "go", "off", "anew", "now"):
        answer = editor.post(f"{page_of(edition)}{step}/", follow=True)
        assert "gone on meanwhile" in said(answer)
    edition.refresh_from_db()
    assert (edition.state, edition.subject) == (EditionState.FROZEN, "Story 1")


def test_the_preview_is_the_mail_in_a_frame_that_may_do_nothing(
    editor: Client, edition: Edition, newsdesk: Newsdesk
) -> None:
    where = f"{page_of(edition)}preview/"
    light, dark = editor.get(where), editor.get(f"{where}?scheme=dark")
    for answer in (light, dark):
        assert "sandbox" in answer["Content-Security-Policy"]
        assert "script" not in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert b"@media not all" in light.content
    assert b"@media all" in dark.content
    assert b"prefers-color-scheme" not in dark.content
    text = editor.get(f"{where}?form=text&language=ko")
    assert text["Content-Type"] == "text/plain; charset=utf-8"
    assert "구독 해지" in text.content.decode()
    choice = newsdesk.choice("Elsewhere")
    assert "Story" not in editor.get(f"{where}?form=text&choice={choice.pk}").content.decode()
    assert editor.get(f"{where}?choice=999999").status_code == 404
    odd = editor.get(f"{where}?choice=x&scheme=<script>&form=../&language=%00%FF")
    assert odd.status_code == 200


@pytest.mark.parametrize("role", [Role.REPORTER, Role.TREASURER])
def test_others_do_not_come_near(client: Client, edition: Edition, role: Role) -> None:
    client.force_login(staff(role, "rita"))
    for path in (LIST, page_of(edition), f"{page_of(edition)}preview/", f"{page_of(edition)}now/"):
        assert client.get(path).status_code in (302, 403)
        assert client.post(path).status_code in (302, 403, 405)
    edition.refresh_from_db()
    assert edition.state == EditionState.READY


def test_a_look_changes_nothing(editor: Client, edition: Edition) -> None:
    for step in ("hold", "go", "off", "anew", "test", "nonsense"):
        assert editor.get(f"{page_of(edition)}{step}/").status_code == 404
    assert editor.post(f"{page_of(edition)}nonsense/").status_code == 404
    edition.refresh_from_db()
    assert edition.state == EditionState.READY


def test_any_number_of_editions_and_articles_takes_the_same_queries(
    editor: Client, newsdesk: Newsdesk
) -> None:
    counts = []
    for day in range(3):
        for number in range(3 + 4 * day):
            newsdesk.article(f"Story {day} {number}", f"Topic {number}", ago=timedelta(hours=1))
        made = compose_edition(Frequency.DAILY, newsdesk.slot(), newsdesk.now)
        assert made
        newsdesk.choice(f"Topic {day}", "Water")
        taken = []
        for path in (LIST, page_of(made)):
            with CaptureQueriesContext(connection) as queries:
                assert editor.get(path).status_code == 200
            taken.append(len(queries))
        counts.append(taken)
        freeze(made.pk, newsdesk.now)
        newsdesk.now += timedelta(days=1)
        editor.force_login(User.objects.get())
    assert counts[1] == counts[2]
