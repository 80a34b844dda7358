"""Deliverability in a browser: looking without a sender, and at a message that arrived."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from browser.conftest import PASSWORD, USER, Served
from browser.editor import Editor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

ARRIVED = b"""\
Received: from relay.example by mx.harbour.example; 1 Dec 2026 06:00:00 +0000
Authentication-Results: mx.harbour.example; spf=pass; dkim=pass; dmarc=pass
Content-Type: text/html

<a href="https://click.relay.example/?url=https%3A%2F%2Fleadline.example">The ferry</a>
<img src="https://open.relay.example/o.gif" width="1" height="1">
"""


@pytest.fixture
def editor(browser: Browser, served: Served) -> Iterator[Editor]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    editor = Editor(page, served.url)
    editor.sign_in(USER, PASSWORD)
    yield editor
    assert editor.troubles == []
    page.close()


def test_looking_and_choosing_a_message(editor: Editor) -> None:
    page = editor.page
    page.get_by_role("button", name="Digest", exact=True).click()
    page.get_by_role("link", name="Deliverability").click()
    page.get_by_role("button", name="Look now").click()
    page.get_by_text("no address that mail comes from is named").wait_for()
    page.get_by_label("The message as it arrived").set_input_files(
        {"name": "arrived.eml", "mimeType": "message/rfc822", "buffer": ARRIVED}
    )
    page.get_by_role("button", name="Look at it").click()
    status = page.get_by_role("status")
    status.get_by_text("links were rewritten on the way").wait_for()
    status.get_by_text("pictures were put in that tell somebody who reads").wait_for()


def test_returned_mail_says_that_nothing_came(editor: Editor) -> None:
    page = editor.page
    page.goto(f"{editor.url}desk/returned/")
    page.get_by_role("heading", name="Returned mail").wait_for()
    page.get_by_text("Nothing of this kind has come back.").wait_for()
