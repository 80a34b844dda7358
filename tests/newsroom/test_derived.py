"""What is derived from an article's other columns is true on every way to write it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest

from factories.papers import START, Paper
from handpress.newsroom.models import Article, Correction, PlainPage, Redirect

EVIL = [
    ("html", "<p onclick=x>Legacy</p><script>alert(1)</script><iframe src=//evil.example>"),
    ("text", "<p>Rich <a href='javascript:alert(1)'>text</a></p><style>p{}</style>"),
    ("quote", {"text": "<script>1</script>", "attribution": "<b>Ada</b>"}),
    ("code", {"text": "<script>alert(1)</script>"}),
    ("embed", {"url": "javascript:alert(1)", "title": "T", "note": ""}),
    ("embed", {"url": "https://tube.example/<script>", "title": "<script>", "note": "<i>"}),
    ("table", {"data": [["<script>", "B"], [None, "<b>"]], "table_caption": '"><script>'}),
]
WAYS: dict[str, Callable[[Article], Any]] = {}


def way(act: Callable[[Article], Any]) -> Callable[[Article], Any]:
    WAYS[act.__name__] = act
    return act


@way
def save(article: Article) -> None:
    article.body = EVIL
    article.save()


@way
def save_one_column(article: Article) -> None:
    article.body = EVIL
    article.save(update_fields=["body"])


@way
def publish_a_draft(article: Article) -> None:
    article.body = EVIL
    article.save_revision().publish()


@way
def publish_an_old_draft(article: Article) -> None:
    article.body = EVIL
    revision = article.save_revision()
    article.refresh_from_db()
    article.save_revision()
    revision.publish()


@way
def make_in_bulk(article: Article) -> None:
    article.delete()
    Article.objects.bulk_create([Article(headline="Story", live=True, body=EVIL)])


@way
def update_or_create(article: Article) -> None:
    Article.objects.update_or_create(pk=article.pk, defaults={"body": EVIL})


@way
def write_it_by_hand(article: Article) -> None:
    article.body, article.body_html = EVIL, "<script>alert(1)</script>"
    article.save()


@pytest.mark.parametrize("act", WAYS.values(), ids=WAYS.keys())
def test_a_body_is_made_harmless(paper: Paper, act: Callable[[Article], Any]):
    act(paper.article("Story", ["Water"]))
    article = Article.objects.get()
    paper.print()
    page = paper.read(article.path)
    for html in (article.body_html, page.partition("e-content")[2].partition("</article>")[0]):
        assert "Legacy" in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
        for harm in ("<script", "onclick", "<iframe", "<style", "javascript:", "<b>", "<i>"):
            assert harm not in html, harm
    assert 'https://tube.example/%3Cscript%3E"' in article.body_html


@pytest.mark.parametrize(
    "column", ["body", "body_html", "headline", "slug", "excerpt", "published_at"]
)
def test_a_change_that_would_leave_it_behind_is_refused(paper: Paper, column: str):
    article = paper.article("Story")
    with pytest.raises(ValueError, match=rf"save\(\) articles to change {column}"):
        Article.objects.update(**{column: None})
    with pytest.raises(ValueError, match=rf"save\(\) articles to change {column}"):
        Article.objects.bulk_update([article], [column])
    with pytest.raises(ValueError, match=column):
        paper.source("The Bugle").articles.update(**{column: None})


@pytest.mark.django_db
def test_no_bulk_write_brings_a_page_a_body_of_its_own():
    evil = "<script>alert(1)</script>"
    with pytest.raises(ValueError, match=r"save\(\) pages"):
        PlainPage.objects.bulk_create([PlainPage(title="A", slug="a", body_html=evil)])
    page = PlainPage.objects.create(
        title="About", body_html=evil, body=[("html", f"<p>A</p>{evil}")]
    )
    for column in ("body", "body_html", "slug"):
        with pytest.raises(ValueError, match=rf"save\(\) pages to change {column}"):
            PlainPage.objects.update(**{column: evil})
        with pytest.raises(ValueError, match=rf"save\(\) pages to change {column}"):
            PlainPage.objects.bulk_update([page], [column])
    page = PlainPage.objects.get()
    assert page.body_html == "<p>A</p>"
    page.body = [("html", evil)]
    page.save_revision().publish()
    assert "script" not in PlainPage.objects.get().body_html


def test_links_within_the_outlet_lead_there_from_every_page(paper: Paper):
    body = [
        ("text", '<p><a href="https://proof.example/topics/">a</a> <a href="/x.html">b</a></p>')
    ]
    article = paper.article("Story", day=1, body=body)
    paper.print()
    page = paper.read(article.path)
    assert 'href="../../topics/"' in page
    assert 'href="../../x.html"' in page
    feed = unescape(paper.read("feed.xml"))
    assert 'href="https://proof.example/topics/"' in feed
    assert 'href="https://proof.example/x.html"' in feed


# The standfirst ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("excerpt", "body", "is_printed"),
    [
        ("The well is full.", [], True),
        ("The well is full.", [("text", "<p>It rained.</p>")], True),
        ("The well is full.", [("text", "<p>The   <b>well</b> is full. It rained.</p>")], False),
        ("", [("text", "<p>It rained.</p>")], False),
    ],
)
def test_an_excerpt_is_not_printed_twice(
    paper: Paper, excerpt: str, body: list[tuple[str, str]], is_printed: bool
):
    article = paper.article("Story", excerpt=excerpt, body=body)
    assert article.has_standfirst is is_printed
    paper.print()
    assert paper.read(article.path).count("p-summary") == int(bool(excerpt) and is_printed)


# Dates and places in time -----------------------------------------------------------------


def test_a_date_that_is_not_known_is_neither_kept_nor_made_up(paper: Paper):
    article = paper.article("Story", day=5)
    article.published_precision = "unknown"
    article.save()
    assert article.published_at is None
    assert article.path == "articles/story.html"
    paper.print()
    assert "dt-published" not in paper.read(article.path)
    assert "datePublished" not in paper.read(article.path)


def test_an_article_made_public_without_a_date_gets_that_moments(paper: Paper):
    article = Article(headline="Story", live=False)
    article.save()
    assert (article.published_at, article.path) == (None, "articles/story.html")
    before = datetime.now(UTC)
    article.save_revision().publish()
    article.refresh_from_db()
    assert article.published_at is not None
    assert before <= article.published_at <= datetime.now(UTC)
    published_at = article.published_at
    article.unpublish()
    article.save_revision().publish()
    article.refresh_from_db()
    assert article.published_at == published_at


def test_a_bare_day_is_the_same_day_in_every_zone(paper: Paper, settings: Any):
    moment = datetime(2021, 5, 1, 12, tzinfo=UTC)
    outlet = settings.HANDPRESS
    for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York"):
        news = replace(outlet.newsroom, time_zone=zone)
        settings.HANDPRESS = replace(outlet, newsroom=news)
        article = paper.article("Story", published_at=moment, published_precision="day")
        article.save()
        article.refresh_from_db()
        assert article.published_at == moment
        assert article.path.startswith("2021/05/")
        paper.print()
        assert 'datetime="2021-05-01"' in paper.read(article.path), zone
        article.delete()


def test_the_month_of_an_address_is_the_newsrooms_own(paper: Paper, settings: Any):
    outlet = settings.HANDPRESS
    news = replace(outlet.newsroom, time_zone="Asia/Seoul")
    settings.HANDPRESS = replace(outlet, newsroom=news)
    article = paper.article("Story", published_at=datetime(2021, 5, 31, 15, 30, tzinfo=UTC))
    assert article.path == "2021/06/story.html"


def test_articles_of_one_day_keep_their_order_when_they_are_saved(paper: Paper):
    day = datetime(2021, 5, 1, 12, tzinfo=UTC)
    at_us = int(day.timestamp()) * 1_000_000
    articles = [
        paper.article(
            f"Story {n}", published_at=day, published_precision="day", sort_at_us=at_us + n
        )
        for n in range(3)
    ]
    for article in articles:
        article.save()
    assert [article.sort_at_us for article in articles] == [at_us, at_us + 1, at_us + 2]


# Addresses --------------------------------------------------------------------------------


def test_an_address_given_back_leads_to_the_article_again(paper: Paper):
    article = paper.article("Story", day=1)
    for slug in ("second", "third", "story"):
        article.slug = slug
        article.save()
    paper.print()
    former = dict(Redirect.objects.values_list("path", "article"))
    assert former == {"2021/01/second.html": article.pk, "2021/01/third.html": article.pk}
    assert 'content="moved"' in paper.read("2021/01/second.html")
    assert "p-name" in paper.read("2021/01/story.html")


def test_an_address_that_another_takes_is_the_others(paper: Paper):
    first = paper.article("Story", day=1)
    first.slug = "moved"
    first.save()
    second = paper.article("Story", day=1)
    assert second.path == "2021/01/story.html"
    assert not Redirect.objects.exists()
    second.delete()
    paper.print()
    assert 'content="gone"' in paper.read("2021/01/story.html")


def test_what_was_never_public_leaves_nothing_behind(paper: Paper):
    draft = Article(headline="Draft", live=False)
    draft.save()
    draft.slug = "another"
    draft.save()
    draft.delete()
    assert not Redirect.objects.exists()


def test_redirects_go_where_the_article_went_and_say_gone_with_it(paper: Paper):
    article = paper.article("Story", day=1)
    article.slug = "moved"
    article.save()
    article.published_at = START + timedelta(days=400)
    article.save()
    paper.print()
    target = "../../2022/02/moved.html"
    assert target in paper.read("2021/01/story.html")
    assert target in paper.read("2021/01/moved.html")
    article.delete()
    paper.print()
    for path in ("2021/01/story.html", "2021/01/moved.html", "2022/02/moved.html"):
        assert 'content="gone"' in paper.read(path)


# Revisions --------------------------------------------------------------------------------


def test_an_old_draft_does_not_move_the_article_back(paper: Paper):
    article = paper.article("Story", day=1)
    revision = article.save_revision()
    article.refresh_from_db()
    article.slug = "moved"
    article.save_revision().publish()
    revision.publish()
    article.refresh_from_db()
    # A revision holds the slug it was written with, so this is a move too, and leaves a redirect.
    assert article.path == f"2021/01/{article.slug}.html"
    paper.print()
    assert "p-name" in paper.read(article.path)
    for former in Redirect.objects.values_list("path", flat=True):
        assert 'content="moved"' in paper.read(former)


def test_a_revision_holds_topics_and_corrections(paper: Paper):
    article = paper.article("Story", ["Water"], day=1)
    Correction.objects.create(article=article, corrected_at=START, note="First.")
    article = Article.objects.get()
    revision = article.save_revision()
    article.article_topics.all().delete()
    Correction.objects.all().delete()
    article.refresh_from_db()
    revision.publish()
    assert [row.topic.name for row in Article.objects.get().article_topics.all()] == ["Water"]
    assert [row.note for row in Correction.objects.all()] == ["First."]
