"""One run of the press: what it costs, what it survives, what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factories.papers import START, Paper
from handpress.newsroom.article_page import ArticleFacts, article_context
from handpress.newsroom.models import Article, ArticleContributor, Contributor, Correction
from handpress.press import manifest
from handpress.press.actions import Press, PressBusy
from handpress.press.models import Mark, PrintedPage, StalePage
from handpress.press.packing import pack_pages
from handpress.press.registry import PageKind, registry
from handpress.press.render import QueryWhileRendering, no_queries
from handpress.press.store import SiteStore
from handpress.press.triggers import install_triggers, missing_triggers
from handpress.press.verify import verify_site


def fill(paper: Paper, articles: int, *, since: int = 0) -> None:
    """Add articles with everything an article can have but pictures."""
    person, _ = Contributor.objects.get_or_create(name="Ada Quill")
    for number in range(since, since + articles):
        article = paper.article(
            f"Story {number}",
            ["Water", "Trade", f"Topic {number % 7}"],
            day=number,
            source=paper.source("The Bugle"),
            body=[("text", "<p>Words and <a href='/topics/'>a link</a>.</p>")],
        )
        ArticleContributor.objects.create(article=article, contributor=person)
        Correction.objects.create(article=article, corrected_at=START, note="No.")


def queries_of(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def _load(kind: PageKind, keys: list[str]) -> None:
    assert list(kind.load(keys))


def test_a_batch_costs_the_same_number_of_queries_whatever_its_size(paper: Paper):
    fill(paper, 70)
    paper.print()
    for kind in registry.kinds.values():
        keys = [key for key, _ in kind.every_key()]
        if not keys:
            continue
        some = queries_of(partial(_load, kind, keys[-2:]))
        every = queries_of(partial(_load, kind, keys))
        assert every <= max(some, 7), f"{kind.name}: {every} queries for {len(keys)} pages"


def test_publishing_costs_the_same_number_of_queries_in_a_larger_archive(paper: Paper):
    counts = []
    for size in (20, 60):
        fill(paper, size, since=len(counts) * 100)
        paper.print()
        fill(paper, 1, since=1000 + size)
        counts.append(queries_of(paper.print))
    assert abs(counts[0] - counts[1]) <= 2
    assert counts[1] < 120


def order_of(store: SiteStore, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that tells when the disk is brought up to date, and when marks are cleared."""
    order: list[str] = []

    def noted(name: str, act: Callable[..., None]) -> Callable[..., None]:
        def call(*args: Any, **options: Any) -> None:
            order.append(name)
            act(*args, **options)

        return call

    monkeypatch.setattr(store, "sync", noted("sync", store.sync))
    monkeypatch.setattr(manifest, "record", noted("record", manifest.record))
    return order


def test_marks_are_cleared_after_the_files_are_on_the_disk(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
):
    fill(paper, 3)
    order = order_of(paper.press.store, monkeypatch)
    paper.print()
    assert order[0] == "sync"
    assert order[1] == "record"
    assert not Mark.objects.exists()
    assert not StalePage.objects.exists()


def test_what_a_killed_run_wrote_is_on_the_disk_before_marks_are_cleared(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
):
    """Its files stand there with the right bytes, so nothing is new: they may be in memory only."""

    def killed() -> None:
        raise KeyboardInterrupt

    fill(paper, 3)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(paper.press.store, "sync", killed)
        paper.print()
    later = Paper(paper.folder)
    order = order_of(later.press.store, monkeypatch)
    later.print()
    assert order[0] == "sync"
    assert "record" in order
    order.clear()
    later.print()
    assert order == []


def test_the_manifest_states_every_file(paper: Paper):
    import hashlib

    fill(paper, 20)
    paper.print()
    files = paper.files()
    rows = {row.path: row for row in PrintedPage.objects.all()}
    assert rows.keys() == files.keys()
    for path, data in files.items():
        assert rows[path].bytes == len(data)
        assert rows[path].sha256 == hashlib.sha256(data).hexdigest()


