"""The treasurer's way in a browser: a gift is recorded and given back, a sponsor is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from browser.conftest import PASSWORD, USER, Served
from browser.editor import Editor

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def editor(browser: Browser, served: Served) -> Iterator[Editor]:
    page = browser.new_page(viewport={"width": 1500, "height": 950})
    editor = Editor(page, served.url)
    editor.sign_in(USER, PASSWORD)
    yield editor
    assert editor.troubles == []
    page.close()


@pytest.fixture
def donor(browser: Browser, served: Served) -> Iterator[Page]:
    context = browser.new_context(base_url=served.url, java_script_enabled=False)
    yield context.new_page()
    context.close()


def shown(page: Page) -> str:
    return page.get_by_role("main").inner_text()


def promise(page: Page, amount: str) -> str:
    """Promise a gift from `/donate/` on; return the address of its page."""
    page.goto("donate/")
    page.get_by_label("Amount", exact=True).fill(amount)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("radio").first.check()
    page.get_by_role("button").first.click()
    page.wait_for_url("**/-/gift/**")
    return page.url


def test_from_the_first_sponsor_to_the_loss_of_it(editor: Editor, donor: Page) -> None:
    page = editor.page
    editor.go_to("Donations, Sponsors and ways to give")
    page.get_by_role("link", name="Add a sponsor").click()
    page.get_by_label("Legal name").fill("Readers of the Proof")
    page.get_by_role("button", name="Save").click()
    editor.message("“Readers of the Proof” is saved.")
    page.get_by_role("link", name="Bank transfer for Readers of the Proof").click()
    page.get_by_label("IBAN, or account number").fill("GB82 WEST 1234 5698 7654 33")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The check digits of this IBAN do not fit").wait_for()
    page.get_by_label("IBAN, or account number").fill("GB82 WEST 1234 5698 7654 32")
    page.get_by_role("button", name="Save").click()
    editor.message("“Bank transfer” is saved.")
    editor.sees("donate/", "Next you choose how to send it")
    gift = promise(donor, "25")
    assert "GB82 WEST 1234 5698 7654 32" in shown(donor)

    editor.go_to("Donations, Gifts")
    page.get_by_role("link", name="Record a gift").first.click()
    page.get_by_label("Amount").fill("1.250,00")
    page.get_by_label("Currency").select_option("EUR")
    page.get_by_role("button", name="Record the gift").click()
    editor.message("€1,250.00 is in the books.")
    page.get_by_role("link", name="Give back").click()
    page.get_by_label("Amount given back").fill("250")
    page.get_by_role("button", name="Record the refund").click()
    editor.message("The refund is in the books.")
    editor.go_to("Donations, Overview")
    page.get_by_role("row", name="Both sides are even €1,250.00 €1,250.00").wait_for()

    editor.go_to("Donations, Sponsors and ways to give")
    page.get_by_role("link", name="Suspend and hand over Readers of the Proof").click()
    page.get_by_label("Legal name").fill("A New Body")
    page.get_by_label("IBAN, or account number").fill("DE89370400440532013000")
    page.get_by_role("button", name="Suspend and hand over").click()
    editor.message("“A New Body” receives gifts from now on.")
    # Who kept the page of a gift is not shown the lost account any more.
    donor.goto(gift)
    assert "GB82" not in shown(donor)
    promise(donor, "40")
    assert "DE89 3704 0044 0532 0130 00" in shown(donor)
    assert "GB82" not in editor.read("donate/")[1]
