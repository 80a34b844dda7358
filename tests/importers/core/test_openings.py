"""Republishing notes, datelines and dots: what an opening states, and what only looks so."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handpress.importers.core.openings import read_dateline, read_republishing_note

NBSP = "\u00a0"
THIN = "\u2009"


@pytest.mark.parametrize(
    ("text", "day", "source"),
    [
        (f'May 4, 2019 "The Tidewater Gazette" -{NBSP} {NBSP} The crews', date(2019, 5, 4), None),
        (f"May{NBSP}4, 2019{NBSP}“The Tidewater Gazette” — The crews", date(2019, 5, 4), None),
        ("Sept. 30, 2001 “The Tidewater Gazette”–“We", date(2001, 9, 30), None),
        ('4 May 2019 "The Tidewater Gazette" - 12 crews', date(2019, 5, 4), None),
        (
            'May 4, 2019, "Letters From the Isle of Rust" - The',
            None,
            "Letters From the Isle of Rust",
        ),
        ('Dec 31, 1999 "항구신문" - 배가', date(1999, 12, 31), "항구신문"),
        ('Feb 29, 2020 "The Tidewater Gazette" - The', date(2020, 2, 29), None),
    ],
)
def test_a_republishing_note_says_when_and_where(text, day, source):
    note = read_republishing_note(text)
    assert note is not None
    assert note.published_on == (day or date(2019, 5, 4))
    assert note.source_name == (source or "The Tidewater Gazette")


def test_the_text_begins_behind_the_note():
    text = f'May 4, 2019 "The Tidewater Gazette" -{NBSP}{NBSP}The crews'
    note = read_republishing_note(text)
    assert note is not None
    assert text[note.end :] == "The crews"


@pytest.mark.parametrize(
    "text",
    [
        "May 4, 2019 was a dark day in the harbour.",
        "On May 4, 2019 “The Tidewater Gazette” - The crews",
        "May 4 “The Tidewater Gazette” - The crews",
        "May 4, 2019 “a day nobody forgets” - The crews",
        "May 4, 2019 “The Day The Pier Fell” - that is what they call it.",
        "May 4, 2019 “Who Pays?” - The crews ask.",
        "May 4, 2019 “The Tidewater Gazette” wrote: The crews",
        "May 4, 2019 “The Tidewater Gazette” -",
        "February 30, 2019 “The Tidewater Gazette” - The crews",
        "May 4, 3019 “The Tidewater Gazette” - The crews",
        "May ٤, 2019 “The Tidewater Gazette” - The crews",
        "May 4, 2019 “   ” - The crews",
        "Smay 4, 2019 “The Tidewater Gazette” - The crews",
        f"May 4, 2019 “{'Gazette ' * 12}” - The crews",
        "May 4, 2019 “The Tidewater “Gazette” - The crews",
        "",
    ],
)
def test_other_dates_are_not_when_it_appeared(text):
    assert read_republishing_note(text) is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Port Elding, North Coast — North and South agreed to share the pier.", None),
        (f"Port Elding,{NBSP}North Coast{NBSP}—{NBSP}The crews agreed.", None),
        (f"Port Elding, North Coast{THIN}—{THIN}The crews agreed.", None),
        ("PORT ELDING, North Coast (Gull Wire) – The crews", "PORT ELDING, North Coast"),
        ("Elding -- “We” said the crews", "Elding"),
        ("Elding - 12 crews agreed", "Elding"),
        ("Santa Ría de la Costa — It is late.", "Santa Ría de la Costa"),
        ("St. Orrin’s-by-the-Water — It is late.", None),
        ("The Wash, North Coast — It is late.", "The Wash, North Coast"),
        ("ELDING — The crews — all of them — agreed.", "ELDING"),
        ("Одесса — Порт открыт.", "Одесса"),
        (f" {NBSP}Elding — It is late.", "Elding"),
    ],
)
def test_a_dateline_says_where(text, place):
    expected = place or {"P": "Port Elding, North Coast", "S": "St. Orrin’s-by-the-Water"}[text[0]]
    assert read_dateline(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The harbour — It is late.",
        "The Crews — North and South — Agreed.",
        "Ferry Crews — Old hands and young — agreed to share the pier.",
        f"The old war{THIN}—{THIN}a conflict of the cousins{THIN}—{THIN}is over.",
        f"On May 4 boats crossed the strait{NBSP}—{NBSP}They came back.",
        "Elding — a town of boats.",
        "Elding—The crews agreed.",
        "Elding-Upon-Water The crews — It is late.",
        "May 4 — The crews agreed.",
        "Monday — The crews agreed.",
        "Breaking News — The crews agreed.",
        "Watch — The crews agreed.",
        "Port Elding, North Coast, The Isles, The World — It is late.",
        f"{'Elding ' * 12}— It is late.",
        "— It is late.",
        "Elding —",
        "2019 — The crews agreed.",
        "한국 — 배가 왔다",
        "",
    ],
)
def test_a_dash_in_the_text_makes_no_dateline(text):
    assert read_dateline(text) == ""


@given(st.text(max_size=500))
@settings(deadline=None)
def test_any_text_may_be_read(text):
    note = read_republishing_note(text)
    assert note is None or note.source_name
    assert len(read_dateline(text)) <= 90


@pytest.mark.parametrize("unit", ["A ", "Aa.", "“A", "May 4, ", "- ", NBSP, "(", "A, "])
def test_hostile_openings_cost_nothing(unit):
    text = unit * 200_000
    assert read_republishing_note(text) is None
    assert len(read_dateline(text)) <= 90
