"""A small site for every test of the web."""

from __future__ import annotations

from pathlib import Path

import pytest

from handpress.lib.http import loading
from http_sites import MISSING, Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site with a front page, a topic, a story and a page for what is missing."""
    site = Site(tmp_path / "site", address="https://news.example/")
    site.write("index.html")
    site.write("topics/peace/index.html")
    site.write("2019/11/a-story.html")
    site.write("404.html", MISSING)
    return site


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what was read at once, although the files are brand new."""
    monkeypatch.setattr(loading, "_TICK_NS", -1)
