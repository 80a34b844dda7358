"""Listings kept step by step say what a plain count of the rows says."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factories.papers import START, Paper, undone
from handpress.archive.listings import (
    has_newer_page,
    newest,
    older_than_head,
    pages_of,
    pages_with,
)
from handpress.archive.models import EVERYTHING, Length, Placement, Run
from handpress.archive.rebuild import listing_differences, rebuild_listings
from handpress.newsroom.actions import set_topics
from handpress.newsroom.core.addresses import CARDS_PER_PAGE
from handpress.newsroom.models import Article, ArticleTopic, Topic
from handpress.press.marks import expand_marks
from handpress.press.models import Mark, StalePage

EXAMPLES = int(os.environ.get("HANDPRESS_TEST_EXAMPLES", "20"))
Step = tuple[str, int, int]
Key = tuple[int, int]


# The plain model: sort, and cut into fifteens from the oldest ----------------------------


def places() -> dict[int, list[Key]]:
    """Return (sort key, id) of each listing's articles, oldest first, from the rows alone."""
    listings: dict[int, list[Key]] = defaultdict(list)
    shown = {topic.pk for topic in Topic.objects.all() if topic.live}
    filed = defaultdict(set)
    for row in ArticleTopic.objects.all():
        filed[row.article_id].add(row.topic_id)
    for article in Article.objects.all():
        if article.live:
            key = (article.sort_at_us or 0, article.pk)
            for listing in {EVERYTHING, *(filed[article.pk] & shown)}:
                listings[listing].append(key)
    return {listing: sorted(keys) for listing, keys in listings.items()}


Numbered = dict[str, tuple[tuple[Key, ...], bool]]


def numbered_pages(listings: dict[int, list[Key]]) -> Numbered:
    """Return what stands on each numbered page, and whether it leads on to its successor."""
    pages: Numbered = {}
    for listing, keys in listings.items():
        full = len(keys) // CARDS_PER_PAGE if listing != EVERYTHING else 0
        for number in range(1, full + 1):
            shown = keys[(number - 1) * CARDS_PER_PAGE : number * CARDS_PER_PAGE]
            # The newest fifteen stand on the head page: what it shows whole needs no way there.
            leads_on = number < full and len(keys) > (number + 1) * CARDS_PER_PAGE
            pages[f"{listing}/{number}"] = (tuple(reversed(shown)), leads_on)
    return pages


def compare_with_model() -> None:
    listings = places()
    pages = numbered_pages(listings)
    kept: dict[int, list[Key]] = defaultdict(list)
    for row in Placement.objects.order_by("listing", "at_us", "article_id"):
        kept[row.listing].append((row.at_us, row.article_id))
    assert kept == listings
    runs = {f"{run.listing}/{run.number}": (run.at_us, run.article_id) for run in Run.objects.all()}
    assert runs == {name: shown[-1] for name, (shown, _) in pages.items()}
    lengths = {row.listing: row.articles for row in Length.objects.filter(articles__gt=0)}
    assert lengths == {pk: len(keys) for pk, keys in listings.items() if pk != EVERYTHING}

    heads = {pk: [i for _, i in keys[: -CARDS_PER_PAGE - 1 : -1]] for pk, keys in listings.items()}
    assert newest(list(listings)) == heads
    asked = [(int(pk), int(number)) for pk, _, number in (name.partition("/") for name in pages)]
    found = pages_of([*asked, (999_999, 1), *((pk, 99) for pk in listings)])
    assert found == {
        (int(pk), int(number)): [i for _, i in pages[f"{pk}/{number}"][0]] for pk, number in asked
    }
    for pk, number in asked:
        assert has_newer_page(number, len(listings[pk])) == pages[f"{pk}/{number}"][1]
    assert listing_differences() == []


def make_known() -> set[str]:
    """Expand what changed; return the numbered pages that are to be printed again."""
    StalePage.objects.all().delete()
    while Mark.objects.exists():
        expand_marks()
    return set(StalePage.objects.filter(kind="topic-page").values_list("key", flat=True))


# Random histories -------------------------------------------------------------------------


@dataclass
class Moment:
    who: int
    how: int

    def articles(self) -> list[Article]:
        """Return a few of the articles there are, next to each other in time."""
        rows = list(Article.objects.order_by("sort_at_us", "pk"))
        first = self.who % len(rows) if rows else 0
        return rows[first : first + 1 + self.how % 4]

    def topics(self) -> list[Topic]:
        rows = list(Topic.objects.order_by("pk"))
        return [row for number, row in enumerate(rows) if self.how >> number & 1]


