"""The press in the background: what it notices by itself, and what holds up nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from factories.papers import Paper
from handpress.newsroom.article_page import ArticleFacts, article_context
from handpress.newsroom.models import Article
from handpress.press import tasks
from handpress.press.actions import Press
from handpress.press.models import PrintedPage
from handpress.press.store import SiteStore


class Looks:
    """Stands for what time brings about: counts how often it is asked, and ends the work."""

    def __init__(self, stop: Event, most: int) -> None:
        self.stop, self.most, self.count = stop, most, 0
        self.then: dict[int, Callable[[], object]] = {}

    def __call__(self) -> None:
        self.count += 1
        self.then.get(self.count, lambda: None)()
        if self.count >= self.most:
            self.stop.set()


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    """Let the background work for some looks without rest."""
    found = Looks(Event(), most=30)
    for name in ("_DUE_EVERY_S", "_LOOK_EVERY_S", "_AFTER_UNFIT_S", "_AFTER_TROUBLE_S"):
        monkeypatch.setattr(tasks, name, 0.0)
    monkeypatch.setattr(tasks, "run_due", found)
    return found


def work(press: Press, looks: Looks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "Press", lambda: press)
    tasks.work_forever(looks.stop)


def test_it_ends_when_the_settings_have_changed_though_nothing_waits(
    paper: Paper, looks: Looks, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    paper.print()
    looks.then[10] = lambda: monkeypatch.setattr(
        "handpress.press.actions.settings_stamp", lambda: (1, 1)
    )
    work(paper.press, looks, monkeypatch)
    assert looks.count == 10
    assert "settings_changed" in caplog.text


def test_a_page_that_cannot_be_made_holds_up_neither_packing_nor_others(
    paper: Paper, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper.article("Brittle", ["Water"])
    paper.print()
    asked = []

    def brittle(facts: ArticleFacts, root: str) -> dict[str, Any]:
        if facts.headline == "Brittle":
            asked.append(looks.count)
            raise ValueError("this one cannot be made")
        return article_context(facts, root)

    monkeypatch.setattr("handpress.newsroom.outputs.article_context", brittle)
    Article.objects.update(dateline="Port Alder")
    looks.then[12] = lambda: paper.article("Later", ["Water"], day=1)
    work(paper.press, looks, monkeypatch)
    assert paper.press.failed_pages == 1
    assert "2021/01/later.html" in paper.files()
    assert not PrintedPage.objects.filter(is_packed=False).exists()
    # At first, with what came later, and with each other change; not with every look.
    assert len(asked) <= 3
    # Mended, it is printed without anybody's asking.
    monkeypatch.setattr("handpress.newsroom.outputs.article_context", article_context)
    monkeypatch.setattr(tasks, "_TRY_AGAIN_S", 0.0)
    looks.stop.clear()
    looks.count, looks.then = 0, {}
    work(paper.press, looks, monkeypatch)
    assert paper.press.failed_pages == 0
    assert "Port Alder" in paper.read("2021/01/brittle.html")


def test_a_foreign_folder_is_told_and_ends_nothing(
    db: None, tmp_path: Path, looks: Looks, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "other.html").write_text("somebody else’s")
    with caplog.at_level(logging.ERROR):
        work(Press(store=SiteStore(tmp_path / "site"), workers=1), looks, monkeypatch)
    assert looks.count == looks.most
    assert "site_folder_foreign" in caplog.text


def test_what_is_due_is_done_while_the_whole_site_is_printed(
    paper: Paper, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        paper.article(f"Story {number}", [f"Topic {number}"])
    looks.most = 10_000
    tasks.work_once(paper.press, notify=lambda count: looks())
    assert looks.count > 5
