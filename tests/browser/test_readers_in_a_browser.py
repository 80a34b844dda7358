"""A reader of the digest on a phone, with scripts off: from the pitch to having been erased."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup

from browser.conftest import Served
from browser.editor import PATIENCE_MS
from servers import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.browser

PITCH = "The harbour, by mail"
_FIRST = f"""
from handpress.digest.models import Pitch
from handpress.newsroom.actions import set_topics
from handpress.newsroom.models import Article, Topic
from django.utils.timezone import now
Pitch.objects.create(heading="{PITCH}", text="Before it is too late.")
water, air = Topic.objects.get(name="Water"), Topic.objects.create(name="Air")
for number in range(6):
    article = Article(headline=f"Story {{number}}", excerpt="It rained.", live=True,
        published_at=now(), first_published_at=now(), published_precision="exact")
    article.save()
    set_topics(article, [air if number % 2 else water])
"""
_IN_ARABIC = """
from handpress.newsroom.models import Outlet
Outlet.objects.update_or_create(pk=1, defaults={"language": "ar"})
"""
_LEFT_OVER = """
from handpress.digest.models import Consent, Subscriber
rows = Subscriber.objects.filter(confirmed_at__isnull=False)
print([(row.address, row.address_key, row.domain, row.get_state_display()) for row in rows])
print(Consent.objects.filter(subscriber__in=rows).count())
"""


class Reader:
    """Somebody with a phone and a mailbox; nothing but links, labels and buttons helps them."""

    def __init__(self, page: Page, served: Served) -> None:
        self.page = page
        self.served = served
        self.main = page.get_by_role("main")

    def open(self, url: str) -> None:
        """Go to an address of the newsroom."""
        assert url.startswith(self.served.url)
        self.page.goto(url)
        self.look()

    def press(self, name: str, within: Locator | None = None) -> None:
        """Press a button."""
        (within or self.main).get_by_role("button", name=name, exact=True).click()
        self.look()

    def sees(self, heading: str) -> None:
        """Stand before a page with that heading, which fits on the phone."""
        self.page.get_by_role("heading", name=heading, level=1, exact=True).wait_for()
        self.look()

    def look(self) -> None:
        """Find nothing wider than the phone."""
        self.page.wait_for_load_state()
        assert self.page.evaluate("document.documentElement.scrollWidth") <= 390, self.page.url

    def mail(self, address: str, number: int) -> EmailMessage[Any, Any]:
        """Return a mail to an address, counted from 1, once it is there."""
        wait_until(lambda: len(self.mails(address)) >= number)
        return self.mails(address)[number - 1]

    def mails(self, address: str) -> list[EmailMessage[Any, Any]]:
        """Return the mails to an address that lie in the outbox on the disk, oldest first."""
        folder = self.served.folder / "var" / "outbox"
        files = sorted(folder.glob("new/*"), key=lambda each: each.name)
        read = (message_from_bytes(each.read_bytes(), policy=policy.default) for each in files)
        return [each for each in read if address in str(each["To"])]

    def sign_up(self, address: str) -> None:
        """Fill in the form of the page on how to subscribe."""
        self.main.get_by_label("E-mail address").fill(address)
        self.press("Sign up")


def link_in(mail: EmailMessage[Any, Any], name: str) -> str:
    """Return where a link leads that a mail shows under a name."""
    part = mail.get_body(("html",))
    assert part is not None
    links = BeautifulSoup(part.get_content(), "html.parser").find_all("a")
    (found,) = {str(link["href"]) for link in links if link.get_text(strip=True) == name}
    return found


def run(served: Served, *command: str) -> str:
    """Run a verb of `handpress` on the newsroom; return what it prints."""
    environ = {
        **os.environ,
        "HANDPRESS_NEWSROOM": str(served.folder),
        "HANDPRESS_NEWSROOM_ADDRESS": served.url,
    }
    argv = [sys.executable, "-m", "handpress", *command]
    return subprocess.run(argv, env=environ, check=True, capture_output=True, text=True).stdout


def shell(served: Served, code: str) -> str:
    return run(served, "manage", "shell", "--no-imports", "-c", code)


@pytest.fixture(scope="module")
def paper(served: Served) -> Served:
    """The newsroom with a pitch on its pages, two topics and the news of a day."""
    shell(served, _FIRST)
    index = served.folder / "site" / "index.html"
    wait_until(lambda: PITCH in index.read_text() and "Story 5" in index.read_text())
    return served


@pytest.fixture
def reader(browser: Browser, paper: Served) -> Iterator[Reader]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    yield Reader(page, paper)
    assert [url for url in asked if not url.startswith(paper.url)] == []
    assert context.cookies() == [], "readers get no cookie"
    context.close()


def test_a_reader_signs_up_chooses_takes_along_leaves_and_is_erased(reader: Reader) -> None:
    address, page, url = "ada@lantern.example", reader.page, reader.served.url
    reader.open(url)
    pitch = page.get_by_role("region", name=PITCH)
    assert pitch.get_by_text("Before it is too late.").is_visible()
    pitch.get_by_role("link", name="Sign up").click()
    reader.sees("Subscribe")
    assert page.url == f"{url}subscribe/"
    reader.sign_up(address)
    reader.sees("Look into your mail")

    reader.open(link_in(reader.mail(address, 1), "Confirm"))
    reader.sees("Shall it begin?")
    reader.press("Yes, mail me the digest")
    reader.sees("Welcome")

    reader.main.get_by_role("link", name="Choose topics, or how often").click()
    reader.sees("Your digest")
    preferences = page.url
    reader.main.get_by_label("Once a week").check()
    reader.main.get_by_label("Only these topics:").check()
    reader.main.get_by_label("Water").check()
    reader.main.get_by_label("For a week").check()
    reader.main.get_by_label("Language of mails and of this page").select_option(label="한국어")
    reader.press("Save")
    reader.sees("내 소식지")
    assert reader.main.get_by_role("status").inner_text() == "저장했습니다."
    assert reader.main.get_by_label("일주일에 한 번").is_checked()
    assert reader.main.get_by_label("Water").is_checked()
    assert not reader.main.get_by_label("Air").is_checked()
    assert not reader.main.get_by_label("아니요, 계속 받습니다").is_checked()
    reader.main.get_by_label("아니요, 계속 받습니다").check()
    reader.press("저장")
    reader.press("링크를 메일로 받기")
    reader.sees("메일함을 확인해 주세요")

    # Their own data, by a link that comes by mail.
    reader.open(link_in(reader.mail(address, 2), "내 정보"))
    reader.sees("내 정보")
    own = page.url
    assert reader.main.get_by_text(address).is_visible()
    with page.expect_download() as saved:
        reader.main.get_by_role("button", name="파일 저장").click()
    data = json.loads(saved.value.path().read_text(encoding="utf-8"))
    assert address in json.dumps(data)

    # The week's edition, of the chosen topic alone; its link at the foot lets them go.
    run(reader.served, "digest", "compose", "--weekly")
    run(reader.served, "digest", "send", "--weekly", "--now")
    edition = reader.mail(address, 3)
    text = edition.get_body(("plain",))
    assert text is not None
    assert "Story 4" in text.get_content()
    assert "Story 5" not in text.get_content()
    reader.open(link_in(edition, "구독 해지"))
    reader.sees("소식지를 그만 받을까요?")
    reader.press("소식지 그만 받기")
    reader.sees("수신이 중단되었습니다")
    reader.open(preferences)
    assert reader.main.get_by_role("button").count() == 0

    reader.open(own)
    erase = reader.main.get_by_role("button", name="지우기", exact=True)
    erase.click()  # without the tick: the browser does not let it go
    reader.sees("내 정보")
    reader.main.get_by_label("네, 지웁니다").check()
    erase.click()
    reader.sees("지워졌습니다")
    reader.open(own)
    reader.sees("It is erased")
    assert shell(reader.served, _LEFT_OVER).split("\n")[:2] == [
        "[('', None, '', 'was erased')]",
        "0",
    ]


def test_a_slipped_letter_in_the_address_is_asked_about(reader: Reader) -> None:
    reader.open(f"{reader.served.url}subscribe/")
    reader.sign_up("ada@gmail.con")
    reader.sees("Is the address right?")
    reader.press("No, I meant ada@gmail.com")
    reader.sees("Look into your mail")
    assert reader.mail("ada@gmail.com", 1)["Subject"] == "Please confirm: the digest of The Proof"
    assert not reader.mails("ada@gmail.con")


def test_a_paper_in_arabic_speaks_so_from_the_form_to_the_answer(reader: Reader) -> None:
    shell(reader.served, _IN_ARABIC)
    form = reader.served.folder / "site" / "subscribe" / "index.html"
    wait_until(lambda: 'lang="ar"' in form.read_text())
    reader.open(f"{reader.served.url}subscribe/")
    assert reader.page.evaluate("document.documentElement.dir") == "rtl"
    reader.main.get_by_label("عنوان البريد الإلكتروني").fill("nur@lantern.example")
    reader.main.get_by_label("مرة في الأسبوع").check()
    reader.press("سجّلوا")
    reader.sees("انظروا في بريدكم")
    letter = reader.mail("nur@lantern.example", 1)
    assert letter["Content-Language"] == "ar"
    reader.open(link_in(letter, "أكّدوا"))
    reader.sees("هل نبدأ؟")
    reader.press("نعم، أرسلوا لي النشرة")
    reader.sees("أهلًا بكم")
    assert reader.page.evaluate("document.documentElement.dir") == "rtl"
