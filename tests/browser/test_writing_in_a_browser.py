"""A reporter writes by keyboard alone; bad input is told at its field, and nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from browser.conftest import PASSWORD, USER, Served
from browser.editor import Editor

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

pytestmark = pytest.mark.browser
SENTENCE = "It rained for a week, said Dr. Quill of St. Orle, and then it stopped."


@pytest.fixture(scope="module")
def signed_in(browser: Browser, served: Served) -> Iterator[Editor]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
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


def tab_to(editor: Editor, aim: Locator, *, key: str = "Tab", most: int = 60) -> None:
    """Press a key until the aim has the focus, as one does who has no mouse."""
    for _ in range(most):
        if aim.count() and aim.first.evaluate("one => one === document.activeElement"):
            return
        editor.page.keyboard.press(key)
    pytest.fail(f"{aim} cannot be reached with {key}")


def test_an_article_is_written_and_published_without_a_mouse(editor: Editor) -> None:
    page, keys = editor.page, editor.page.keyboard
    page.goto(f"{editor.url}desk/snippets/newsroom/article/add/")
    tab_to(editor, page.get_by_role("textbox", name="Headline"))
    keys.type("Seven days of rain")
    excerpt = page.get_by_role("textbox", name="Excerpt")
    tab_to(editor, excerpt)
    keys.type("Mine.")
    page.get_by_text("1 word: 69 too few. Good are 70 to 160.").first.wait_for()

    body = page.get_by_role("region", name="Body")
    tab_to(editor, body.get_by_role("button", name="Insert a block"))
    keys.press("Enter")
    page.get_by_role("option", name="Text").wait_for()
    keys.press("Tab")
    keys.type("Text")
    keys.press("Enter")
    words = body.get_by_role("textbox").last
    tab_to(editor, words)
    for _ in range(7):
        keys.insert_text(f"{SENTENCE} ")

    tab_to(editor, page.get_by_role("button", name="Take the first sentences"), key="Shift+Tab")
    keys.press("Enter")
    page.get_by_role("status").get_by_text("The first sentences of the body").wait_for()
    assert excerpt.input_value() == " ".join([SENTENCE] * 5)
    tab_to(editor, page.get_by_role("button", name="Put the former excerpt back"))
    keys.press("Enter")
    assert excerpt.input_value() == "Mine."
    tab_to(editor, page.get_by_role("button", name="Take the first sentences"))
    keys.press("Enter")
    page.get_by_text("75 words: a good length.").first.wait_for()

    topics = page.get_by_role("list", name="Topics")
    field = page.get_by_role("combobox", name="Add to topics")
    tab_to(editor, field)
    keys.type("wat")
    keys.press("Enter")
    topics.get_by_text("Water", exact=True).wait_for()
    keys.type("Weather")
    page.get_by_role("option", name="Add “Weather” a new topic").wait_for()
    keys.press("Enter")
    assert topics.get_by_role("listitem").count() == 1
    keys.press("ArrowDown")
    keys.press("Enter")
    topics.get_by_text("Weather", exact=True).wait_for()
    tab_to(editor, page.get_by_role("button", name="Move Weather up"), key="Shift+Tab")
    keys.press("Enter")
    page.get_by_role("status").get_by_text("Weather: number 1 of 2.").wait_for()
    assert "primary" in topics.get_by_role("listitem").first.inner_text()

    more = page.get_by_role("navigation", name="Actions (footer)")
    tab_to(editor, more.get_by_role("button", name="More actions"))
    keys.press("Enter")
    tab_to(editor, more.get_by_role("button", name="Publish", exact=True))
    keys.press("Enter")
    editor.message("published")
    path = f"{datetime.now(UTC):%Y/%m}/seven-days-of-rain.html"
    editor.sees(path, "It rained for a week")
    editor.sees("topics/weather/", "Seven days of rain")
    editor.sees("topics/water/", "Seven days of rain")


def test_bad_input_is_told_at_its_field_and_nothing_is_lost(editor: Editor) -> None:
    page = editor.page
    editor.begin("Articles", "Add article")
    editor.fill(headline="Nothing lost", excerpt="Every word of it.")
    editor.choose_topic("Water")
    editor.write_text("A first paragraph.")
    page.get_by_role("tab", name="Publish").click()
    page.get_by_role("combobox", name="Language").fill("not a tag")
    page.get_by_role("textbox", name="Slug").fill("an-odd-one")
    page.get_by_text("an-odd-one.html").wait_for()
    page.get_by_role("tab", name="Credit").click()
    who = page.get_by_role("combobox", name="Add to contributors")
    who.fill("Nova Lane")
    page.get_by_role("option", name=re.compile("Add “Nova Lane”")).wait_for()
    who.press("ArrowDown")
    who.press("Enter")
    page.get_by_role("list", name="Contributors").get_by_text("Nova Lane").wait_for()
    page.get_by_role("textbox", name="Role").fill("Photographs")
    editor.more().get_by_role("button", name="Publish", exact=True).click()
    page.get_by_text("due to errors").first.wait_for()
    page.get_by_role("tab", name="Publish").click()
    page.get_by_text("is no language tag").first.wait_for()

    assert page.get_by_role("combobox", name="Language").input_value() == "not a tag"
    assert page.get_by_role("textbox", name="Slug").input_value() == "an-odd-one"
    page.get_by_role("combobox", name="Language").fill("ar")
    page.get_by_text("written from right to left").wait_for()
    page.get_by_role("tab", name="Write").click()
    assert page.get_by_role("textbox", name="Headline").input_value() == "Nothing lost"
    assert page.get_by_role("textbox", name="Excerpt").input_value() == "Every word of it."
    assert page.get_by_role("textbox", name="Excerpt").get_attribute("dir") == "rtl"
    page.get_by_text("A first paragraph.").first.wait_for()
    page.get_by_role("list", name="Topics").get_by_text("Water", exact=True).wait_for()
    editor.publish()
    path = f"{datetime.now(UTC):%Y/%m}/an-odd-one.html"
    editor.sees(path, "Nova Lane</span> (Photographs)")
    editor.sees(path, 'dir="rtl"')
    # The form saved itself as one wrote, and was told that it could not: no trouble here.
    editor.troubles[:] = [one for one in editor.troubles if "400" not in one]


def test_the_script_counts_words_as_the_server_does(editor: Editor) -> None:
    editor.begin("Articles", "Add article")
    for text, words in (
        ("昨日は雨だった。", 7),
        ("It’s mother-in-law’s — yes", 3),
        ("هطل المطر أمس.", 3),
    ):
        editor.page.get_by_role("textbox", name="Excerpt").fill(text)
        editor.page.get_by_text(f"{words} words:").first.wait_for()


def test_the_checks_look_at_the_page_that_readers_get(editor: Editor) -> None:
    editor.open("Articles", "An old story")
    editor.page.get_by_role("button", name="Toggle checks").click()
    panel = editor.page.get_by_role("heading", name="Content metrics").locator("..")
    # Counted by the script that runs in the preview: a dash stands there until it has.
    panel.get_by_text(re.compile("^[0-9]+$")).first.wait_for()


# The draft is stored, and its form does not know it yet.
_SLOW_ANSWERS = """
() => {
  const ask = window.fetch;
  window.fetch = async (address, how) => {
    const answer = await ask(address, how);
    if (how?.headers?.Accept === "application/json") {
      window.isStored = true;
      await new Promise((go) => setTimeout(go, 2000));
    }
    return answer;
  };
}
"""


def test_what_is_published_while_it_saves_itself_is_there_once(editor: Editor) -> None:
    page, headline = editor.page, "Once and no more"
    editor.begin("Articles", "Add article")
    editor.wait_until_watched()
    page.evaluate(_SLOW_ANSWERS)
    editor.fill(headline=headline)
    page.wait_for_function("() => window.isStored")
    editor.fill(excerpt="Typed while it was saving itself.")
    editor.publish()
    editor.sees("", "Typed while it was saving itself.")
    page.get_by_label("Search term").fill(headline)
    page.get_by_text("1 match").first.wait_for()
    assert page.get_by_role("link", name=headline, exact=True).count() == 1
