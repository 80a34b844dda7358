"""Topics and the front page, as an editor does them in a browser, and what readers see then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from browser.conftest import PASSWORD, USER, Served
from browser.editor import Editor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def signed_in(browser: Browser, served: Served) -> Iterator[Editor]:
    page = browser.new_page(viewport={"width": 1500, "height": 950})
    editor = Editor(page, served.url)
    editor.sign_in(USER, PASSWORD)
    yield editor
    page.close()


@pytest.fixture
def editor(signed_in: Editor) -> Iterator[Editor]:
    """The editor, whose browser must have nothing to complain of at the end."""
    signed_in.troubles.clear()
    yield signed_in
    assert signed_in.troubles == []


def choose_action(editor: Editor, topic: str, action: str) -> None:
    """Open what the three dots beside a topic in the list offer."""
    editor.go_to("Topics")
    editor.page.get_by_role("button", name=f"More options for '{topic}'").click()
    editor.page.get_by_role("link", name=action).click()


def test_a_topic_is_split_by_words(editor: Editor) -> None:
    choose_action(editor, "Water", "Split")
    page = editor.page
    page.get_by_label("Words").fill("old story")
    page.get_by_role("button", name="Find articles").click()
    page.get_by_role("checkbox", name="An old story").check()
    page.get_by_label("File them under").fill("Wells")
    page.get_by_label("Keep them in “Water” too").check()
    page.get_by_role("button", name="Show what will happen").click()
    page.get_by_role("heading", name="1 article of “Water”").wait_for()
    page.get_by_text("a new topic").wait_for()
    page.get_by_role("button", name="Yes, split").click()
    editor.message("1 article is now filed under “Wells”")
    editor.sees("topics/wells/", "An old story")
    editor.sees("topics/water/", "An old story")


def test_topics_are_put_in_order_with_the_keyboard(editor: Editor) -> None:
    editor.go_to("Topics")
    page = editor.page
    page.get_by_role("button", name="Actions").first.click()
    page.get_by_role("link", name="Put topics in order").click()
    handle = page.get_by_role("row", name="Wells").get_by_role("button", name="Drag")
    handle.focus()
    for key in ("ArrowUp", "Enter"):
        page.keyboard.press(key)
    editor.message("'Wells' has been moved successfully")
    page.reload()
    names = page.get_by_role("row").all_inner_texts()
    assert [name for name in names if "Wells" in name] == [names[1]]
    editor.sees("topics/", "Wells")


def test_a_topic_is_merged_into_one_that_is_typed(editor: Editor) -> None:
    choose_action(editor, "Water", "Merge into another topic")
    page = editor.page
    page.get_by_label("Merge into").fill("wel")
    page.get_by_role("button", name="Show what will happen").click()
    page.get_by_text("There is no topic “wel”. Did you mean “Wells”?").wait_for()
    page.get_by_label("Merge into").fill("wells")
    page.get_by_role("button", name="Show what will happen").click()
    page.get_by_role("heading", name="“Water” becomes part of “Wells”").wait_for()
    page.get_by_role("button", name="Yes, merge them").click()
    editor.message("“Water” is now part of “Wells”")
    # The server leads on from the former address.
    editor.sees("topics/water/", "Wells</h1>")
    editor.sees("topics/water/feed.xml", "An old story")


def test_the_front_page_is_chosen_and_seen_before_it_is_printed(editor: Editor) -> None:
    editor.go_to("Front page")
    page = editor.page
    page.get_by_role("button", name="Choose Article").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Words").fill("old")
    dialog.get_by_role("link", name="An old story").click()
    dialog.wait_for(state="detached")
    page.get_by_role("button", name="Toggle preview").click()
    # While it loads anew there are two: the one before, and the one to come.
    preview = page.frame_locator("iframe").last
    preview.get_by_role("heading", name="An old story", level=2).wait_for()
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    editor.message("The front page is saved")
    editor.sees("", "An old story")
