"""How far the press is: told while a run lasts, at no cost to a publish."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factories.papers import Paper
from handpress.donations.models import Campaign
from handpress.lib import clock
from handpress.newsroom.models import Article
from handpress.press import actions, manifest
from handpress.press.models import PressState
from handpress.press.queries import PressProgress, press_progress
from handpress.press.registry import registry
from handpress.press.render import Renderer
from handpress.press.under_way import UNDER_WAY, UnderWay
from handpress.press.verify import note_verification, verify_site


def progress(*, later_s: float = 0) -> PressProgress:
    return press_progress(datetime.now(UTC) + timedelta(seconds=later_s))


class Ticks:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Let a second pass with each batch of pages; collect what is written down."""
    ticks, rows = Ticks(), []
    write = UnderWay._write

    class Watched(UnderWay):
        def __init__(self) -> None:
            super().__init__(ticks)

        def add(self, kind: str, pages: int, *, is_sweep: bool) -> None:
            ticks.now += 1.0
            super().add(kind, pages, is_sweep=is_sweep)

        def _write(self, kind: str) -> None:
            write(self, kind)
            rows.append(PressState.objects.get(name=UNDER_WAY).value)

    monkeypatch.setattr(actions, "UnderWay", Watched)
    return rows


def fill(paper: Paper, count: int) -> None:
    for number in range(count):
        paper.article(f"Story {number}", ["Water"], day=number)


def test_a_change_of_the_frame_tells_how_many_of_all_pages_are_done(
    paper: Paper, told: list[dict[str, Any]]
):
    fill(paper, 20)
    paper.print()
    pages = len(paper.files())
    told.clear()
    Campaign.objects.create(
        name="A", heading="B", full_text="C", compact_text="D", starts_at=clock.now()
    )
    assert progress().waiting
    paper.print()
    # What shows the campaign by itself (its drawing, how to give, the accounts) is made first.
    assert {row["of"] for row in told if not row["is_sweep"]} == {3}
    swept = [row for row in told if row["is_sweep"]]
    done = [row["done"] for row in swept]
    assert done == sorted(done)
    assert done[-1] == pages
    assert {row["of"] for row in swept} == {pages}
    assert {row["kind"] for row in told} <= registry.kinds.keys()


def test_the_first_press_knows_its_size_too(paper: Paper, told: list[dict[str, Any]]):
    fill(paper, 20)
    paper.print()
    assert told[-1]["done"] == told[-1]["of"] == len(paper.files())


def test_many_stale_pages_are_counted_down(paper: Paper, told: list[dict[str, Any]]):
    fill(paper, 20)
    paper.print()
    told.clear()
    for article in Article.objects.all():
        article.excerpt = "Another."
        article.save()
    rendered = paper.run().rendered
    assert not any(row["is_sweep"] for row in told)
    assert told[-1]["done"] == told[-1]["of"] == rendered


def test_nothing_is_under_way_afterwards(paper: Paper, told: list[dict[str, Any]]):
    fill(paper, 3)
    paper.print()
    assert told
    state = progress()
    assert state.run is None
    assert not state.is_busy
    assert not state.is_never_pressed
    assert state.last_run_at is not None
    assert state.last_run_pages == len(paper.files())


def test_a_short_run_writes_nothing_about_itself(paper: Paper):
    fill(paper, 3)
    paper.print()
    paper.article("One more", ["Water"], day=9)
    with CaptureQueriesContext(connection) as captured:
        paper.print()
    assert not [query for query in captured if UNDER_WAY in query["sql"]]


def test_a_run_that_was_cut_off_is_told_and_taken_over(
    paper: Paper, told: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
):
    fill(paper, 3)

    def cut_off(*args: Any, **options: Any) -> None:
        raise OSError("the power is gone")

    with monkeypatch.context() as patch:
        patch.setattr(manifest, "record", cut_off)
        with pytest.raises(OSError, match="power"):
            paper.print()
    run = progress().run
    assert run is not None
    assert not run.is_cut_off
    late = progress(later_s=120).run
    assert late is not None
    assert late.is_cut_off
    paper.print()
    assert progress().run is None


def test_pages_that_cannot_be_made_are_named(paper: Paper, monkeypatch: pytest.MonkeyPatch):
    fill(paper, 2)
    paper.print()
    article = Article.objects.get(headline="Story 0")
    article.excerpt = "Another."
    article.save()

    def fail(*args: Any) -> None:
        raise ValueError("no")

    with monkeypatch.context() as patch:
        patch.setattr(Renderer, "page", fail)
        paper.print()
    state = progress()
    assert state.failed_pages
    assert f"article {article.pk}" in state.failed_names
    assert state.waiting == 0
    paper.print()
    assert progress().failed_pages == 0


def test_what_a_comparison_found_is_kept(paper: Paper):
    fill(paper, 3)
    paper.print()
    assert progress().verified is None
    note_verification(verify_site(paper.press))
    clean = progress().verified
    assert clean is not None
    assert clean.is_clean
    assert clean.compared == len(paper.files())
    Path(paper.folder, "index.html").write_text("scratched")
    note_verification(verify_site(paper.press))
    scratched = progress().verified
    assert scratched is not None
    assert scratched.found == (("different", 1),)
    assert not scratched.is_mended
    paper.print(everything=True)
    mended = progress().verified
    assert mended is not None
    assert mended.is_mended
    assert not mended.is_clean


def test_asking_costs_three_queries(paper: Paper):
    fill(paper, 3)
    paper.print()
    with CaptureQueriesContext(connection) as captured:
        progress()
    assert len(captured) == 3
