"""Receipts in a browser: one for a gift, taken back; then those of a year, which go on alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from browser.conftest import PASSWORD, USER, Served
from browser.editor import Editor
from handpress.lib import clock

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.fixture
def editor(browser: Browser, served: Served) -> Iterator[Editor]:
    page = browser.new_page(viewport={"width": 1500, "height": 950})
    editor = Editor(page, served.url)
    editor.sign_in(USER, PASSWORD)
    yield editor
    assert editor.troubles == []
    page.close()


def record(editor: Editor, amount: str, name: str, day: str) -> None:
    page = editor.page
    editor.go_to("Donations, Gifts")
    page.get_by_role("link", name="Record a gift").first.click()
    page.get_by_label("Amount").fill(amount)
    page.get_by_label("Currency").select_option("EUR")
    page.get_by_label("Day").fill(day)
    page.get_by_label("Donor’s name").fill(name)
    page.get_by_role("button", name="Record the gift").click()
    editor.message("is in the books.")


def test_from_the_first_receipt_to_those_of_a_year(editor: Editor) -> None:
    page = editor.page
    year = clock.now().year - 1
    editor.go_to("Donations, Sponsors and ways to give")
    page.get_by_role("link", name="Add a sponsor").click()
    page.get_by_label("Legal name").fill("Readers of the Proof")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Cash for Readers of the Proof").click()
    page.get_by_role("button", name="Save").click()
    editor.message("“Cash” is saved.")
    record(editor, "1.250,00", "Ann Example", f"{year}-03-01")

    page.get_by_role("link", name="Write a receipt").click()
    page.get_by_label("Address").fill("1 Quay\nPort")
    page.get_by_role("button", name="Write the receipt").click()
    editor.message(f"Receipt {year}-1 is written.")
    page.get_by_label("The receipt", exact=True).get_by_text("Ann Example").wait_for()
    page.get_by_role("link", name="Take it back").click()
    page.get_by_label("Reason").fill("a wrong name")
    page.get_by_role("button", name="Take it back").click()
    editor.message(f"Receipt {year}-1 is taken back by {year}-2.")

    record(editor, "10", "Ben Example", f"{year}-03-02")
    editor.go_to("Donations, Receipts")
    page.get_by_role("link", name="Receipts of a year").click()
    page.get_by_text("0 of 2 annual receipts are written").wait_for()
    page.get_by_role("button", name="Write 2 receipts").click()
    editor.message("2 receipts of this year are written.")
    page.get_by_text("2 of 2 annual receipts are written").wait_for()
    editor.go_to("Donations, Receipts")
    page.get_by_label("Number, such as 2026-17").fill(f"{year}-4")
    page.get_by_label("Number, such as 2026-17").press("Enter")
    page.get_by_role("row", name=f"{year}-4 €10.00 Ben Example").wait_for()
