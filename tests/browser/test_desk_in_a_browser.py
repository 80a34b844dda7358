"""Desk to site with nothing between: what is done in a browser is public within seconds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from browser.conftest import PASSWORD, USER, Served
from browser.editor import Editor
from servers import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# One browser and one server for all of them; what is scheduled first is looked at last.
pytestmark = pytest.mark.browser
NBSP = "\u00a0"


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


@pytest.fixture(scope="module")
def soon() -> datetime:
    """The next full minute but for a few seconds: the desk's calendar knows no smaller step."""
    return (datetime.now(UTC) + timedelta(seconds=80)).replace(second=0, microsecond=0)


def test_an_article_is_scheduled(editor: Editor, soon: datetime) -> None:
    editor.begin("Articles", "Add article")
    editor.fill(headline="Under embargo", excerpt="Not before its hour.")
    editor.schedule(f"{soon:%Y-%m-%d %H:%M}")
    editor.publish()
    if datetime.now(UTC) < soon - timedelta(seconds=2):
        assert "Under embargo" not in editor.read("")[1]


def test_an_article_is_written_seen_and_published(editor: Editor) -> None:
    editor.begin("Articles", "Add article")
    editor.wait_until_watched()
    editor.fill(headline="The well is full again", excerpt=f"So they say.{NBSP}")
    editor.write_text("It rained for a week.")
    editor.choose_topic("Water")
    editor.page.get_by_role("button", name="Toggle preview").click()
    # While it loads anew there are two: the one before, and the one to come.
    preview = editor.page.frame_locator("iframe").last
    preview.get_by_role("heading", name="The well is full again", level=1).wait_for()
    preview.get_by_text("It rained for a week.").wait_for()
    preview.get_by_role("link", name="Skip to content").wait_for(state="attached")
    assert "The well is full again" not in editor.read("")[1]

    editor.publish()
    path = f"{datetime.now(UTC):%Y/%m}/the-well-is-full-again.html"
    editor.sees(path, "<p>It rained for a week.</p>")
    editor.sees("topics/water/", f"So they say.{NBSP}</p>")
    editor.sees("", "The well is full again")


def test_it_is_edited_and_taken_down(editor: Editor) -> None:
    path = f"{datetime.now(UTC):%Y/%m}/the-well-is-full-again.html"
    editor.open("Articles", "The well is full again")
    editor.fill(headline="The well is nearly full")
    editor.publish()
    editor.sees(path, "The well is nearly full")
    editor.open("Articles", "The well is nearly full")
    editor.unpublish()
    editor.sees(path, "taken down", status=410)
    editor.sees("topics/water/", "An old story")
    assert "nearly full" not in editor.read("topics/water/")[1]


def test_an_article_that_is_sent_as_it_came_stays_as_it_was(editor: Editor) -> None:
    path = f"{datetime.now(UTC):%Y/%m}/an-old-story.html"
    _, before = editor.read(path)
    _, feed_before = editor.read("feed.xml")
    assert "with a space.&nbsp;</p>" in before
    editor.open("Articles", "An old story")
    editor.publish()
    # The feed says when it was last published, so one knows that the press has been at it.
    wait_until(lambda: editor.read("feed.xml")[1] != feed_before)
    assert editor.read(path)[1] == before


def test_a_topic_is_made_and_moves(editor: Editor) -> None:
    editor.begin("Topics", "Add topic")
    editor.fill(name="Harbour")
    editor.publish()
    editor.sees("topics/harbour/", "Harbour</h1>")
    editor.open("Topics", "Harbour")
    editor.fill(name="The port", slug="the-port")
    editor.publish()
    editor.sees("topics/the-port/", "The port</h1>")
    editor.sees("topics/harbour/", "The port</h1>")
    assert "The port" in editor.read("topics/")[1]


def test_an_appeal_and_a_pitch_are_on_every_page(editor: Editor) -> None:
    pages = {"": 200, "topics/": 200, "topics/water/": 200, "donate/": 200, "nowhere": 404}
    editor.begin("Donations, Campaigns", "Add campaign")
    editor.fill(name="Winter", heading="The roof leaks", starts_at="2021-01-01 00:00")
    editor.fill(full_text=f"Help us mend it.{NBSP}\nIt rains.", compact_text="Help us.")
    editor.save()
    editor.begin("Digest, Pitch", "Add pitch")
    editor.fill(heading="By mail", text="Every evening.")
    editor.save()
    for page, status in pages.items():
        editor.sees(page, "Every evening.</p>", status=status)
        assert f"<p>Help us mend it.{NBSP}</p>" in editor.read(page)[1]
    editor.open("Digest, Pitch", "By mail")
    editor.fill(text="Every morning.")
    editor.save()
    for page, status in pages.items():
        editor.sees(page, "Every morning.</p>", status=status)


def test_what_was_scheduled_has_appeared(editor: Editor, soon: datetime) -> None:
    left_s = max(0.0, (soon - datetime.now(UTC)).total_seconds())
    path = f"{soon:%Y/%m}/under-embargo.html"
    editor.sees(path, "Not before its hour.", patience_s=left_s + 20)
    editor.sees("", "Under embargo")
