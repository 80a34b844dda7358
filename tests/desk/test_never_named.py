"""Nothing that is printed names where gifts go: the desk refuses it wherever it is written."""

from __future__ import annotations

from typing import Any

import pytest

from desk.test_site_settings import links
from factories import giving
from factories.desk_forms import PUBLISH, Desk, body_of, url_of
from handpress.digest.models import Pitch
from handpress.donations import actions
from handpress.donations.models import Campaign
from handpress.lib import clock
from handpress.newsroom.models import Article, Outlet, PlainPage
from handpress.newsroom.never_named import ibans_in, named_in

pytestmark = pytest.mark.django_db
LINK = "https://give.example/paper"
SITE = "/desk/settings/site/edit/1/"
WRITTEN = [
    "GB82 WEST 1234 5698 7654 32",
    "gb82west12345698765432",
    "GB82-WEST-1234\u00a05698-7654-32",
]


@pytest.fixture(autouse=True)
def lost() -> None:
    """Ways that were ours once; nobody receives anything by them any more."""
    rail = giving.rail("bank", account_ref=giving.IBAN)
    giving.rail("link", of=rail.sponsor, account_ref=LINK)
    actions.suspend_sponsor(rail.sponsor, now=clock.now())


def refused(answer: Any) -> bool:
    """Say whether the desk refused it, with that reason."""
    if answer.status_code == 302:
        return False
    # Beside the field, or told to the script that draws the body's blocks.
    assert "is where gifts go" in answer.content.decode()
    return True


@pytest.mark.parametrize("field", ["heading", "full_text", "compact_text"])
@pytest.mark.parametrize("words", [*WRITTEN, giving.OTHER_IBAN, f"{LINK}/"])
def test_an_appeal_names_no_account_and_keeps_its_words(desk: Desk, field: str, words: str):
    drive: Campaign = giving.campaign()
    url = url_of("donations/campaign", "edit", drive.pk)
    answer = desk.try_to_send(url, {field: f"Please give to {words} NOW."})
    assert refused(answer)
    assert f"Please give to {words} NOW." in answer.content.decode()
    assert not refused(desk.try_to_send(url, {field: "In 2026, 1234 5698 7654 people gave."}))


@pytest.mark.parametrize("words", [*WRITTEN, "GB82 <b>WEST</b> 1234 5698 7654 32"])
def test_no_page_and_no_article_does(desk: Desk, words: str):
    body = body_of(("text", f"<p>Give to {words}.</p>"))
    for model, title in (("newsroom/plainpage", "title"), ("newsroom/article", "headline")):
        url = url_of(model, "add")
        assert refused(desk.try_to_send(url, {title: "About"}, body, PUBLISH))
        # Somebody else's account may be news.
        other = body_of(("text", f"<p>They paid to {giving.OTHER_IBAN}.</p>"))
        assert not refused(desk.try_to_send(url, {title: "About"}, other, PUBLISH))
    assert PlainPage.objects.count() == Article.objects.count() == 1


def test_nor_does_what_stands_on_every_page(desk: Desk):
    for field in ("footer", "tagline"):
        assert refused(desk.try_to_send(SITE, links(), {field: f"Give: {WRITTEN[0]}"}))
    row = {"label": "Give", "url": LINK}
    assert refused(desk.try_to_send(SITE, links(row)))
    assert not refused(desk.try_to_send(SITE, links({**row, "url": "/donate/"})))
    assert Outlet.objects.get().footer == ""
    pitch = url_of("digest/pitch", "add")
    fields = {"heading": "Mail", "text": f"Or give to {WRITTEN[0]}."}
    assert refused(desk.try_to_send(pitch, fields))
    assert not Pitch.objects.exists()
    assert not refused(desk.try_to_send(pitch, {**fields, "text": "Every morning."}))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("12-3456 78", ["12-3456 78"]),
        ("account 12 3456-78, please", ["12-3456 78"]),
        ("912-3456 78", []),
        ("12-3456 789", []),
        ("from 12, then 3456 78", []),
    ],
)
def test_numbers_that_are_longer_or_others_are_none(text: str, found: list[str]):
    assert list(named_in(text, ["12-3456 78", "1234"])) == found


def test_what_only_looks_like_an_account_is_none():
    assert list(ibans_in("GB82 WEST 1234 5698 7654 33, XX00 and 2026")) == []
    assert list(ibans_in("to DE89 3704 0044 0532 0130 00 TODAY")) == ["DE89 3704 0044 0532 0130 00"]
