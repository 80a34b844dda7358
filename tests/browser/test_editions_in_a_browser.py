"""An edition on the desk, in a browser: put in order, looked at on a phone, called off."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from browser.conftest import PASSWORD, USER, Served
from browser.editor import Editor

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

_ROWS = """
from datetime import timedelta
from handpress.digest.candidates import headings, pieces_of
from handpress.digest.core.compose import compose
from handpress.digest.models import Edition
from handpress.lib import clock
from handpress.newsroom.models import Article
for number in (1, 2, 3):
    Article(headline=f"Story {number}", excerpt="A sentence.", live=True).save()
now = clock.now()
found = pieces_of([str(uuid) for uuid in Article.objects.values_list("uuid", flat=True)])
contents = compose(found.values(), headings=headings())
Edition.objects.create(
    frequency=1, edition_on=now.date() + timedelta(days=30), subject=contents.subject,
    contents=contents.as_json(), covers_from=now, covers_to=now,
    send_at=now + timedelta(days=30), deadline_at=now + timedelta(days=31),
)
"""


@pytest.fixture(scope="module")
def signed_in(browser: Browser, served: Served) -> Iterator[Editor]:
    environ = {**os.environ, "HANDPRESS_NEWSROOM": str(served.folder)}
    fill = [sys.executable, "-m", "handpress", "manage", "shell", "--no-imports", "-c", _ROWS]
    subprocess.run(fill, env=environ, check=True)
    page = browser.new_page(viewport={"width": 1500, "height": 950})
    editor = Editor(page, served.url)
    editor.sign_in(USER, PASSWORD)
    yield editor
    page.close()


@pytest.fixture
def page(signed_in: Editor) -> Iterator[Page]:
    """The edition's page, of which the browser must have nothing to complain at the end."""
    signed_in.troubles.clear()
    signed_in.page.goto(f"{signed_in.url}desk/digest/editions/")
    signed_in.page.get_by_role("table").get_by_role("link").first.click()
    signed_in.page.get_by_role("heading", name="Daily").wait_for()
    yield signed_in.page
    assert signed_in.troubles == []


def mail_of(page: Page) -> list[str]:
    """Return the headlines in the preview, in order."""
    mail = page.frame_locator("iframe")
    mail.get_by_role("heading", level=1).wait_for()
    return [one.strip() for one in mail.locator(".lead h2 a, .piece h3 a").all_inner_texts()]


def test_an_editor_moves_articles_with_the_arrows(page: Page) -> None:
    before = mail_of(page)
    lead, second = before[0], before[1]
    page.get_by_role("button", name=f"Move “{second}” up").click()
    page.get_by_label("A note from the editors").fill("Good morning")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved. The preview shows what will go.").wait_for()
    assert mail_of(page)[:2] == [second, lead]
    page.frame_locator("iframe").get_by_text("Good morning").wait_for()


def test_an_article_is_taken_out_and_brought_back(page: Page) -> None:
    last = mail_of(page)[-1]
    for wanted in (False, True):
        page.get_by_role("checkbox", name=last, exact=True).set_checked(wanted)
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_text("Saved. The preview shows what will go.").wait_for()
        assert (last in mail_of(page)) is wanted


def test_the_preview_is_seen_on_a_dark_phone_and_as_text(page: Page) -> None:
    frame = page.frame_locator("iframe")
    page.get_by_role("radio", name="Phone").check()
    page.get_by_role("radio", name="Dark").check()
    sheet = frame.locator(".sheet")
    sheet.wait_for()
    page.wait_for_function("document.querySelector('iframe').getBoundingClientRect().width < 400")
    frame.locator("html[lang]").wait_for()
    page.get_by_role("radio", name="Text").check()
    frame.get_by_text("Unsubscribe:").wait_for()
    page.reload()
    assert page.get_by_role("radio", name="Text").is_checked()


def test_it_is_held_and_called_off(page: Page) -> None:
    page.get_by_role("button", name="Hold").click()
    page.get_by_text("Held. It is not sent until").wait_for()
    page.get_by_role("button", name="Call off").click()
    page.get_by_text("Its articles will be in the next edition.").wait_for()
    page.get_by_role("button", name="Bring it back").click()
    page.get_by_text("Composed anew").wait_for()
