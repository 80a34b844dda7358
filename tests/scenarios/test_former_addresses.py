"""What the server answers at former addresses, from the pages as they are printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from factories.papers import Paper, fresh_site
from handpress.lib.http import FileFolder, SiteRules
from handpress.newsroom.models import Article, Topic
from handpress.newsroom.topic_actions import merge_topics


def ask(paper: Paper, path: str) -> tuple[int, str]:
    """Return status and Location of an answer from the printed folder."""
    answer = FileFolder(paper.folder, rules=SiteRules()).answer("GET", path, lambda name: None)
    return answer.status, dict(answer.headers).get("location", "")


@pytest.fixture
def paper_of_twenty(paper: Paper) -> Paper:
    for day in range(20):
        paper.article(f"Story {day}", ["Water"], day=day)
    paper.print()
    return paper


@pytest.mark.parametrize("leave", [Article.unpublish, Article.delete])
def test_an_article_that_was_taken_down_is_gone(paper_of_twenty: Paper, leave):
    assert ask(paper_of_twenty, "/2021/01/story-7.html") == (200, "")
    leave(Article.objects.get(headline="Story 7"))
    paper_of_twenty.print()
    assert ask(paper_of_twenty, "/2021/01/story-7.html")[0] == 410
    assert ask(paper_of_twenty, "/2021/01/story-8.html")[0] == 200


@pytest.mark.parametrize("leave", [Topic.unpublish, Topic.delete])
def test_a_topic_that_was_taken_down_is_gone(paper_of_twenty: Paper, leave):
    leave(Topic.objects.get(name="Water"))
    paper_of_twenty.print()
    assert ask(paper_of_twenty, "/topics/water/")[0] == 410


def test_the_numbered_pages_of_a_topic_go_and_come_with_it(paper_of_twenty: Paper, tmp_path: Path):
    paper = paper_of_twenty
    for day in range(20, 50):
        paper.article(f"Story {day}", ["Water"], day=day)
    paper.print()
    before = {path: page for path, page in paper.files().items() if path.startswith("topics/w")}
    pages = [f"topics/water/{number}.html" for number in (1, 2, 3)]
    assert {*pages, "topics/water/feed.xml"} < before.keys()

    Topic.objects.get(name="Water").unpublish()
    assert set(pages) <= paper.print()
    assert paper.files() == fresh_site(tmp_path / "hidden")
    assert [ask(paper, f"/{path}")[0] for path in pages] == [410, 410, 410]
    assert '<meta name="robots" content="noindex' in paper.read(pages[0])
    assert ask(paper, "/topics/water/4.html")[0] == 404
    assert ask(paper, "/topics/water/feed.xml")[0] == 404

    # What is filed meanwhile was never given out; what is taken out has to lead on afterwards.
    Article.objects.filter(headline__in=[f"Story {day}" for day in range(10)]).delete()
    Topic.objects.get(name="Water").save()
    paper.print()
    assert [ask(paper, f"/{path}")[0] for path in pages] == [410, 410, 410]

    Topic.objects.get(name="Water").save_revision().publish()
    paper.print()
    assert paper.files() == fresh_site(tmp_path / "back")
    assert [ask(paper, f"/{path}")[0] for path in pages] == [200, 200, 301]
    for day in range(10):
        paper.article(f"Story {day}", ["Water"], day=day)
    paper.print()
    assert {path for path in paper.files() if path.startswith("topics/w")} == before.keys()
    assert paper.read(pages[2]) == before[pages[2]].decode()


def test_a_hidden_topic_that_moves_or_goes_takes_its_numbered_pages_along(
    paper_of_twenty: Paper, tmp_path: Path
):
    paper, water = paper_of_twenty, Topic.objects.get(name="Water")
    water.unpublish()
    paper.print()
    water.slug = "waters"
    water.save()
    paper.print()
    assert paper.files() == fresh_site(tmp_path / "moved")
    assert ask(paper, "/topics/water/1.html")[0] == 410
    assert ask(paper, "/topics/waters/1.html")[0] == 404
    water.save_revision().publish()
    paper.print()
    assert ask(paper, "/topics/water/1.html") == (301, "../../topics/waters/")
    assert ask(paper, "/topics/waters/1.html")[0] == 200
    water.refresh_from_db()
    water.unpublish()
    paper.print()
    water.delete()
    paper.print()
    assert paper.files() == fresh_site(tmp_path / "gone")
    assert [ask(paper, f"/topics/{slug}/1.html")[0] for slug in ("water", "waters")] == [410, 410]


def test_what_has_moved_leads_on(paper_of_twenty: Paper):
    article = Article.objects.get(headline="Story 7")
    article.slug = "the-story-of-the-seventh-day"
    article.save()
    topic = Topic.objects.get(name="Water")
    topic.slug = "water-and-sewers"
    topic.save()
    paper_of_twenty.print()
    moved = "../../2021/01/the-story-of-the-seventh-day.html"
    assert ask(paper_of_twenty, "/2021/01/story-7.html") == (301, moved)
    assert ask(paper_of_twenty, "/topics/water/") == (301, "../../topics/water-and-sewers/")
    assert ask(paper_of_twenty, "/topics/water/1.html") == (301, "../../topics/water-and-sewers/")


def test_who_follows_a_topic_by_feed_follows_it_where_it_goes(paper_of_twenty: Paper):
    paper = paper_of_twenty
    water, wells = Topic.objects.get(name="Water"), paper.topic("Wells")
    water.slug = "waters"
    water.save()
    paper.print()
    assert paper.read("topics/water/feed.xml") == paper.read("topics/waters/feed.xml")
    paper.article("Fresh news", ["Water"], day=90)
    assert {"topics/water/feed.xml", "topics/waters/feed.xml"} <= paper.print()
    merge_topics(water, into=wells)
    paper.print()
    for former in ("water", "waters"):
        assert paper.read(f"topics/{former}/feed.xml") == paper.read("topics/wells/feed.xml")
    wells.unpublish()
    paper.print()
    assert not [path for path in paper.files() if path.endswith("/feed.xml")]
