"""A reporter submits, an editor sends back with a comment, then approves: readers see it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from browser.conftest import PASSWORD, Served
from browser.editor import Editor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

_STAFF = f"""
from django.contrib.auth.models import Group
from handpress.accounts.models import User
for name, role in (("rena", "Reporter"), ("edda", "Editor")):
    user = User.objects.create_user(name, name + "@proof.example", "{PASSWORD}")
    user.groups.add(Group.objects.get(name=role))
"""


@pytest.fixture(scope="module")
def people(browser: Browser, served: Served) -> tuple[Editor, Editor]:
    """A reporter and an editor, each signed in, in a browser of their own."""
    environ = {**os.environ, "HANDPRESS_NEWSROOM": str(served.folder)}
    fill = [sys.executable, "-m", "handpress", "manage", "shell", "--no-imports", "-c", _STAFF]
    subprocess.run(fill, env=environ, check=True)
    both = []
    for name in ("rena", "edda"):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        one = Editor(context.new_page(), served.url)
        one.sign_in(name, PASSWORD)
        both.append(one)
    return both[0], both[1]


def test_submit_review_publish(people: tuple[Editor, Editor]) -> None:
    reporter, editor = people
    menu = reporter.page.get_by_role("navigation", name="Main menu")
    assert menu.get_by_role("link", name="Topics", exact=True).count() == 0
    reporter.begin("Articles", "Add article")
    reporter.fill(headline="Who opened the lock", excerpt="Somebody did.")
    reporter.more().get_by_role("button", name="Submit to Review").click()
    reporter.message("submitted for moderation")

    editor.page.goto(f"{editor.url}desk/")
    editor.page.get_by_role("link", name="Who opened the lock").first.click()
    editor.more().get_by_role("button", name="Request changes").click()
    dialog = editor.page.get_by_role("dialog")
    dialog.get_by_label("Comment").fill("Who says so?")
    dialog.get_by_role("button", name=re.compile("Request changes|Submit")).click()
    dialog.wait_for(state="detached")

    reporter.open("Articles", "Who opened the lock")
    reporter.page.get_by_text("asks for changes: “Who says so?”").wait_for()
    reporter.fill(headline="The keeper opened the lock")
    reporter.more().get_by_role("button", name="Resubmit to Editors").click()
    reporter.message("submitted for moderation")

    editor.open("Articles", "The keeper opened the lock")
    editor.more().get_by_role("button", name="Approve and Publish").click()
    path = f"{datetime.now(UTC):%Y/%m}/the-keeper-opened-the-lock.html"
    editor.sees(path, "The keeper opened the lock")
    editor.go_to("History")
    editor.page.get_by_text("Published", exact=False).first.wait_for()
    assert reporter.troubles == []
    # The form saves by itself, and is refused where the approval has just saved it: as it should.
    assert [one for one in editor.troubles if "400" not in one] == []
