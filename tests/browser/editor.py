"""An editor at the desk in a real browser, who finds everything by its role and label."""

from __future__ import annotations

import re
import urllib.request
from typing import TYPE_CHECKING
from urllib.error import HTTPError

import pytest

from servers import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

PATIENCE_MS = 45_000
PUBLISH = re.compile("^(Publish|Schedule to publish)$")


# What is typed in a form's first two seconds Wagtail takes for what it opened with.
_WATCHED = """
document.addEventListener("w-unsaved:watch-edits", () => {
  document.documentElement.dataset.watched = "";
});
"""
_HANDED_OVER = """
(text) => [...document.querySelectorAll("[name^=body-][name$=-value]")]
  .some((one) => one.value.includes(text))
"""


class Editor:
    """A page of the desk, and a reader's view of the public site."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.troubles: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.add_init_script(_WATCHED)
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self._note(str(error)))
        page.on("response", self._note_answer)

    def _note_console(self, message: object) -> None:
        if getattr(message, "type", "") == "error":
            self._note(str(getattr(message, "text", "")))

    def _note(self, trouble: str) -> None:
        # Wagtail checks a preview anew while its last check still runs, where a machine is slow.
        if "Axe is already running" not in trouble:
            self.troubles.append(trouble)

    def _note_answer(self, answer: object) -> None:
        url, status = getattr(answer, "url", ""), getattr(answer, "status", 0)
        if not str(url).startswith((self.url, "data:", "blob:")) or status >= 400:
            self.troubles.append(f"{status} {url}")

    def sign_in(self, user: str, password: str) -> None:
        self.page.goto(f"{self.url}desk/")
        self.page.get_by_label("User name or e-mail address").fill(user)
        self.page.get_by_label("Password").first.fill(password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url(f"{self.url}desk/")

    # Desk ---------------------------------------------------------------------------------

    def go_to(self, menu: str) -> None:
        self.page.goto(f"{self.url}desk/")
        menus = self.page.get_by_role("navigation", name="Main menu")
        *above, name = menu.split(", ")
        for each in above:
            menus.get_by_role("button", name=each, exact=True).click()
        menus.get_by_role("link", name=name, exact=True).click()

    def begin(self, menu: str, button: str) -> None:
        """Open an empty form."""
        self.go_to(menu)
        self.page.get_by_role("link", name=button).first.click()
        self.page.get_by_role("navigation", name="Actions (footer)").wait_for()

    def open(self, menu: str, name: str) -> None:
        """Open what is there to edit it."""
        self.go_to(menu)
        self.page.get_by_role("link", name=name, exact=True).first.click()
        self.page.get_by_role("navigation", name="Actions (footer)").wait_for()

    def wait_until_watched(self) -> None:
        """From here on, every change is seen by the preview, the autosave and the guard."""
        self.page.locator("html[data-watched]").wait_for()

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            label = name.replace("_", " ").capitalize()
            self.page.get_by_role("textbox", name=label).first.fill(value)

    def write_text(self, text: str) -> None:
        """Add a block of text to the body, typing as a person does."""
        body = self.page.get_by_role("region", name="Body")
        body.get_by_role("button", name="Insert a block").click()
        self.page.get_by_role("option", name="Text").click()
        words = body.get_by_role("textbox").last
        words.click()
        words.press_sequentially(text)
        # The editor hands over what was typed a quarter of a second after the last key.
        self.page.wait_for_function(_HANDED_OVER, arg=text)

    def choose_topic(self, name: str) -> None:
        """Type the name, press Enter, and see it in the list."""
        field = self.page.get_by_role("combobox", name="Add to topics")
        field.fill(name)
        field.press("Enter")
        self.page.get_by_role("list", name="Topics").get_by_text(name, exact=True).wait_for()

    def schedule(self, moment: str) -> None:
        # The desk remembers which panel was open last.
        toggle = self.page.get_by_role("button", name="Toggle status")
        if toggle.get_attribute("aria-expanded") != "true":
            toggle.click()
        self.page.get_by_role("button", name="Set schedule").click()
        self.page.get_by_label("Go live date/time").fill(moment)
        # On to the other date and the button: a calendar covers it for the mouse.
        for key in ("Tab", "Tab", "Enter"):
            self.page.keyboard.press(key)
        self.message("created")

    def publish(self) -> None:
        self.more().get_by_role("button", name=PUBLISH).click()
        self.message("published|scheduled")

    def unpublish(self) -> None:
        self.more().get_by_role("link", name="Unpublish").click()
        self.page.get_by_role("button", name="Yes, unpublish").click()
        self.message("unpublished")

    def save(self) -> None:
        """Save what has no drafts."""
        # By key: a calendar that has opened may cover it for the mouse.
        self.page.get_by_role("button", name="Save", exact=True).press("Enter")
        self.message("created|updated")

    def more(self) -> Locator:
        actions = self.page.get_by_role("navigation", name="Actions (footer)")
        actions.get_by_role("button", name="More actions").click()
        return actions

    def message(self, words: str) -> None:
        said = self.page.get_by_role("status").get_by_text(re.compile(words))
        said.first.wait_for()

    # The public site ----------------------------------------------------------------------

    def read(self, path: str) -> tuple[int, str]:
        """Return status and text of a public page, following redirects."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=20) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def sees(self, path: str, words: str, *, status: int = 200, patience_s: float = 20.0) -> None:
        """Wait until a reader sees the words at the address."""

        last = (0, "")

        def is_there() -> bool:
            nonlocal last
            last = self.read(path)
            return last[0] == status and words in last[1]

        try:
            wait_until(is_there, patience_s=patience_s)
        except AssertionError:
            pytest.fail(f"/{path} answers {last[0]} without {words!r}:\n{last[1]}")