def test_a_change_while_pages_are_printed_is_printed_too(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
):
    fill(paper, 5)
    paper.print()
    article = Article.objects.first()
    assert article
    article.excerpt = "First change."
    article.save()
    record, happened = manifest.record, []

    def change_late(*args: object, **kwargs: object) -> None:
        if not happened:
            happened.append(True)
            article.excerpt = "Second change."
            article.save()
        record(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(manifest, "record", change_late)
    paper.print()
    assert "Second change." in paper.read("topics/water/index.html")
    assert verify_site(paper.press).is_clean


def test_two_presses_do_not_work_at_once(paper: Paper):
    with paper.press.locked(), pytest.raises(PressBusy, match="Nothing was changed"):
        Press(store=paper.press.store.__class__(paper.folder), workers=1).press()


def test_verify_finds_what_is_wrong_and_changes_nothing(paper: Paper):
    fill(paper, 20)
    paper.print()
    pack_pages(paper.press)
    assert verify_site(paper.press).is_clean
    (paper.folder / "index.html").write_text("tampered")
    (paper.folder / "feed.xml").unlink()
    (paper.folder / "planted.html").write_text("planted")
    (paper.folder / "topics/index.html.br").write_bytes(b"\x00\x01")
    before = paper.files()
    found = verify_site(paper.press)
    assert not found.is_clean
    assert found.different == ["index.html"]
    assert found.missing == ["feed.xml"]
    assert set(found.strangers) == {"planted.html", "feed.xml.br", "feed.xml.gz"}
    assert "topics/index.html.br" in found.packed
    assert paper.files() == before
    paper.print(everything=True)
    pack_pages(paper.press)
    assert verify_site(paper.press).is_clean
    assert not (paper.folder / "planted.html").exists()


def test_verify_finds_wrong_derived_state_and_changes_that_wait(paper: Paper):
    from handpress.archive.models import Placement

    fill(paper, 5)
    paper.print()
    Placement.objects.filter(listing__gt=0)[0].delete()
    fill(paper, 1, since=50)
    found = verify_site(paper.press)
    assert any("missing" in line for line in found.derived)
    assert found.waiting > 0


def test_compressed_copies_follow_their_pages(paper: Paper):
    import brotli

    fill(paper, 3)
    paper.print()
    assert pack_pages(paper.press) == PrintedPage.objects.count()
    assert pack_pages(paper.press) == 0
    packed = (paper.folder / "index.html.br").read_bytes()
    assert brotli.decompress(packed) == (paper.folder / "index.html").read_bytes()
    fill(paper, 1, since=30)
    paper.print()
    assert not (paper.folder / "index.html.br").exists()
    assert pack_pages(paper.press) > 0
    assert (paper.folder / "index.html.br").exists()


def test_templates_cannot_ask_the_database(db: None):
    with no_queries(), pytest.raises(QueryWhileRendering):
        Article.objects.count()


def test_every_trigger_is_in_place_and_a_lost_one_is_found(db: None):
    assert missing_triggers() == []
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute('DROP TRIGGER "press_mark__newsroom_article__article__update"')
        else:
            cursor.execute(
                'DROP TRIGGER "press_mark__newsroom_article__article" ON newsroom_article'
            )
    assert len(missing_triggers()) == 1
    install_triggers()
    assert missing_triggers() == []


def test_a_page_that_cannot_be_made_holds_up_no_other(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
):
    fill(paper, 5)
    paper.print()
    before = paper.read("2021/01/story-1.html")
    Article.objects.filter(headline__in=["Story 1", "Story 2"]).update(dateline="Port Alder")
    context = article_context

    def brittle(facts: ArticleFacts, root: str) -> dict[str, Any]:
        if facts.headline == "Story 1":
            raise ValueError("this one cannot be made")
        return context(facts, root)

    monkeypatch.setattr("handpress.newsroom.outputs.article_context", brittle)
    report = paper.run()
    assert [kind for kind, _ in report.failed] == ["article"]
    assert "2021/01/story-2.html" in report.paths
    assert paper.read("2021/01/story-1.html") == before
    assert paper.run(everything=True).failed == report.failed
    assert paper.read("2021/01/story-1.html") == before
    monkeypatch.undo()
    assert "2021/01/story-1.html" in paper.print()
    assert "Port Alder" in paper.read("2021/01/story-1.html")
    assert verify_site(paper.press).is_clean


def test_a_text_that_looks_like_a_seal_lets_no_html_out_of_an_attribute(paper: Paper):
    """Control characters can be put into a form; a contributor's name stands in attributes too."""
    name = "\x1abody\x1a and \x1aframe.footer\x1a"
    article = paper.article("A story", ["Water"], body=[("text", '<p>" onload=alert(1) x="</p>')])
    ArticleContributor.objects.create(
        article=article, contributor=Contributor.objects.create(name=name)
    )
    paper.print()
    page = paper.read(article.path)
    assert page.count('<p>" onload=alert(1) x="</p>') == 1
    assert "\x1aframe.footer\x1a" in page
