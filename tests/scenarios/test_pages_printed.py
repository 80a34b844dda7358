"""A tiny paper, a change, and exactly the pages that the change prints."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from factories.papers import START, Paper
from handpress.archive.listings import SHARD
from handpress.archive.models import FrontPage, FrontPick
from handpress.donations.models import Campaign
from handpress.newsroom.actions import publish_due, set_topics
from handpress.newsroom.models import (
    Article,
    ArticleContributor,
    Contributor,
    Correction,
    Topic,
    TopicFeature,
)
from handpress.newsroom.topic_actions import merge_topics, move_topic, split_topic
from handpress.press.tasks import run_due


@pytest.fixture
def paper_of_forty(paper: Paper) -> Paper:
    """Forty articles, one a day, all on Water; every second one on Trade too. Pressed."""
    for day in range(40):
        topics = ["Water", "Trade"] if day % 2 else ["Water"]
        paper.article(f"Story {day}", topics, day=day)
    paper.print()
    return paper


def test_a_new_article_prints_its_page_heads_feeds_home_and_one_shard(paper_of_forty: Paper):
    article = paper_of_forty.article("Fresh news", ["Water"], day=100)
    shard = f"sitemap-{article.pk // SHARD + 1}.xml"
    # The first article of a shard prints the index of sitemaps too.
    assert paper_of_forty.print() - {"sitemap.xml"} == {
        "2021/04/fresh-news.html",
        "topics/water/index.html",
        "topics/water/feed.xml",
        "index.html",
        "feed.xml",
        shard,
    }


def test_a_new_article_prints_at_most_one_numbered_page_of_a_listing(paper: Paper):
    most = 0
    for day in range(50):
        paper.article(f"Story {day}", ["Water"], day=day)
        numbered = [
            path
            for path in paper.print()
            if path.startswith("topics/water/") and path.endswith(".html") and "index" not in path
        ]
        most = max(most, len(numbered))
    assert most == 1
    assert {"topics/water/1.html", "topics/water/2.html", "topics/water/3.html"} <= set(
        paper.files()
    )
    assert "topics/water/4.html" not in paper.files()


def test_full_pages_never_change_when_news_arrives(paper_of_forty: Paper):
    before = paper_of_forty.read("topics/water/1.html")
    for day in range(40, 80):
        paper_of_forty.article(f"Story {day}", ["Water"], day=day)
        paper_of_forty.print()
    assert paper_of_forty.read("topics/water/1.html") == before


def test_a_back_dated_article_shifts_only_the_pages_after_it(paper_of_forty: Paper):
    paper_of_forty.article("Found in the attic", ["Water"], day=20.5)
    printed = paper_of_forty.print()
    assert "topics/water/1.html" not in printed
    assert "topics/water/2.html" in printed
    assert "2021/01/found-in-the-attic.html" in printed


def test_an_edited_old_article_prints_its_page_and_the_one_page_that_lists_it(
    paper_of_forty: Paper,
):
    article = Article.objects.get(headline="Story 4")
    article.excerpt = "Quite another excerpt."
    article.save()
    assert paper_of_forty.print() == {"2021/01/story-4.html", "topics/water/1.html"}


def test_nothing_is_printed_when_nothing_changed(paper_of_forty: Paper):
    Article.objects.get(headline="Story 4").save()
    report = paper_of_forty.run()
    assert report.rendered > 0
    assert report.written == 0


def test_a_draft_prints_nothing(paper_of_forty: Paper):
    draft = Article(headline="Not yet", live=False)
    draft.save()
    live = Article.objects.get(headline="Story 4")
    live.headline = "A better headline, not published"
    live.save_revision()
    assert paper_of_forty.print() == set()


def test_a_new_slug_moves_the_page_and_leaves_a_redirect(paper_of_forty: Paper):
    article = Article.objects.get(headline="Story 39")
    article.slug = "the-real-story"
    article.save()
    printed = paper_of_forty.print()
    assert {"2021/02/the-real-story.html", "2021/02/story-39.html"} <= printed
    moved = paper_of_forty.read("2021/02/story-39.html")
    assert 'content="moved"' in moved
    assert "../../2021/02/the-real-story.html" in moved


def test_dating_an_undated_article_moves_it_and_leaves_a_redirect(paper: Paper):
    article = paper.article("Of no known day", ["Water"], day=None)
    paper.print()
    assert "articles/of-no-known-day.html" in paper.files()
    article.published_precision = "day"
    article.published_at = START
    article.save()
    paper.print()
    assert "2021/01/of-no-known-day.html" in paper.files()
    assert 'content="moved"' in paper.read("articles/of-no-known-day.html")


def test_unpublishing_leaves_a_page_that_says_so_and_no_trace_in_listings(paper_of_forty: Paper):
    Article.objects.get(headline="Story 39").unpublish()
    printed = paper_of_forty.print()
    assert 'content="gone"' in paper_of_forty.read("2021/02/story-39.html")
    assert {"topics/water/index.html", "topics/trade/index.html", "index.html"} <= printed
    listings = [text for path, text in paper_of_forty.files().items() if "story-39" not in path]
    assert not any(b"Story 39" in text for text in listings)


def test_deleting_leaves_a_page_that_says_gone(paper_of_forty: Paper):
    Article.objects.get(headline="Story 10").delete()
    paper_of_forty.print()
    assert 'content="gone"' in paper_of_forty.read("2021/01/story-10.html")


def test_a_queryset_delete_leaves_gone_pages_too(paper_of_forty: Paper):
    Article.objects.filter(headline__in=["Story 1", "Story 2"]).delete()
    paper_of_forty.print()
    assert 'content="gone"' in paper_of_forty.read("2021/01/story-1.html")
    assert 'content="gone"' in paper_of_forty.read("2021/01/story-2.html")


def test_renaming_a_topic_prints_everything_that_names_it(paper_of_forty: Paper):
    topic = Topic.objects.get(name="Trade")
    topic.name = "Commerce"
    topic.save()
    printed = paper_of_forty.print()
    assert {"topics/trade/index.html", "topics/index.html", "subscribe/index.html"} <= printed
    assert "2021/01/story-1.html" in printed
    assert not any(b"Trade" in text for text in paper_of_forty.files().values())


def test_a_topics_new_slug_leads_its_old_pages_to_the_new_ones(paper_of_forty: Paper):
    topic = Topic.objects.get(name="Water")
    topic.slug = "water-and-sewers"
    topic.save()
    paper_of_forty.print()
    assert "../../topics/water-and-sewers/" in paper_of_forty.read("topics/water/index.html")
    assert 'content="moved"' in paper_of_forty.read("topics/water/2.html")
    assert "topics/water-and-sewers/2.html" in paper_of_forty.files()


def test_merging_topics_files_all_articles_under_one(paper_of_forty: Paper):
    water, trade = Topic.objects.get(name="Water"), Topic.objects.get(name="Trade")
    assert merge_topics(trade, into=water) == 20
    paper_of_forty.print()
    assert "../../topics/water/" in paper_of_forty.read("topics/trade/index.html")
    assert not Topic.objects.filter(name="Trade").exists()
    assert "Trade" not in paper_of_forty.read("2021/01/story-1.html")


def ids_of(paper: Paper, topic: Topic, *, newest: int) -> list[int]:
    """Return the ids of so many of the newest articles of a topic."""
    rows = Article.objects.filter(article_topics__topic=topic).order_by("-sort_at_us")
    return list(rows.values_list("pk", flat=True)[:newest])


def test_articles_taken_out_of_a_topic_leave_addresses_that_lead_to_it(paper_of_forty: Paper):
    water, wells = Topic.objects.get(name="Water"), paper_of_forty.topic("Wells")
    paper_of_forty.print()
    split_topic(water, ids_of(paper_of_forty, water, newest=30), into=wells, keep=False)
    printed = paper_of_forty.print()
    assert {"topics/wells/index.html", "topics/wells/1.html", "topics/wells/2.html"} <= printed
    assert "topics/water/index.html" in printed
    assert not {"topics/water/1.html", "topics/water/2.html"} - printed
    for number in (1, 2):
        page = paper_of_forty.read(f"topics/water/{number}.html")
        assert 'content="moved"' in page
        assert "../../topics/water/" in page
    assert "Wells" in paper_of_forty.read("2021/02/story-39.html")
    # Page 1 comes back once there are articles for it again; the other goes on leading on.
    split_topic(wells, ids_of(paper_of_forty, wells, newest=10), into=water, keep=True)
    paper_of_forty.print()
    assert 'content="moved"' not in paper_of_forty.read("topics/water/1.html")
    assert 'content="moved"' in paper_of_forty.read("topics/water/2.html")
    # And both lead on when the topic moves.
    water = Topic.objects.get(name="Water")
    water.slug = "waters"
    water.save()
    paper_of_forty.print()
    for number in (1, 2):
        assert "../../topics/waters/" in paper_of_forty.read(f"topics/water/{number}.html")


def test_articles_filed_under_another_topic_too_leave_the_first_as_it_is(paper_of_forty: Paper):
    water, wells = Topic.objects.get(name="Water"), paper_of_forty.topic("Wells")
    paper_of_forty.print()
    split_topic(water, ids_of(paper_of_forty, water, newest=3), into=wells, keep=True)
    printed = paper_of_forty.print()
    assert "topics/wells/index.html" in printed
    assert not any(path.startswith("topics/water/") for path in printed - {"topics/water/feed.xml"})
    assert {path for path in printed if path.startswith("2021/")} == {
        "2021/02/story-37.html",
        "2021/02/story-38.html",
        "2021/02/story-39.html",
    }


def test_another_order_of_topics_prints_what_shows_it(paper_of_forty: Paper):
    move_topic(Topic.objects.get(name="Water"), to=0)
    printed = paper_of_forty.print()
    # Navigation is on every page; the place of a topic is on these.
    assert {"index.html", "topics/index.html"} <= printed
    assert paper_of_forty.print() == set()


def test_what_is_put_first_on_a_topic_prints_its_head_page_alone(paper_of_forty: Paper):
    water = Topic.objects.get(name="Water")
    article = Article.objects.get(headline="Story 4")
    feature = TopicFeature.objects.create(topic=water, article=article)
    assert paper_of_forty.print() == {"topics/water/index.html"}
    article.excerpt = "Quite another excerpt."
    article.save()
    assert paper_of_forty.print() == {
        "2021/01/story-4.html",
        "topics/water/1.html",
        "topics/water/index.html",
    }
    feature.delete()
    assert paper_of_forty.print() == {"topics/water/index.html"}


def test_a_pick_and_a_lead_print_the_front_page_alone(paper_of_forty: Paper):
    front = FrontPage.objects.get_or_create(pk=1)[0]
    article = Article.objects.get(headline="Story 4")
    FrontPick.objects.create(front_page=front, article=article)
    assert paper_of_forty.print() == {"index.html"}
    front.lead = Article.objects.get(headline="Story 7")
    front.save()
    assert paper_of_forty.print() == {"index.html"}
    front.lead.headline = "The story of the seventh day"
    front.lead.save()
    printed = paper_of_forty.print()
    assert "index.html" in printed
    assert "feed.xml" not in printed
    article.unpublish()
    assert "index.html" in paper_of_forty.print()
    assert "Story 4" not in paper_of_forty.read("index.html")


def test_a_topic_cannot_be_merged_into_itself(paper_of_forty: Paper):
    water = Topic.objects.get(name="Water")
    with pytest.raises(ValueError, match="itself"):
        merge_topics(water, into=water)


def test_a_renamed_source_prints_its_articles_and_their_cards(paper: Paper):
    source = paper.source("The Bugle")
    paper.article("From elsewhere", ["Water"], day=1, source=source)
    paper.article("Our own", ["Water"], day=2)
    paper.print()
    source.name = "The Daily Bugle"
    source.save()
    printed = paper.print()
    assert "2021/01/from-elsewhere.html" in printed
    assert "topics/water/index.html" in printed
    assert "2021/01/our-own.html" not in printed


def test_a_correction_and_a_contributor_print_the_article(paper: Paper):
    article = paper.article("With a mistake", ["Water"], day=1)
    paper.print()
    Correction.objects.create(article=article, corrected_at=START, note="It was Tuesday.")
    assert "2021/01/with-a-mistake.html" in paper.print()
    assert "It was Tuesday." in paper.read("2021/01/with-a-mistake.html")
    person = Contributor.objects.create(name="Ada Quill")
    ArticleContributor.objects.create(article=article, contributor=person)
    assert "2021/01/with-a-mistake.html" in paper.print()
    person.name = "Ada B. Quill"
    person.save()
    assert "2021/01/with-a-mistake.html" in paper.print()
    assert "Ada B. Quill" in paper.read("2021/01/with-a-mistake.html")


def test_a_campaign_is_on_every_page_and_leaves_every_page(paper_of_forty: Paper):
    now = timezone.now()
    campaign = Campaign.objects.create(
        name="Winter",
        heading="The roof leaks",
        full_text="Help us mend it.\u00a0",
        compact_text="Help us\u00a0\nmend it.",
        starts_at=now - timedelta(hours=1),
    )
    paper_of_forty.print()
    pages = {p: t for p, t in paper_of_forty.files().items() if p.endswith(".html")}
    assert all(b"The roof leaks" in text for text in pages.values())
    campaign.ends_at = now - timedelta(minutes=1)
    campaign.save()
    paper_of_forty.print()
    assert not any(b"The roof leaks" in text for text in paper_of_forty.files().values())


def test_a_campaign_starts_and_ends_by_the_clock(paper: Paper, monkeypatch: pytest.MonkeyPatch):
    paper.article("Anything", day=1)
    now = timezone.now()
    Campaign.objects.create(
        name="Later",
        heading="Spring appeal",
        full_text="Give.",
        compact_text="Give.",
        starts_at=now + timedelta(days=1),
        ends_at=now + timedelta(days=2),
    )
    paper.print()
    assert "Spring appeal" not in paper.read("index.html")
    for hours, is_there in ((25, True), (49, False)):
        monkeypatch.setattr("handpress.lib.clock.now", lambda h=hours: now + timedelta(hours=h))
        run_due()
        paper.print()
        assert ("Spring appeal" in paper.read("index.html")) is is_there


def test_scheduled_publishing_and_expiry(paper: Paper):
    paper.article("Already here", ["Water"], day=1)
    now = timezone.now()
    draft = Article(headline="Embargoed", live=False, go_live_at=now + timedelta(hours=1))
    draft.expire_at = now + timedelta(hours=3)
    draft.save()
    set_topics(draft, [paper.topic("Water")])
    draft.refresh_from_db()
    draft.save_revision().publish()
    paper.print()
    assert not any("embargoed" in path for path in paper.files())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: now + timedelta(hours=2))
        publish_due(now + timedelta(hours=2))
    paper.print()
    assert "Embargoed" in paper.read("topics/water/index.html")
    publish_due(now + timedelta(hours=4))
    paper.print()
    assert "Embargoed" not in paper.read("topics/water/index.html")
    gone = [path for path, text in paper.files().items() if b'content="gone"' in text]
    assert [path for path in gone if "embargoed" in path]


def test_publishing_through_a_revision_is_live(paper: Paper):
    article = Article(headline="Written on the desk", live=False)
    article.save()
    paper.print()
    article.excerpt = "Now with words."
    article.save_revision().publish()
    paper.print()
    page = Article.objects.get(pk=article.pk).path
    assert "Now with words." in paper.read(page)


def test_bulk_and_raw_changes_leave_marks_too(paper: Paper):
    from django.db import connection

    paper.article("Quiet change", ["Water"], day=1)
    paper.print()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE newsroom_article SET dateline = %s", ["Port Alder"])
    assert "2021/01/quiet-change.html" in paper.print()
    assert "Port Alder" in paper.read("2021/01/quiet-change.html")


def test_a_change_of_the_frame_reaches_the_front_page_first(
    paper_of_forty: Paper, monkeypatch: pytest.MonkeyPatch
):
    order: list[str] = []
    store = paper_of_forty.press.store
    write = store.write

    def noted(path: str, data: bytes, *, fresh: bool = False) -> bool:
        order.append(path)
        return write(path, data, fresh=fresh)

    monkeypatch.setattr(store, "write", noted)
    Campaign.objects.create(
        name="Now",
        heading="Now",
        full_text="Now.",
        compact_text="Now.",
        starts_at=timezone.now() - timedelta(hours=1),
    )
    paper_of_forty.print()
    articles = [path for path in order if path.startswith("2021/")]
    assert order.index("index.html") < order.index(articles[0])
    assert order.index("topics/water/index.html") < order.index(articles[0])
    assert articles[0] == "2021/02/story-39.html"
    assert articles[-1] == "2021/01/story-0.html"
    assert order.index(articles[-1]) < order.index("topics/water/1.html")
