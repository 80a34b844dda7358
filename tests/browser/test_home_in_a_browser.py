"""The desk's home in a real browser: what an editor sees, and that it keeps itself up to date."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from browser.conftest import PASSWORD, USER, Served
from browser.editor import Editor
from servers import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

# As if a press of a large archive were half way through, and a minute later.
_BUSY = """
import time
from handpress.press.state import remember
row = {"done": 4312, "of": 100_000, "kind": "article", "is_sweep": True}
remember("under_way", {"at": time.time(), **row})
"""
_QUIET = """
from handpress.press.state import forget
forget("under_way")
"""


@pytest.fixture(scope="module")
def editor(browser: Browser, served: Served) -> Iterator[Editor]:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    editor = Editor(page, served.url)
    editor.sign_in(USER, PASSWORD)
    page.get_by_role("heading", name="Today").wait_for()
    yield editor
    page.close()


def run(served: Served, code: str) -> None:
    """Change the newsroom from outside, as another process does."""
    environ = {**os.environ, "HANDPRESS_NEWSROOM": str(served.folder)}
    command = [sys.executable, "-m", "handpress", "manage", "shell", "--no-imports", "-c", code]
    subprocess.run(command, env=environ, check=True)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_the_day_is_one_click_from_writing(editor: Editor) -> None:
    editor.troubles.clear()
    page = editor.page
    page.goto(f"{editor.url}desk/")
    for heading in ("Today", "Your drafts", "Campaign", "The press", "The last 30 days"):
        page.get_by_role("region", name=heading).wait_for()
    assert fits(page)
    page.get_by_role("link", name="Write", exact=True).click()
    page.get_by_role("textbox", name="Headline").wait_for()
    assert editor.troubles == []


def test_a_draft_is_found_again_on_the_home(editor: Editor) -> None:
    page = editor.page
    page.goto(f"{editor.url}desk/snippets/newsroom/article/add/")
    editor.fill(headline="Half a thought")
    page.get_by_role("button", name="Save draft").press("Enter")
    editor.message("created")
    page.goto(f"{editor.url}desk/")
    drafts = page.get_by_role("region", name="Your drafts")
    drafts.get_by_role("link", name="Half a thought").click()
    assert page.get_by_role("textbox", name="Headline").input_value() == "Half a thought"


def test_the_press_tells_how_far_it_is_without_a_reload(editor: Editor, served: Served) -> None:
    editor.troubles.clear()
    page = editor.page
    run(served, _BUSY)
    page.goto(f"{editor.url}desk/")
    press = page.get_by_role("region", name="The press")
    press.get_by_text("Printing: 4,312 of 100,000 pages, newest first.").wait_for()
    assert press.get_by_role("progressbar").count() == 1
    page.evaluate("window.wasNotReloaded = true")
    run(served, _QUIET)
    press.get_by_text("Everything is printed.").wait_for()
    assert page.evaluate("window.wasNotReloaded") is True
    assert editor.troubles == []


def test_without_a_script_the_day_is_there_too(browser: Browser, editor: Editor) -> None:
    context = browser.new_context(
        java_script_enabled=False, storage_state=editor.page.context.storage_state()
    )
    page = context.new_page()
    page.goto(f"{editor.url}desk/")
    page.get_by_role("region", name="Today").wait_for()
    press = page.get_by_role("region", name="The press")
    press.get_by_role("link", name="Look again").click()
    press.get_by_text("Everything is printed.").wait_for()
    context.close()


def test_the_appeal_is_seen_on_the_form_before_it_is_saved(editor: Editor) -> None:
    editor.troubles.clear()
    page = editor.page
    page.set_viewport_size({"width": 1500, "height": 950})
    page.goto(f"{editor.url}desk/snippets/donations/campaign/add/")
    editor.fill(name="Winter", heading="The roof leaks", starts_at="2021-01-01 00:00")
    editor.fill(full_text="Help us mend it.", compact_text="In short: help.")
    page.get_by_label("Currency").select_option("EUR")
    page.get_by_label("Goal").fill("84.000")
    page.get_by_label("Counted elsewhere").fill("1.234,50")
    page.get_by_role("button", name="Toggle preview").click()
    page.frame_locator("iframe").last.get_by_text("Help us mend it.").wait_for()
    page.get_by_label("Preview mode").select_option("compact")
    page.frame_locator("iframe").last.get_by_text("In short: help.").wait_for()
    editor.save()
    page.goto(f"{editor.url}desk/")
    campaign = page.get_by_role("region", name="Campaign")
    campaign.get_by_text("€1,234.50").wait_for()
    campaign.get_by_role("img", name="1% of the goal raised").wait_for()
    assert editor.troubles == []


def test_an_appeal_is_not_printed_while_it_is_being_typed(editor: Editor) -> None:
    from playwright.sync_api import TimeoutError

    page = editor.page
    page.goto(f"{editor.url}desk/")
    page.get_by_role("region", name="Campaign").get_by_role("link").first.click()
    # The preview is still open from before.
    preview = page.frame_locator("iframe").last
    preview.get_by_text("The roof leaks").first.wait_for()
    heading = page.get_by_role("textbox", name="Heading")

    def is_previewed() -> bool:
        # The form notices what is typed only some time after it has been loaded.
        heading.press_sequentially("!")
        with suppress(TimeoutError):
            preview.get_by_text("!The roof leaks").first.wait_for(timeout=4000)
            return True
        return False

    # Wagtail would have saved it half a second after the last key; the preview takes longer.
    wait_until(is_previewed)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    assert page.get_by_role("textbox", name="Heading").input_value() == "The roof leaks"
