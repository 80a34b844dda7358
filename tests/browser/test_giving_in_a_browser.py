"""Donors on a phone: with script and without, in English, Korean and Arabic."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from browser.conftest import Served
from browser.editor import PATIENCE_MS
from servers import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

_FIRST = """
from datetime import timedelta
from factories import giving
from handpress.lib import clock
new = giving.sponsor("Readers of the Proof")
giving.rail("bank", of=new, account_ref=giving.OTHER_IBAN)
giving.rail("cheque", of=new)
giving.campaign(goal_minor=100_000, raised_minor=62_000, starts_at=clock.now() - timedelta(days=1))
"""
_SPEAK = """
from handpress.newsroom.models import Outlet
Outlet.objects.update_or_create(pk=1, defaults={{"language": "{language}"}})
"""
_RECORD = """
from factories import giving
from handpress.donations.models import Pledge
pledge = Pledge.objects.latest("pk")
key, came = pledge.reference, pledge.amount_minor
giving.gift(pledge.rail, came, key, pledge=pledge, campaign=pledge.campaign)
"""


def shell(served: Served, code: str) -> str:
    """Run code in the newsroom's own process; return what it printed."""
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "HANDPRESS_NEWSROOM": str(served.folder),
        "HANDPRESS_NEWSROOM_ADDRESS": served.url,
    }
    argv = [sys.executable, "-m", "handpress", "manage", "shell", "--no-imports", "-c", code]
    return subprocess.run(argv, env=environ, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def paper(served: Served) -> Served:
    """The newsroom with an account, an address for cheques and a campaign at 62 %."""
    shell(served, _FIRST)
    page = served.folder / "site" / "donate" / "index.html"
    wait_until(lambda: "-/donate" in page.read_text())
    return served


@pytest.fixture(params=[False, True], ids=["no-script", "script"])
def page(browser: Browser, paper: Served, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, java_script_enabled=request.param
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    yield page
    assert [url for url in asked if not url.startswith(paper.url)] == []
    assert context.cookies() == [], "donors get no cookie"
    context.close()


def sees(page: Page, heading: str) -> None:
    """Stand before a page with that heading, which fits on the phone."""
    page.get_by_role("heading", name=heading, level=1, exact=True).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, page.url


def test_from_the_appeal_to_the_thanks(page: Page, paper: Served) -> None:
    drawing = paper.folder / "site" / "appeal" / "progress.svg"
    wait_until(lambda: drawing.exists() and "of €1,000" in drawing.read_text())
    before = drawing.read_text()
    page.goto(paper.url)
    main = page.get_by_role("main")
    page.get_by_role("link", name="Give", exact=True).first.click()
    sees(page, "Ways to give")
    assert page.get_by_role("radio", checked=True).count() == 1
    assert page.get_by_role("radio", name="Once", checked=True).count() == 1
    main.get_by_role("radio", name="What I write here:").check()
    main.get_by_label("Amount").fill("twelve")
    main.get_by_role("button", name="Go on").click()
    sees(page, "Give")
    assert "“twelve” cannot be read as an amount" in main.get_by_role("alert").inner_text()
    assert main.get_by_label("Amount").input_value() == "twelve"
    main.get_by_label("Amount").fill("1.234,50")
    main.get_by_role("button", name="Go on").click()
    sees(page, "How would you like to send it?")
    assert main.get_by_text("€1,234.50", exact=True).is_visible()
    assert main.get_by_role("radio", checked=True).count() == 0
    main.get_by_role("radio", name="By bank transfer").check()
    main.get_by_role("button", name="Show me how").click()
    sees(page, "How to send your gift")
    assert main.get_by_text("DE89 3704 0044 0532 0130 00").is_visible()
    assert main.locator("figure svg").bounding_box()
    here = page.url
    page.go_back()
    main.get_by_role("radio", name="By cheque").check()
    main.get_by_role("button", name="Show me how").click()
    sees(page, "How to send your gift")
    assert main.get_by_text("Print this page").is_visible()
    assert page.url != here

    shell(paper, _RECORD)
    page.reload()
    sees(page, "Thank you!")
    # One file follows the gift, whatever the number of pages.
    wait_until(lambda: drawing.read_text() != before)


_KOREAN = ("매달", "계속", "어떻게 보내시겠습니까?", "방법 보기", "후원금을 보내는 방법")
_ARABIC = ("كل شهر", "متابعة", "كيف تريدون إرسالها؟", "أروني كيف", "كيف ترسلون تبرّعكم")


@pytest.mark.parametrize(("language", "words"), [("ko", _KOREAN), ("ar", _ARABIC)])
def test_in_another_script(
    page: Page, paper: Served, language: str, words: tuple[str, ...]
) -> None:
    shell(paper, _SPEAK.format(language=language))
    file = paper.folder / "site" / "donate" / "index.html"
    wait_until(lambda: f'lang="{language}"' in file.read_text())
    monthly, on, how, show, send = words
    page.goto(f"{paper.url}donate/")
    main = page.get_by_role("main")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    main.get_by_role("group", name=monthly).get_by_role("radio").first.check()
    main.get_by_role("button", name=on).click()
    sees(page, how)
    main.get_by_role("button", name=show).click()
    sees(page, send)
    assert page.evaluate("document.documentElement.lang") == language
    account = main.get_by_text("DE89 3704 0044 0532 0130 00")
    assert account.evaluate("each => each.dir") == "ltr"
