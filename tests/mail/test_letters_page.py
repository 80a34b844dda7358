"""Letters on the desk: which wait, which are in trouble, and what may be done about each."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from factories.staff import desk_of, staff
from handpress.accounts.roles import Role
from handpress.lib import clock
from handpress.mail.letters import write_letter
from handpress.mail.models import OPEN_STATES, Letter, LetterState

pytestmark = pytest.mark.django_db

INDEX = "mail_letters"


def letter(state: LetterState = LetterState.WAITING, **values: object) -> Letter:
    made = write_letter(
        to=f"r{Letter.objects.count()}@lantern.example",
        subject="Please confirm",
        text="https://lantern.example/-/confirm/secret",
        kind="confirm",
    )
    if state not in {*OPEN_STATES, LetterState.UNKNOWN}:
        values |= {"text": ""}
    Letter.objects.filter(pk=made.pk).update(state=state, **values)
    made.refresh_from_db()
    return made


@pytest.fixture
def editor() -> Client:
    return desk_of(staff(Role.EDITOR)).client


def page(client: Client, which: str = "") -> str:
    response = client.get(f"{reverse(INDEX)}?which={which}")
    assert response.status_code == 200
    return response.content.decode()


def step(client: Client, row: Letter, what: str) -> str:
    response = client.post(reverse("mail_letter_step", args=[row.pk, what]), follow=True)
    row.refresh_from_db()
    return response.content.decode()


def test_what_waits_is_shown_first(editor: Client) -> None:
    waiting = letter(attempts=2, reply="451 4.7.1 come back later", relay="main")
    letter(LetterState.ACCEPTED)
    text = page(editor)
    assert waiting.to in text
    assert "main: 451 4.7.1 come back later" in text
    assert "2 attempts" in text
    assert "r1@lantern.example" not in text
    assert "All (2)" in text


def test_each_sort_has_its_own(editor: Client) -> None:
    rows = {state: letter(state) for state in LetterState}
    assert all(rows[s].to in page(editor, "open") for s in (0, 1, 2))  # type: ignore[index]
    trouble = page(editor, "trouble")
    assert [row.to in trouble for row in rows.values()] == [False] * 4 + [True] * 3
    assert all(row.to in page(editor, "all") for row in rows.values())


def test_no_letter_at_all_is_told(editor: Client) -> None:
    assert "No letter was written" in page(editor)
    assert "No letter waits" in page(editor, "open")
    assert "has arrived" in page(editor, "trouble")


def test_nobody_reads_on_the_desk_what_a_letter_says(editor: Client) -> None:
    row = letter(LetterState.UNKNOWN)
    assert "secret" not in page(editor, "all")
    again = editor.get(reverse("mail_letter_step", args=[row.pk, "again"]))
    assert "secret" not in again.content.decode()


def test_a_waiting_letter_is_tried_now(editor: Client) -> None:
    row = letter(next_at=clock.now() + timedelta(hours=1))
    assert "tried again within seconds" in step(editor, row, "now")
    assert row.next_at <= clock.now()


def test_a_letter_is_given_up(editor: Client) -> None:
    row = letter()
    assert "not sent any more" in step(editor, row, "give-up")
    assert (row.state, row.text) == (LetterState.EXPIRED, "")
    assert "gone on meanwhile" in step(editor, row, "give-up")


def test_what_may_have_arrived_is_sent_again_after_a_question(editor: Client) -> None:
    row = letter(LetterState.UNKNOWN, reply="no answer came in time")
    asked = editor.get(reverse("mail_letter_step", args=[row.pk, "again"]))
    assert "it will stand there twice" in asked.content.decode()
    row.refresh_from_db()
    assert row.state == LetterState.UNKNOWN
    step(editor, row, "again")
    assert row.state == LetterState.WAITING


@pytest.mark.parametrize(
    "state", [LetterState.ACCEPTED, LetterState.FAILED, LetterState.EXPIRED, LetterState.ON_ITS_WAY]
)
@pytest.mark.parametrize("what", ["now", "again", "give-up"])
def test_what_has_come_to_an_end_stays_as_it_is(
    editor: Client, state: LetterState, what: str
) -> None:
    row = letter()
    Letter.objects.filter(pk=row.pk).update(state=state)
    assert "gone on meanwhile" in step(editor, row, what)
    assert row.state == state


def test_a_letter_whose_time_is_up_is_not_sent_again(editor: Client) -> None:
    row = letter(LetterState.UNKNOWN, deadline_at=clock.now() - timedelta(seconds=1))
    assert "Send again" not in page(editor, "trouble")
    step(editor, row, "again")
    assert row.state == LetterState.UNKNOWN


def test_there_are_no_other_steps(editor: Client) -> None:
    row = letter()
    assert editor.post(reverse("mail_letter_step", args=[row.pk, "burn"])).status_code == 404
    assert editor.get(reverse("mail_letter_step", args=[row.pk, "now"])).status_code == 404


def test_the_list_asks_a_constant_number_of_questions(editor: Client) -> None:
    counts = []
    for _ in range(2):
        letter(), letter(LetterState.UNKNOWN), letter()
        with CaptureQueriesContext(connection) as asked:
            page(editor, "all")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_home_tells_of_letters_in_trouble(editor: Client) -> None:
    def home() -> str:
        return editor.get("/desk/").content.decode()

    letter(LetterState.ACCEPTED), letter()
    assert "Letters in trouble" not in home()
    letter(LetterState.UNKNOWN), letter(attempts=4)
    letter(LetterState.FAILED, changed_at=clock.now() - timedelta(days=4))
    assert "<strong>2</strong> letters have not arrived" in home()
    treasurer = desk_of(staff(Role.TREASURER)).client
    assert "Letters in trouble" not in treasurer.get("/desk/").content.decode()
