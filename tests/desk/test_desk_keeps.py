"""A form that is sent as it came changes nothing: no space, no line, no second."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.models import Model

from factories.desk_forms import PUBLISH, Desk, body_of, url_of
from factories.papers import Paper
from handpress.digest.actions import adopt_pitch
from handpress.digest.models import Pitch
from handpress.donations.actions import adopt_appeal
from handpress.donations.models import Campaign
from handpress.newsroom.core.addresses import microseconds
from handpress.newsroom.models import Article, Source, Topic

NBSP = "\u00a0"
THIN = "\u2009"
WORDS = (
    f" {NBSP}Two  blanks, “curly” and 'straight', war{THIN}—{THIN}a pause, the end.{NBSP}",
    f"A line of its own{NBSP}\n\nand one after an empty one.{NBSP}{NBSP} ",
    "\u200fعربي\u200e ‏mixed, a soft\u00adhyphen, a zero\u200dwidth joiner, \u2028 and an odd line",
    "\nIt begins with an empty line, \ttabs\t and <b>angle</b> &amp; ampersands",
)
MOMENT = datetime(2021, 3, 4, 5, 6, 7, 891011, tzinfo=UTC)
OWN_BOOKS = {"latest_revision_id", "last_published_at", "live_revision_id", "body"}


def row_of(row: Model) -> dict[str, Any]:
    """Return a row's columns as they are stored, without what a revision writes down of itself.

    A body is compared as what is printed of it: the ids of its blocks are made anew.
    """
    values = type(row)._default_manager.filter(pk=row.pk).values().get()
    return {name: value for name, value in values.items() if name not in OWN_BOOKS}


def send_unchanged(desk: Desk, model: str, row: Model, *more: dict[str, str]) -> None:
    before = row_of(row)
    desk.send(url_of(model, "edit", row.pk), *more)
    assert row_of(row) == before


@pytest.mark.parametrize("words", WORDS)
def test_an_article(desk: Desk, paper: Paper, words: str):
    article = paper.article(words, ["Water"], excerpt=words, published_at=MOMENT)
    paper.print()
    send_unchanged(desk, "newsroom/article", article, body_of(), PUBLISH)
    # When it was last published is news to feed readers, to nobody else.
    assert paper.print() <= {"feed.xml", "topics/water/feed.xml"}


def test_an_articles_body(desk: Desk, paper: Paper):
    html = f'<p data-block-key="a1">A war{THIN}—{THIN}a{NBSP}{NBSP}pause.{NBSP}</p>'
    blocks = [
        ("text", html),
        ("quote", {"text": f"One{NBSP}line.\nAnother.", "attribution": "Ada"}),
        ("code", {"text": "if a:\n    b()"}),
    ]
    article = paper.article("With a body", body=blocks)
    fields = body_of(*blocks)
    typed = {name: value.replace("\n", "\r\n") for name, value in fields.items() if "text" in name}
    send_unchanged(desk, "newsroom/article", article, fields, typed, PUBLISH)
    assert "a&nbsp;&nbsp;pause.&nbsp;</p>" in article.body_html


@pytest.mark.parametrize("precision", ["exact", "day", "unknown"])
def test_an_articles_place_in_time(desk: Desk, paper: Paper, precision: str):
    for number in range(3):
        paper.article(
            f"Story {number}",
            published_at=MOMENT.replace(second=number),
            published_precision=precision,
            sort_at_us=microseconds(MOMENT) + number,
        )
    before = dict(Article.objects.values_list("pk", "sort_at_us"))
    assert len(set(before.values())) == 3
    middle = Article.objects.get(headline="Story 1")
    send_unchanged(desk, "newsroom/article", middle, body_of(), PUBLISH)
    assert dict(Article.objects.values_list("pk", "sort_at_us")) == before


def test_what_an_editor_does_change_in_time_is_changed(desk: Desk, paper: Paper):
    article = paper.article("Story", published_at=MOMENT)
    changes = {"published_at": "2021-03-04 05:07"}
    desk.send(url_of("newsroom/article", "edit", article.pk), body_of(), changes, PUBLISH)
    article.refresh_from_db()
    assert article.published_at == MOMENT.replace(minute=7, second=0, microsecond=0)
    cleared = {"published_at": "", "published_precision": "unknown"}
    desk.send(url_of("newsroom/article", "edit", article.pk), body_of(), cleared, PUBLISH)
    article.refresh_from_db()
    assert article.published_at is None


@pytest.mark.parametrize("words", WORDS)
def test_a_topic(desk: Desk, paper: Paper, words: str):
    topic = Topic.objects.create(name=words, description=words)
    send_unchanged(desk, "newsroom/topic", topic, PUBLISH)


def test_a_source(desk: Desk):
    source = Source.objects.create(name="The Bugle", url="https://bugle.example/", licence="CC BY")
    send_unchanged(desk, "newsroom/source", source)


@pytest.mark.parametrize("words", WORDS)
def test_a_campaign(desk: Desk, words: str):
    campaign = Campaign.objects.create(
        name="Winter", heading=words, full_text=words, compact_text=words, starts_at=MOMENT
    )
    send_unchanged(desk, "donations/campaign", campaign)


@pytest.mark.parametrize("words", WORDS)
def test_a_pitch(desk: Desk, words: str):
    pitch = Pitch.objects.create(heading=words, text=words)
    send_unchanged(desk, "digest/pitch", pitch)


def test_an_imported_appeal_and_pitch_are_known_again_after_an_editor_saved_them(desk: Desk):
    words: dict[str, Any] = {
        "heading": f"Give{NBSP}",
        "full_text": f"One.{NBSP}\nTwo.",
        "compact_text": "One.\nTwo.",
    }
    first, _ = adopt_appeal(name="Imported", now=MOMENT, **words)
    adopt_appeal(name="Kept", now=MOMENT, **{**words, "heading": "Another"})
    adopt_pitch(heading="By mail", text=f"One.{NBSP}\nTwo.")
    for campaign in Campaign.objects.all():
        send_unchanged(desk, "donations/campaign", campaign)
    send_unchanged(desk, "digest/pitch", Pitch.objects.get())
    assert first is not None
    assert adopt_appeal(name="Again", now=MOMENT, **words) == (None, "unchanged")
    assert adopt_pitch(heading="By mail", text=f"One.{NBSP}\nTwo.") == "unchanged"
