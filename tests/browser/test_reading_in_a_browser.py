"""A reader on a phone, with scripts off: an old piece is found by turning back a topic's pages."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from browser.conftest import Served
from browser.editor import PATIENCE_MS
from servers import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

_FORTY_DAYS = """
from io import BytesIO
from PIL import Image
from django.core.files.images import ImageFile
from handpress.newsroom.models import NewsImage
from datetime import UTC, datetime, timedelta
from handpress.newsroom.actions import set_topics
from handpress.newsroom.models import Article, Topic
topic = Topic.objects.get(name="Water")
for day in range(40):
    article = Article(
        headline=f"Day {day} of the flood",
        excerpt=f"What the water did on day {day}.",
        body=[("text", f"<p>On day {day} the water rose by a hand.</p>")],
        published_at=datetime(2020, 1, 1, 9, tzinfo=UTC) + timedelta(days=day),
        published_precision="exact",
        live=True,
    )
    if day == 39:
        stream = BytesIO()
        Image.new("RGB", (700, 7000), (30, 60, 90)).save(stream, "PNG")
        file = ImageFile(stream, name="gauge.png")
        article.lead_image = NewsImage.objects.create(title="The gauge", file=file)
    article.save()
    set_topics(article, [topic])
"""


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """A phone without scripts, which must not ask any other host for anything."""
    environ = {**os.environ, "HANDPRESS_NEWSROOM": str(served.folder)}
    fill = [sys.executable, "-m", "handpress", "manage", "shell", "--no-imports", "-c", _FORTY_DAYS]
    subprocess.run(fill, env=environ, check=True)
    wait_until(lambda: (served.folder / "site/2020/02/day-39-of-the-flood.html").exists())
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    yield page
    assert [url for url in asked if not url.startswith(served.url)] == []
    context.close()


def test_an_old_piece_is_found_by_its_topics_pages(page: Page, served: Served) -> None:
    page.goto(served.url)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    assert skip.evaluate("one => one === document.activeElement")
    page.get_by_role("link", name="Water").first.click()
    page.get_by_role("heading", name="Water", level=1).wait_for()
    turned = 0
    while not page.get_by_role("link", name="Day 0 of the flood").count():
        page.get_by_role("link", name="Older articles").click()
        page.wait_for_load_state()
        turned += 1
        assert turned < 5
    assert turned > 1
    page.get_by_role("link", name="Day 0 of the flood").click()
    page.get_by_role("heading", name="Day 0 of the flood", level=1).wait_for()
    page.get_by_text("On day 0 the water rose by a hand.").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("navigation", name="Topics of this article").get_by_role(
        "link", name="Water"
    ).click()
    page.get_by_role("heading", name="Water", level=1).wait_for()


def test_who_is_lost_finds_the_way_on(page: Page, served: Served) -> None:
    answer = page.goto(f"{served.url}2020/01/day-0-of-the-floo")
    assert answer is not None
    assert answer.status == 404
    page.get_by_role("heading", name="Page not found", level=1).wait_for()
    page.get_by_role("main").get_by_role("link", name="Front page").click()
    page.get_by_role("heading", name="The Proof", level=1).wait_for(state="attached")


@pytest.mark.parametrize("width", [390, 1280])
def test_a_tall_picture_fits_the_window(page: Page, served: Served, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for path, most in (("2020/02/day-39-of-the-flood.html", 0.9 * 800), ("topics/water/", 480)):
        page.goto(served.url + path)
        picture = page.get_by_role("img", name="The gauge").first.bounding_box()
        assert picture is not None
        assert 100 <= picture["height"] <= most + 1
