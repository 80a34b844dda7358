"""Editions: what they hold, what editors change, and what is frozen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digest.conftest import Newsdesk
from handpress.archive.models import FrontPage
from handpress.digest import deciding, editions
from handpress.digest.arranging import arrange_edition
from handpress.digest.editions import (
    choices_without_pieces,
    compose_edition,
    contents_of,
    freeze,
    recompose_edition,
)
from handpress.digest.journal import has_gone
from handpress.digest.ledger import Claimed
from handpress.digest.models import (
    Delivery,
    Edition,
    EditionArticle,
    EditionState,
    Frequency,
    Subscriber,
)
from handpress.digest.sending import start_edition
from handpress.digest.writing import EditionWriter
from handpress.newsroom.models import Article

DAILY = Frequency.DAILY
HOUR = timedelta(hours=1)


def compose(desk: Newsdesk, **rest: Any) -> Edition:
    made = compose_edition(DAILY, desk.slot(), desk.now, **rest)
    assert made
    return made


def headlines(edition: Edition) -> list[str]:
    return [each.headline for each in contents_of(edition).pieces]


def three(desk: Newsdesk) -> None:
    for number in (1, 2, 3):
        desk.article(f"Story {number}", "Water", ago=number * HOUR)


def test_an_edition_has_what_came_out_since_yesterday(newsdesk: Newsdesk) -> None:
    three(newsdesk)
    newsdesk.article("Old", "Water", ago=timedelta(days=2))
    newsdesk.paper.article("Draft-like", ["Water"], day=None)  # undated: brought in, not new
    edition = compose(newsdesk)
    assert headlines(edition) == ["Story 1", "Story 2", "Story 3"]
    assert (edition.state, edition.subject) == (EditionState.READY, "Story 1")
    assert edition.send_at == newsdesk.now + HOUR / 2


def test_there_is_one_edition_for_a_day(newsdesk: Newsdesk) -> None:
    three(newsdesk)
    compose(newsdesk)
    assert compose_edition(DAILY, newsdesk.slot(), newsdesk.now + HOUR) is None
    assert Edition.objects.count() == 1


def test_nothing_goes_twice_to_a_list_and_nothing_that_came_late_is_lost(
    newsdesk: Newsdesk,
) -> None:
    three(newsdesk)
    freeze(compose(newsdesk).pk, newsdesk.now + HOUR / 2)
    # Out before the edition was composed, but committed to the database only after it.
    newsdesk.article("Late", "Water", ago=timedelta(minutes=1))
    newsdesk.now += timedelta(days=1)
    newsdesk.article("New", "Water", ago=HOUR)
    newsdesk.article("Newer", "Water", ago=HOUR / 2)
    assert headlines(compose(newsdesk)) == ["Newer", "New", "Late"]


def test_a_thin_edition_is_left_out_and_the_next_one_has_its_articles(newsdesk: Newsdesk) -> None:
    newsdesk.article("Lonely", "Water")
    edition = compose(newsdesk)
    assert edition.state == EditionState.SKIPPED
    assert "1 new articles, of 3 needed" in edition.reason
    newsdesk.now += timedelta(days=1)
    newsdesk.article("Another", "Water")
    newsdesk.article("Third", "Water", ago=6 * HOUR)
    assert set(headlines(compose(newsdesk))) == {"Another", "Third", "Lonely"}


def test_what_an_editor_arranged_is_what_goes(newsdesk: Newsdesk) -> None:
    three(newsdesk)
    edition = compose(newsdesk)
    uuids = [each.uuid for each in contents_of(edition).pieces]
    changed = arrange_edition(
        edition.pk, order=[uuids[2], uuids[0]], subject="A better line", note="Dear readers"
    )
    assert changed
    assert headlines(changed) == ["Story 3", "Story 1"]
    frozen = freeze(edition.pk, newsdesk.now)
    assert frozen
    assert headlines(frozen) == ["Story 3", "Story 1"]
    assert (frozen.subject, frozen.note) == ("A better line", "Dear readers")


def test_a_subject_that_was_left_alone_follows_the_lead(newsdesk: Newsdesk) -> None:
    three(newsdesk)
    edition = compose(newsdesk)
    uuids = [each.uuid for each in contents_of(edition).pieces]
    changed = arrange_edition(edition.pk, order=uuids[::-1], subject=edition.subject, note="")
    assert changed
    assert changed.subject == "Story 3"


def test_what_was_taken_out_does_not_come_back_with_the_next_edition(newsdesk: Newsdesk) -> None:
    three(newsdesk)
    edition = compose(newsdesk)
    first, *rest = [each.uuid for each in contents_of(edition).pieces]
    arrange_edition(edition.pk, order=rest, subject="", note="")
    freeze(edition.pk, newsdesk.now)
    newsdesk.now += timedelta(days=1)
    three(newsdesk)
    assert first not in {each.uuid for each in contents_of(compose(newsdesk)).pieces}


def test_an_article_that_was_withdrawn_or_mended_meanwhile(newsdesk: Newsdesk) -> None:
    three(newsdesk)
    edition = compose(newsdesk)
    gone, mended = Article.objects.get(headline="Story 1"), Article.objects.get(headline="Story 2")
    gone.live = False
    gone.save()
    mended.headline = "Story two"
    mended.save()
    frozen = freeze(edition.pk, newsdesk.now)
    assert frozen
    assert headlines(frozen) == ["Story two", "Story 3"]
    assert EditionArticle.objects.filter(edition=frozen).count() == 2


def test_a_frozen_edition_changes_no_more(newsdesk: Newsdesk) -> None:
    three(newsdesk)
    edition = compose(newsdesk)
    assert freeze(edition.pk, newsdesk.now)
    assert freeze(edition.pk, newsdesk.now) is None
    assert arrange_edition(edition.pk, order=[], subject="x", note="") is None
    assert recompose_edition(edition.pk, newsdesk.now) is None
    for change in (deciding.let_go, deciding.send_now):
        assert not change(edition.pk, newsdesk.now)
    for stop in (deciding.hold, deciding.call_off):
        assert not stop(edition.pk, newsdesk.now, by="Ada")
    assert has_gone(DAILY, edition.edition_on)


def test_a_held_edition_and_one_that_is_too_late_are_not_frozen(newsdesk: Newsdesk) -> None:
    three(newsdesk)
    edition = compose(newsdesk, held="late")
    assert edition.state == EditionState.HELD
    assert freeze(edition.pk, newsdesk.now) is None
    assert freeze(edition.pk, edition.deadline_at, even_if_held=True) is None
    assert freeze(edition.pk, newsdesk.now, even_if_held=True)


def test_a_database_from_before_the_edition_does_not_send_it_again(newsdesk: Newsdesk) -> None:
    three(newsdesk)
    edition = compose(newsdesk)
    freeze(edition.pk, newsdesk.now)
    edition.delete()  # as in the backup of last night
    again = compose(newsdesk)
    assert again.state == EditionState.HELD
    assert "restored" in again.reason


def test_an_edition_made_late_is_still_shown_before_it_goes(newsdesk: Newsdesk) -> None:
    newsdesk.now += 2 * HOUR
    three(newsdesk)
    assert compose(newsdesk).send_at == newsdesk.now + HOUR / 2


def test_composed_anew_has_the_newest_and_not_what_was_taken_out(newsdesk: Newsdesk) -> None:
    three(newsdesk)
    edition = compose(newsdesk)
    _first, *rest = [each.uuid for each in contents_of(edition).pieces]
    arrange_edition(edition.pk, order=rest, subject="Mine", note="A note")
    newsdesk.now += timedelta(minutes=10)
    newsdesk.article("Hot", "Water", ago=timedelta(minutes=1))
    again = recompose_edition(edition.pk, newsdesk.now)
    assert again
    assert headlines(again) == ["Hot", "Story 2", "Story 3"]
    assert (again.subject, again.note, again.state) == ("Mine", "A note", EditionState.READY)


def test_a_thin_edition_may_be_brought_back(newsdesk: Newsdesk) -> None:
    newsdesk.article("Lonely", "Water")
    edition = compose(newsdesk)
    again = recompose_edition(edition.pk, newsdesk.now)
    assert again
    assert again.state == EditionState.HELD
    assert freeze(edition.pk, newsdesk.now, even_if_held=True)


def test_daily_and_weekly_are_lists_of_their_own(newsdesk: Newsdesk) -> None:
    three(newsdesk)
    freeze(compose(newsdesk).pk, newsdesk.now)
    weekly = compose_edition(Frequency.WEEKLY, newsdesk.slot(Frequency.WEEKLY), newsdesk.now)
    assert weekly
    assert len(headlines(weekly)) == 3


def test_readers_of_a_topic_without_news_get_nothing(newsdesk: Newsdesk) -> None:
    three(newsdesk)
    water, harbour = newsdesk.choice("Water"), newsdesk.choice("Harbour")
    edition = compose(newsdesk)
    assert choices_without_pieces(edition) == [harbour.pk]
    assert editions.topics_of(water.pk) == frozenset({newsdesk.paper.topic("Water").pk})


def claimed(delivery: Delivery) -> Claimed:
    reader = delivery.subscriber
    return Claimed(
        reader_id=reader.pk,
        address=reader.address,
        domain=reader.domain,
        uuid=reader.uuid,
        choice_id=delivery.choice_id,
        language=reader.language,
        attempts=0,
        refused_by="",
        worker=1,
    )


def test_who_chooses_anew_while_an_edition_is_begun_gets_no_empty_mail(
    newsdesk: Newsdesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    three(newsdesk)
    ann, bob = newsdesk.reader("ann", "Water"), newsdesk.reader("bob", "Water")
    edition = compose(newsdesk)
    looked = editions.choices_without_pieces

    def look_and_be_overtaken(edition: Edition) -> list[int]:
        found = looked(edition)
        Subscriber.objects.filter(pk=bob.pk).update(choice=newsdesk.choice("Harbour"))
        return found

    monkeypatch.setattr(editions, "choices_without_pieces", look_and_be_overtaken)
    sent = start_edition(edition.pk, newsdesk.now)
    assert sent
    rows = [claimed(each) for each in Delivery.objects.order_by("subscriber")]
    writer = EditionWriter(sent)
    writer.prepare(rows)
    assert [row.reader_id for row in rows] == [ann.pk, bob.pk]
    assert [bool(writer.write(row)) for row in rows] == [True, False]


@pytest.mark.parametrize("articles", [4, 40])
def test_composing_asks_the_same_number_of_questions_for_any_number(
    newsdesk: Newsdesk, articles: int
) -> None:
    for number in range(articles):
        newsdesk.article(f"Story {number}", f"Topic {number % 7}", "Water")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        compose(newsdesk)
    assert len(queries) <= 14


def test_an_editor_holds_lets_go_calls_off_and_hurries(newsdesk: Newsdesk) -> None:
    three(newsdesk)
    edition, now = compose(newsdesk), newsdesk.now

    def state() -> tuple[int, str]:
        edition.refresh_from_db()
        return edition.state, edition.reason

    planned = edition.send_at
    assert deciding.hold(edition.pk, now, by="Ada")
    assert state() == (EditionState.HELD, "Held by Ada.")
    assert not deciding.hold(edition.pk, now, by="Ada")
    assert deciding.let_go(edition.pk, now)
    assert state() == (EditionState.READY, "")
    assert edition.send_at == planned
    assert deciding.send_now(edition.pk, now)
    assert (state(), edition.send_at) == ((EditionState.READY, ""), now)
    assert deciding.call_off(edition.pk, now, by="Ada")
    assert state() == (EditionState.CANCELLED, "Called off by Ada.")
    assert not deciding.send_now(edition.pk, now)
    assert editions.recompose_edition(edition.pk, now)
    assert state()[0] == EditionState.HELD


def test_an_edition_let_go_after_its_time_goes_at_once(newsdesk: Newsdesk) -> None:
    three(newsdesk)
    edition = compose(newsdesk, held="late")
    later = edition.send_at + HOUR
    assert deciding.let_go(edition.pk, later)
    edition.refresh_from_db()
    assert edition.send_at == later


def lead_the_front_page(headline: str) -> None:
    FrontPage.objects.update_or_create(
        pk=1, defaults={"lead": Article.objects.get(headline=headline)}
    )


def test_the_lead_of_the_front_page_leads_the_edition_until_an_editor_puts_another_first(
    newsdesk: Newsdesk,
) -> None:
    three(newsdesk)
    lead_the_front_page("Story 2")
    edition = compose(newsdesk)
    assert (headlines(edition), edition.subject) == (["Story 2", "Story 1", "Story 3"], "Story 2")
    lead_the_front_page("Story 3")
    assert headlines(edition) == ["Story 3", "Story 2", "Story 1"]
    uuids = [each.uuid for each in contents_of(edition).pieces]
    # Saved as it was shown: it goes on following the front page.
    arrange_edition(edition.pk, order=uuids, subject="Story 3", note="Good morning")
    lead_the_front_page("Story 1")
    edition.refresh_from_db()
    assert headlines(edition)[0] == editions.subject_now(edition, contents_of(edition)) == "Story 1"
    arrange_edition(edition.pk, order=uuids[1:], subject="", note="")
    frozen = freeze(edition.pk, newsdesk.now)
    assert frozen
    assert (headlines(frozen), frozen.subject) == (["Story 2", "Story 1"], "Story 2")


def test_an_edition_that_follows_the_front_page_goes_out_under_its_headline(
    newsdesk: Newsdesk,
) -> None:
    three(newsdesk)
    edition = compose(newsdesk)
    lead_the_front_page("Story 3")
    frozen = freeze(edition.pk, newsdesk.now)
    assert frozen
    assert frozen.subject == "Story 3"
    lead_the_front_page("Story 2")
    assert headlines(frozen)[0] == "Story 3"


def test_a_front_page_lead_that_is_old_or_withdrawn_changes_nothing(newsdesk: Newsdesk) -> None:
    three(newsdesk)
    newsdesk.article("Old", "Water", ago=timedelta(days=2))
    lead_the_front_page("Old")
    edition = compose(newsdesk)
    assert headlines(edition)[0] == "Story 1"
    lead_the_front_page("Story 2")
    Article.objects.filter(headline="Story 2").update(live=False)
    assert headlines(edition) == ["Story 1", "Story 3"]


def test_what_was_down_for_a_moment_while_an_editor_saved_is_still_in_it(
    newsdesk: Newsdesk,
) -> None:
    three(newsdesk)
    edition = compose(newsdesk)
    lead = contents_of(edition).pieces[0]
    Article.objects.filter(uuid=lead.uuid).update(live=False)
    order = [each.uuid for each in contents_of(edition).pieces]
    assert arrange_edition(edition.pk, order=order, subject="", note="Good morning")
    edition.refresh_from_db()
    assert lead.headline not in headlines(edition)
    Article.objects.filter(uuid=lead.uuid).update(live=True)
    assert lead.headline in headlines(edition)


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("every", [1, 2, 3, 9])
def test_a_paper_that_publishes_little_loses_nothing(
    newsdesk: Newsdesk, every: int, is_first: bool
) -> None:
    """One piece every so many days, and no edition with fewer than three."""
    if not is_first:
        three(newsdesk)
        assert freeze(compose(newsdesk).pk, newsdesk.now)
    told: list[str] = []
    for day in range(1, 5 * every + 1):
        newsdesk.now += timedelta(days=1)
        if day % every == 0:
            newsdesk.article(f"Piece {day}", ago=timedelta(hours=12))
        edition = compose(newsdesk)
        if freeze(edition.pk, newsdesk.now):
            edition.refresh_from_db()
            told += headlines(edition)
    assert sorted(told) == sorted(f"Piece {day}" for day in (every, 2 * every, 3 * every))