def _add(moment: Moment) -> None:
    topics = moment.topics()
    articles = Article.objects.bulk_create(
        Article(
            headline="Story",
            live=True,
            # Several at one moment too: then the one made later is the newer.
            published_at=START + timedelta(days=moment.who, hours=number // 3),
        )
        for number in range(moment.how * 2 + 1)
    )
    ArticleTopic.objects.bulk_create(
        ArticleTopic(article=article, topic=topic, sort_order=order)
        for number, article in enumerate(articles)
        for order, topic in enumerate(topics[: 1 + number % 2])
    )


def _delete(moment: Moment) -> None:
    Article.objects.filter(pk__in=[one.pk for one in moment.articles()]).delete()


def _move(moment: Moment) -> None:
    for number, article in enumerate(moment.articles()):
        article.published_at = START + timedelta(days=moment.how * 4, hours=number)
        article.save()


def _hide_or_show(moment: Moment) -> None:
    for article in moment.articles():
        Article.objects.filter(pk=article.pk).update(live=not article.live)


def _refile(moment: Moment) -> None:
    for article in moment.articles():
        set_topics(article, moment.topics())


def _hide_or_show_topic(moment: Moment) -> None:
    for topic in moment.topics()[:1]:
        Topic.objects.filter(pk=topic.pk).update(live=not topic.live)


def _delete_topic(moment: Moment) -> None:
    for topic in moment.topics()[:1]:
        topic.delete()


STEPS: dict[str, Callable[[Moment], None]] = {
    "add": _add,
    "delete": _delete,
    "move": _move,
    "hide or show": _hide_or_show,
    "refile": _refile,
    "hide or show topic": _hide_or_show_topic,
    "delete topic": _delete_topic,
    "look": lambda moment: None,
}


def live_through(history: Sequence[Step]) -> None:
    for name in ("Water", "Trade", "Ports"):
        Topic.objects.create(name=name)
    _add(Moment(who=20, how=15))
    _add(Moment(who=22, how=7))
    make_known()
    compare_with_model()
    before = numbered_pages(places())
    for name, who, how in history:
        STEPS[name](Moment(who, how))
        if name == "look":
            stale = make_known()
            compare_with_model()
            after = numbered_pages(places())
            changed = {key for key in before.keys() | after if before.get(key) != after.get(key)}
            assert changed <= stale
            before = after
    make_known()
    compare_with_model()
    rebuild_listings()
    compare_with_model()


@pytest.mark.django_db
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 40), st.integers(0, 15)),
        max_size=14,
    )
)
def test_listings_are_what_a_plain_count_says(history: list[Step]):
    with undone():
        live_through(history)


# By hand ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("articles", "older"),
    [(0, None), (1, None), (15, None), (16, 1), (30, 1), (31, 2), (45, 2), (46, 3), (150, 9)],
)
def test_the_head_page_leads_on_to_the_page_that_goes_on_where_it_ends(
    articles: int, older: int | None
):
    assert older_than_head(articles) == older
    if older is not None:
        oldest_on_head = articles - CARDS_PER_PAGE
        assert (older - 1) * CARDS_PER_PAGE < oldest_on_head <= older * CARDS_PER_PAGE


def test_every_article_is_reached_by_following_the_links(paper: Paper):
    for articles in (14, 15, 16, 29, 30, 31, 45, 46):
        for day in range(Article.objects.count(), articles):
            paper.article(f"Story {day}", ["Water"], day=day)
        paper.print()
        pages, seen = 0, set[str]()
        file: str | None = "index.html"
        while file:
            soup = BeautifulSoup(paper.read(f"topics/water/{file}"), "html.parser")
            seen |= {str(link["href"]) for link in soup.select(".h-entry a.u-url")}
            older = soup.select_one('a[rel="next"]')
            file = str(older["href"]).rpartition("/")[2] if older else None
            pages += 1
        assert len(seen) == articles
        assert pages <= articles // CARDS_PER_PAGE + 1


def test_an_edit_that_changes_no_place_touches_the_page_that_lists_it(paper: Paper):
    for day in range(40):
        paper.article(f"Story {day}", ["Water"], day=day)
    make_known()
    article = Article.objects.get(headline="Story 20")
    article.excerpt = "New words."
    article.save()
    topic = Topic.objects.get()
    assert make_known() == {f"{topic.pk}/2"}
    place = (topic.pk, (article.sort_at_us or 0, article.pk))
    assert [(listing, number) for listing, number, _ in pages_with([place])] == [(topic.pk, 2)]
