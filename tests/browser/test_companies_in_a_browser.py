"""Donors on a phone who give by a company, once and every month; with script and without, in
English, Korean and Arabic. The company is the demo's: it does not exist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from browser.conftest import Served
from browser.editor import PATIENCE_MS
from browser.test_giving_in_a_browser import _SPEAK, sees, shell
from servers import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

_FIRST = """
from factories import giving
from factories.practicing import practice_rail
from handpress.donations.companies.practice import DEMO_FACT
from handpress.press.state import remember
remember(DEMO_FACT, True)
fees = {"fee_percent": "1.4", "fee_fixed": "0.25", "fee_fixed_minor": 25}
practice_rail(of=giving.sponsor("Friends of the Proof"), details=fees)
"""
_LINK = """
from handpress.donations.letters import plan_link
from handpress.donations.models import Plan
from handpress.lib import clock
print(plan_link(Plan.objects.latest("pk"), clock.now()))
"""
_FORGET = """
from handpress.accounts.models import UseCount
UseCount.objects.all().delete()
"""
_STATE = """
from handpress.donations.models import Plan
print(Plan.objects.latest("pk").state)
"""


@pytest.fixture(scope="module")
def paper(served: Served) -> Served:
    shell(served, _FIRST)
    page = served.folder / "site" / "donate" / "index.html"
    wait_until(lambda: "-/donate" in page.read_text())
    return served


@pytest.fixture(params=[False, True], ids=["no-script", "script"])
def page(browser: Browser, paper: Served, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, java_script_enabled=request.param
    )
    # So many pages of a company from one network look like somebody with stolen cards.
    shell(paper, _FORGET)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    asked: list[str] = []
    blocked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.on("console", lambda said: blocked.append(said.text) if "Policy" in said.text else None)
    yield page
    assert [url for url in asked if not url.startswith(paper.url)] == []
    assert blocked == []
    assert context.cookies() == [], "donors get no cookie"
    context.close()


def comes_to_say(page: Page, words: str) -> None:
    """Look again and again until the page says that."""

    def says() -> bool:
        page.wait_for_timeout(500)
        page.reload()
        return words in page.get_by_role("main").inner_text()

    wait_until(says)


def test_once_with_the_fee(page: Page, paper: Served) -> None:
    page.goto(f"{paper.url}donate/")
    main = page.get_by_role("main")
    main.get_by_role("radio", name="What I write here:").check()
    main.get_by_label("Amount").fill("40")
    main.get_by_role("button", name="Go on").click()
    sees(page, "How would you like to send it?")
    main.get_by_role("radio", name="By practice card, without money").check()
    cover = main.get_by_role("checkbox", name="I also pay the company’s fee")
    assert not cover.is_checked()
    cover.check()
    main.get_by_role("button", name="Go on").click()
    sees(page, "With the company’s fee")
    main.get_by_role("button", name="Give €40.82", exact=True).click()
    sees(page, "Practice: pay nothing")
    main.get_by_role("button", name="Let the card be declined").click()
    sees(page, "Your gift")
    comes_to_say(page, "It was not paid")
    main.get_by_role("button", name="Go on:").click()
    sees(page, "Practice: pay nothing")
    main.get_by_role("button", name="Pay with the practice card").click()
    comes_to_say(page, "It has come. Thank you!")


def test_every_month_and_ended(page: Page, paper: Served) -> None:
    page.goto(f"{paper.url}donate/")
    main = page.get_by_role("main")
    main.get_by_role("group", name="Every month").get_by_role("radio").first.check()
    main.get_by_role("button", name="Go on").click()
    main.get_by_role("radio", name="By practice card, without money").check()
    main.get_by_role("button", name="Go on").click()
    assert "A gift every month needs an address" in main.inner_text()
    main.get_by_label("E-mail address").fill("ada@reader.example")
    main.get_by_role("button", name="Go on").click()
    main.get_by_role("button", name="Pay with the practice card").click()
    comes_to_say(page, "It has come. Thank you!")
    link = shell(paper, _LINK).strip()
    page.goto(f"{paper.url}-/plan/{link}")
    sees(page, "Your monthly gift")
    main.get_by_label("Sum every month").fill("7,50")
    main.get_by_role("button", name="Change the sum").click()
    assert main.get_by_text("€7.50 every month").is_visible()
    main.get_by_role("button", name="End it").click()
    sees(page, "End your monthly gift?")
    main.get_by_role("button", name="Yes, end it").click()
    sees(page, "Your monthly gift")
    assert "It has ended" in main.inner_text()
    assert shell(paper, _STATE).strip() == "cancelled"


_KOREAN = ("매달", "계속", "이메일 주소", "연습용 카드로 내기", "고맙습니다", "매달 보내시는 기부")
_ARABIC = (
    "كل شهر",
    "متابعة",
    "البريد الإلكتروني",
    "ادفعوا ببطاقة التدريب",
    "شكر",
    "تبرّعكم الشهري",
)


@pytest.mark.parametrize(
    ("page", "language", "words"),
    [(True, "ko", _KOREAN), (False, "ar", _ARABIC)],
    ids=["script-ko", "no-script-ar"],
    indirect=["page"],
)
def test_in_another_script(
    page: Page, paper: Served, language: str, words: tuple[str, ...]
) -> None:
    shell(paper, _SPEAK.format(language=language))
    file = paper.folder / "site" / "donate" / "index.html"
    wait_until(lambda: f'lang="{language}"' in file.read_text())
    monthly, on, email, pay, thanks, plan = words
    page.goto(f"{paper.url}donate/")
    main = page.get_by_role("main")
    main.get_by_role("group", name=monthly).get_by_role("radio").first.check()
    main.get_by_role("button", name=on, exact=True).click()
    # Somebody new: whoever gave before keeps the language in which they did.
    main.get_by_label(email).fill(f"{language}@reader.example")
    main.get_by_role("button", name=on, exact=True).click()
    main.get_by_role("button", name=pay).click()
    comes_to_say(page, thanks)
    page.goto(f"{paper.url}-/plan/{shell(paper, _LINK).strip()}")
    sees(page, plan)
    assert page.evaluate("document.documentElement.lang") == language
