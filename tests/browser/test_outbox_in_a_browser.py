"""Mail that stays here, read in a real browser: shown, followed, and able to do nothing."""

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
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

WRITE = """
from handpress.mail.letters import write_letter
from handpress.mail.tasks import send_letters_once
html = (
    "<!doctype html><html lang='en'><head><title>Please confirm</title></head><body>"
    "<h1>Please confirm</h1><p><a href='{url}'>To the front page</a></p>"
    "<script>document.body.textContent = 'A script ran.'</script>"
    "<form action='{url}'><button>Send</button></form></body></html>"
)
for to in ("ana@lantern.example", "ben@lantern.example"):
    write_letter(
        to=to, subject=f"Please confirm, {{to[:3]}}", text="In words.", html=html, kind="confirm"
    )
send_letters_once()
"""


@pytest.fixture
def editor(browser: Browser, served: Served) -> Iterator[Editor]:
    code = WRITE.format(url=served.url)
    command = [sys.executable, "-m", "handpress", "manage", "shell", "--no-imports", "-c", code]
    environ = {**os.environ, "HANDPRESS_NEWSROOM": str(served.folder)}
    subprocess.run(command, env=environ, check=True, stderr=subprocess.DEVNULL)
    context = browser.new_context()
    editor = Editor(context.new_page(), served.url)
    editor.sign_in(USER, PASSWORD)
    yield editor
    context.close()


def test_a_mail_is_read_followed_and_deleted(editor: Editor) -> None:
    page = editor.page
    page.get_by_role("button", name="Digest", exact=True).click()
    page.get_by_role("link", name="Outbox").click()
    page.get_by_role("link", name="Please confirm, ana").click()
    page.get_by_role("heading", name="Please confirm, ana").wait_for()
    frame = page.frame_locator("iframe[title='The message']")
    frame.get_by_role("heading", name="Please confirm").wait_for()
    assert frame.get_by_text("A script ran.").count() == 0
    with page.context.expect_page() as opened:
        frame.get_by_role("link", name="To the front page").click()
    opened.value.wait_for_load_state()
    assert opened.value.url == editor.url
    assert opened.value.evaluate("window.opener") is None
    opened.value.close()
    page.get_by_role("link", name="Text", exact=True).click()
    page.get_by_text("In words.").wait_for()
    page.get_by_role("link", name="Source", exact=True).click()
    page.get_by_text("Delivered-To: ana@lantern.example").wait_for()
    page.get_by_role("button", name="Delete this message").click()
    page.get_by_text("The message was deleted.").wait_for()
    assert page.get_by_role("link", name="Please confirm, ana").count() == 0
    assert page.get_by_role("link", name="Please confirm, ben").count() == 1
