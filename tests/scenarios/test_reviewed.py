"""Histories that once left a wrong page behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from factories.papers import Paper
from handpress.donations.models import Campaign
from handpress.newsroom.core.addresses import noon_of_day
from handpress.newsroom.models import Article, Topic
from handpress.press.actions import Press
from handpress.press.queries import is_work_waiting
from handpress.press.store import ForeignFolder, SiteStore
from handpress.press.verify import verify_site


def start_campaign(heading: str) -> Campaign:
    return Campaign.objects.create(
        name=heading,
        heading=heading,
        full_text="Give.",
        compact_text="Give.",
        starts_at=timezone.now() - timedelta(hours=1),
    )


def test_a_press_that_was_away_does_not_bring_the_old_appeal_back(paper: Paper):
    paper.article("Anything", ["Water"], day=1)
    campaign = start_campaign("Old words")
    paper.print()
    campaign.heading = "New words"
    campaign.save()
    Press(store=SiteStore(paper.folder), workers=1).press()
    paper.article("Something else", ["Water"], day=2)
    paper.print()
    assert "New words" in paper.read("index.html")
    assert verify_site(paper.press).is_clean


def test_a_sweep_that_broke_off_is_known_to_wait(paper: Paper, monkeypatch: pytest.MonkeyPatch):
    paper.article("Anything", ["Water"], day=1)
    paper.print()
    start_campaign("Now")

    def full(*args: object, **kwargs: object) -> bool:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(SiteStore, "write", full)
        with pytest.raises(OSError, match="No space"):
            paper.print()
    assert is_work_waiting()
    paper.print()
    assert "Now" in paper.read("index.html")
    assert not is_work_waiting()


@pytest.mark.parametrize("act", ["article", "topic"])
def test_a_draft_leaves_the_public_redirect_alone(paper: Paper, act: str):
    article = paper.article("Alpha", ["Alpha"], day=1)
    row: Article | Topic = article if act == "article" else Topic.objects.get(name="Alpha")
    row.slug = "beta"
    row.save()
    paper.print()
    old = "2021/01/alpha.html" if act == "article" else "topics/alpha/index.html"
    assert 'content="moved"' in paper.read(old)
    if act == "article":
        Article(
            headline="Other", slug="alpha", published_at=article.published_at, live=False
        ).save()
    else:
        Topic(name="Other", slug="alpha", live=False).save()
    paper.print()
    assert 'content="moved"' in paper.read(old)


def test_a_bare_day_stays_the_same_day_in_every_zone():
    stated = datetime(2019, 11, 19, 12, tzinfo=UTC)
    for name in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin", "America/New_York"):
        assert noon_of_day(stated, ZoneInfo(name)) == stated
    evening = datetime(2019, 11, 19, 23, 30, tzinfo=ZoneInfo("America/New_York"))
    assert noon_of_day(evening, ZoneInfo("America/New_York")) == stated


def test_control_characters_do_not_break_a_feed(paper: Paper):
    article = paper.article("Soft\x0breturn", ["Water"], day=1, excerpt="Back\x08space & <tag>")
    Article.objects.filter(pk=article.pk).update(dateline="Port\x01")
    paper.print()
    for feed in ("feed.xml", "topics/water/feed.xml"):
        root = ElementTree.fromstring((paper.folder / feed).read_bytes())
        assert root.findtext("{*}entry/{*}title") == "Softreturn"


def test_files_of_others_stay(paper: Paper):
    paper.article("Anything", ["Water"], day=1)
    paper.print()
    known = paper.folder / ".well-known" / "proof"
    known.parent.mkdir()
    known.write_text("mine")
    (paper.folder / "CNAME").write_text("mine")
    start_campaign("Now")
    paper.print()
    assert known.exists()
    assert (paper.folder / "CNAME").exists()
    paper.print(everything=True)
    assert known.exists()


def test_the_first_press_refuses_a_folder_with_other_files(paper: Paper):
    paper.folder.mkdir()
    (paper.folder / "thesis.txt").write_text("years of work")
    with pytest.raises(ForeignFolder, match="Nothing was changed"):
        paper.print()
    assert (paper.folder / "thesis.txt").read_text() == "years of work"


def test_comparing_does_not_forget_that_a_run_was_killed(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
):
    paper.article("Anything", ["Water"], day=1)
    paper.print()
    article = paper.article("Written, never recorded", ["Water"], day=2)

    def killed(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("handpress.press.manifest.record", killed)
        with pytest.raises(KeyboardInterrupt):
            paper.print()
    path = article.path
    assert (paper.folder / path).exists()
    article.article_topics.get_queryset().delete()
    Article.objects.filter(pk=article.pk)._raw_delete("default")
    verify_site(paper.press)
    paper.print()
    assert not (paper.folder / path).exists()


def test_a_folder_or_link_in_the_place_of_a_page_is_found_and_mended(paper: Paper):
    paper.article("Anything", ["Water"], day=1)
    paper.print()
    (paper.folder / "index.html").unlink()
    (paper.folder / "index.html").mkdir()
    (paper.folder / "feed.xml").unlink()
    (paper.folder / "feed.xml").symlink_to("robots.txt")
    assert not verify_site(paper.press).is_clean
    paper.print(everything=True)
    assert verify_site(paper.press).is_clean


def test_no_path_leads_out_of_the_site(tmp_path):
    store = SiteStore(tmp_path / "site").open()
    for path in ("../evil.html", "/etc/evil", "a/../../evil", "", "a\x00b"):
        with pytest.raises(ValueError, match="not a path"):
            store.write(path, b"x")
    store.close()


def test_a_link_to_a_script_never_reaches_a_page(paper: Paper):
    article = paper.article("Anything", ["Water"], day=1, source=paper.source("The Bugle"))
    article.source_url = "java\tscript:alert(1)"
    article.save()
    paper.print()
    assert "alert(1)" not in paper.read("2021/01/anything.html")


def test_a_slug_is_fit_for_every_file_system(paper: Paper):
    for slug in ("INDEX", "index", "../../evil", "a b"):
        article = paper.article(f"Named {slug}", day=1, slug=slug)
        assert article.slug not in {"index", "INDEX"}
        assert article.slug == article.slug.lower()
        assert "/" not in article.slug
