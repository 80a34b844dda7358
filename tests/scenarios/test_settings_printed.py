"""A change of the settings is printed by the next press."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from factories.papers import Paper
from handpress.conf import Settings
from handpress.press.actions import Press
from handpress.press.verify import verify_site


@pytest.fixture
def pressed_paper(paper: Paper) -> Paper:
    paper.article("Story", ["Water"], day=1)
    paper.print()
    return paper


def restarted(paper: Paper) -> Press:
    """Return the press of the next process: settings are read when it starts."""
    return Press(store=paper.press.store, workers=1)


def newsroom_with(settings: Settings, **values: Any) -> Settings:
    return replace(settings, newsroom=replace(settings.newsroom, **values))


@pytest.mark.parametrize(
    "values",
    [
        {"name": "Another Name"},
        {"tagline": "Another line"},
        {"language": "ar"},
        {"address": "https://another.example/"},
    ],
    ids=lambda values: next(iter(values)),
)
def test_what_the_outlet_is_called(pressed_paper: Paper, settings: Any, values: dict[str, str]):
    settings.HANDPRESS = newsroom_with(settings.HANDPRESS, **values)
    press = restarted(pressed_paper)
    assert {"index.html", "topics/water/index.html"} <= set(press.press().paths)
    assert verify_site(press).is_clean


def test_whom_donors_ask(pressed_paper: Paper, settings: Any):
    giving = replace(settings.HANDPRESS.giving, contact_email="gifts@proof.example")
    settings.HANDPRESS = replace(settings.HANDPRESS, giving=giving)
    press = restarted(pressed_paper)
    assert press.press().paths == ["donate/index.html"]
    assert "gifts@proof.example" in pressed_paper.read("donate/index.html")
    assert verify_site(press).is_clean


def test_what_pages_do_not_state(pressed_paper: Paper, settings: Any):
    server = replace(settings.HANDPRESS.server, port=8001)
    settings.HANDPRESS = replace(settings.HANDPRESS, server=server)
    assert restarted(pressed_paper).press().rendered == 0
