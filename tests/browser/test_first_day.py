"""The guide's first day, done as it says on the demo newsroom; and its pictures, if one asks.

    HANDPRESS_PICTURES=docs/pictures python -m pytest tests/browser/test_first_day.py

takes the guide's pictures anew.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browser.conftest import find_browser
from browser.editor import Editor
from servers import free_port, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "first-day.md"
HEADLINE = "The lamps on the quay burn again"
_LOGIN = re.compile(r"user (\S+), password (\S+)")
# What a screen shows and what it says to those who cannot see it.
_WORDS = """
() => document.body.innerText + "\\n"
  + [...document.querySelectorAll("[aria-label], button, label")]
  .map((one) => `${one.getAttribute("aria-label") || ""}\\n${one.textContent}`).join("\\n")
"""


class Walk:
    """An editor who follows the guide, and all the words that the screens have said."""

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self.page = editor.page
        self.heard = ""

    def look(self, picture: str = "") -> None:
        """Take in the screen; keep a picture of it where pictures are asked for."""
        self.heard += " ".join(str(self.page.evaluate(_WORDS)).split()) + "\n"
        folder = os.environ.get("HANDPRESS_PICTURES", "")
        if picture and folder:
            self.page.mouse.move(0, 0)
            _save(self.page.screenshot(), Path(folder, f"{picture}.webp"))


def _save(png: bytes, path: Path) -> None:
    from PIL import Image

    Image.open(io.BytesIO(png)).convert("RGB").save(path, quality=82, method=6)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    """A demo newsroom that is being served: its address, and the login that it prints."""
    find_browser()
    folder = tmp_path_factory.mktemp("demo") / "newsroom"
    environ = {name: text for name, text in os.environ.items() if name != "HANDPRESS_NEWSROOM"}
    port = str(free_port())
    command = [sys.executable, "-m", "handpress", "demo", str(folder), "--port", port]
    log = folder.with_name("log")
    with log.open("w") as out:
        process = subprocess.Popen(command, env=environ, stdout=out, stderr=out)
    try:
        wait_until(
            lambda: process.poll() is not None or "Serving at" in log.read_text(), patience_s=120
        )
        assert process.poll() is None, log.read_text()
        login = _LOGIN.search(log.read_text())
        assert login, log.read_text()
        yield f"http://127.0.0.1:{port}/", login[1], login[2]
    finally:
        process.terminate()
        assert process.wait(20) == 0, log.read_text()
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture(scope="module")
def walk(browser: Browser, demo: tuple[str, str, str]) -> Iterator[Walk]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    url, user, password = demo
    walk = Walk(Editor(page, url))
    page.goto(f"{url}desk/")
    walk.look()
    walk.editor.sign_in(user, password)
    yield walk
    page.close()


@pytest.fixture(scope="module")
def address() -> str:
    return f"{datetime.now(UTC):%Y/%m}/the-lamps-on-the-quay-burn-again.html"


def test_the_home_shows_the_day(walk: Walk) -> None:
    walk.page.get_by_role("heading", name="Today").wait_for()
    walk.look()
    # What a menu folds away is part of it.
    walk.page.get_by_role("button", name="Settings").click()
    walk.look()


def test_a_story_is_written_and_published(walk: Walk, address: str) -> None:
    editor, page = walk.editor, walk.page
    page.goto(f"{editor.url}desk/")
    page.get_by_role("link", name="Write", exact=True).click()
    page.get_by_role("navigation", name="Actions (footer)").wait_for()
    editor.wait_until_watched()
    editor.fill(headline=HEADLINE)
    editor.write_text(
        "The lamps on the long quay were lit on Sunday, for the first time in eleven years. "
        "Forty people had come to see it, most of them in the coats they keep for the boats."
    )
    walk.look()
    page.get_by_role("button", name="Take the first sentences").click()
    page.get_by_role("status").get_by_text("The first sentences of the body").wait_for()
    editor.choose_topic("Harbour & Port")
    page.get_by_role("button", name="Toggle preview").click()
    preview = page.frame_locator("iframe").last
    preview.get_by_role("heading", name=HEADLINE, level=1).wait_for()
    page.evaluate("scrollTo(0, 0)")
    walk.look("desk-article")
    walk.page.get_by_role("button", name="Toggle status").click()
    walk.look()
    editor.publish()
    editor.sees(address, "most of them in the coats")
    editor.sees("", HEADLINE)


def test_it_is_corrected_for_all_to_see(walk: Walk, address: str) -> None:
    editor, page = walk.editor, walk.page
    editor.open("Articles", HEADLINE)
    walk.look()
    page.get_by_role("button", name="Add correction").click()
    page.get_by_role("textbox", name="Note").last.fill("The lamps were dark for twelve years.")
    page.wait_for_timeout(1000)
    page.screenshot(path="/tmp/corr.png", full_page=True)
    editor.publish()
    editor.sees(address, "The lamps were dark for twelve years.")
    assert 'href="#corrections"' in editor.read(address)[1]


def test_a_story_waits_for_its_hour(walk: Walk) -> None:
    editor = walk.editor
    editor.begin("Articles", "Add article")
    editor.fill(headline="Tomorrow's tide", excerpt="It comes when it comes.")
    editor.schedule(f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d %H:%M}")
    editor.publish()
    walk.page.goto(f"{editor.url}desk/")
    walk.page.get_by_role("region", name="Today").get_by_text("Tomorrow's tide").wait_for()
    walk.look("dashboard")
    assert "tide</a>" not in editor.read("")[1]


def test_it_is_taken_down(walk: Walk, address: str) -> None:
    walk.editor.open("Articles", HEADLINE)
    walk.editor.more()
    walk.look()
    walk.page.keyboard.press("Escape")
    walk.editor.unpublish()
    walk.editor.sees(address, "taken down", status=410)


def test_the_sites_settings_are_seen_before_they_are_saved(walk: Walk) -> None:
    page = walk.page
    page.goto(f"{walk.editor.url}desk/settings/site/")
    page.get_by_role("navigation", name="Actions (footer)").wait_for()
    page.get_by_role("button", name="Toggle preview").click()
    page.frame_locator("iframe").last.get_by_role("link", name="Skip to content").wait_for(
        state="attached"
    )
    walk.look("desk-settings")


def test_every_name_in_the_guide_was_on_a_screen(walk: Walk) -> None:
    """Last of all: what the guide calls something, the desk calls so too."""
    words = re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", GUIDE.read_text("utf-8"))
    assert len(words) > 30
    # Of a demo that has published and reviews nothing, the home has no need to show these.
    absent = {"Waiting for your review", "First steps", "Submit to review"}
    unheard = {word for word in words if word not in walk.heard} - absent
    assert unheard == set()
