"""Nothing that is printed names where gifts go: the desk refuses it wherever it is written."""

from __future__ import annotations

from typing import Any

import pytest
from wagtail.images.tests.utils import get_test_image_file
from wagtail.test.utils.form_data import inline_formset, nested_form_data

from desk.test_site_settings import links
from factories import giving
from factories.desk_forms import PUBLISH, Desk, body_of, url_of
from handpress.digest.actions import adopt_pitch
from handpress.digest.forms_editions import EditionForm
from handpress.digest.models import Pitch
from handpress.donations import actions
from handpress.donations.actions import adopt_appeal
from handpress.donations.models import Campaign, Rail
from handpress.lib import clock
from handpress.newsroom.models import Article, NewsImage, Outlet, PlainPage
from handpress.newsroom.never_named import ibans_in, named_in

pytestmark = [
    pytest.mark.django_db,
    # Wagtail leaves the file that it renders a picture into for Python to close.
    pytest.mark.filterwarnings("ignore:Unclosed file.*Spooled:ResourceWarning"),
]
LINK = "https://give.example/paper"
SITE = "/desk/settings/site/edit/1/"
WRITTEN = [
    "GB82 WEST 1234 5698 7654 32",
    "gb82west12345698765432",
    "GB82-WEST-1234\u00a05698-7654-32",
    "GB82‑WEST‑1234–5698–7654–32",
    "GB\u00ad82 WEST\u200b 1234 5698 7654 32",
    "GB٨٢ WEST ١٢٣٤ ٥٦٩٨ ٧٦٥٤ ٣٢",
    "ＧＢ８２ ＷＥＳＴ １２３４ ５６９８ ７６５４ ３２",
]
COINS = [
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "0x52908400098527886E0F7030069857D2E4169EE7",
]
COMPANIES = [
    "PayPal",
    "paypal.me/ourpaper",
    "Pay\u00a0Pal",
    "GOCARDLESS",
    "our BTCPay server",
    "페이팔로",
    "باي بال",
    "بايبال",
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


def translated(words: dict[str, str]) -> Any:
    """Return the fields of an appeal in another language."""
    return nested_form_data({"words": inline_formset([{"id": "", **words}])})


@pytest.mark.parametrize("field", ["heading", "full_text", "compact_text"])
@pytest.mark.parametrize("words", [*WRITTEN, giving.OTHER_IBAN, f"{LINK}/"])
def test_an_appeal_names_no_account_and_keeps_its_words(desk: Desk, field: str, words: str):
    drive: Campaign = giving.campaign()
    url = url_of("donations/campaign", "edit", drive.pk)
    answer = desk.try_to_send(url, {field: f"Please give to {words} NOW."})
    assert refused(answer)
    assert f"Please give to {words} NOW." in answer.content.decode()
    assert not refused(desk.try_to_send(url, {field: "In 2026, 1234 5698 7654 people gave."}))


@pytest.mark.parametrize("words", [*COINS, *COMPANIES])
def test_nor_does_one_name_a_company_or_an_address_of_coins(desk: Desk, words: str):
    url = url_of("donations/campaign", "edit", giving.campaign().pk)
    for field in ("heading", "full_text", "compact_text"):
        answer = desk.try_to_send(url, {field: f"Give by {words} today."})
        assert answer.status_code == 200
        assert "Lead readers to /donate/ instead." in answer.content.decode()
    # What a month costs stands on the page on how to give, and on the public accounts.
    costs = {"currency": "EUR", "monthly_costs": f"Rent: 900\nFees of {words}: 30"}
    assert "Lead readers to /donate/" in desk.try_to_send(url, costs).content.decode()
    assert Campaign.objects.get().monthly_costs == []


def test_nor_does_an_appeal_in_another_language(desk: Desk):
    campaign = giving.campaign()
    url = url_of("donations/campaign", "edit", campaign.pk)
    words = {"language": "ko", "heading": "도와주세요", "full_text": "후원", "compact_text": "후원"}
    for field in ("heading", "full_text", "compact_text"):
        answer = desk.try_to_send(url, translated({**words, field: "페이팔로 후원하세요"}))
        assert answer.status_code == 200
        assert "“페이팔” takes gifts" in answer.content.decode()
    assert not campaign.words.exists()
    assert desk.try_to_send(url, translated(words)).status_code == 302
    assert campaign.words.get().heading == "도와주세요"


def test_a_name_that_is_a_word_as_well_counts_where_it_is_one_of_ours(desk: Desk):
    url = url_of("donations/campaign", "edit", giving.campaign().pk)
    person = {"full_text": "Mollie Adler wrote it. Papers of every stripe did. Stripe by Stripe."}
    assert desk.try_to_send(url, person).status_code == 302
    assert desk.try_to_send(url, {"full_text": "buy.stripe.com/4gw"}).status_code == 200
    rail = Rail.objects.create(sponsor=giving.sponsor("Cards"), kind="stripe", name="Cards")
    assert desk.try_to_send(url, {"full_text": "Give by Stripe."}).status_code == 200
    assert desk.try_to_send(url, {"full_text": "JOIN US. STRIPE TAKES IT"}).status_code == 200
    assert desk.try_to_send(url, {"full_text": "Papers of every stripe."}).status_code == 302
    Rail.objects.filter(pk=rail.pk).update(kind="mollie")
    assert desk.try_to_send(url, {"full_text": "Mollie takes it."}).status_code == 200


def test_news_may_name_a_company(desk: Desk):
    body = body_of(("text", "<p>PayPal has closed the accounts of three papers.</p>"))
    for model, title in (("newsroom/plainpage", "title"), ("newsroom/article", "headline")):
        answer = desk.try_to_send(url_of(model, "add"), {title: "PayPal"}, body, PUBLISH)
        assert answer.status_code == 302


def test_what_is_brought_in_and_names_one_is_kept_and_not_shown(lost: None):
    words: Any = {"heading": "Help", "full_text": "Give.", "compact_text": "By PayPal."}
    for text in (words, {**words, "compact_text": f"To {WRITTEN[0]}."}):
        campaign, what = adopt_appeal(name="Imported", now=clock.now(), **text)
        assert (campaign, what) == (None, "named")
        assert Campaign.objects.get(**text).is_running is False
    assert adopt_pitch(heading="Mail", text="Or PayPal.") == "named"
    assert not Pitch.objects.get().is_shown
    shown, what = adopt_appeal(name="Imported", now=clock.now(), **{**words, "compact_text": "Go."})
    assert what == "imported"
    assert shown
    # A later copy does not take its place either.
    more: Any = {"name": "Imported", "now": clock.now(), "is_later": True}
    assert adopt_appeal(**more, **{**words, "heading": "PayPal"}) == (None, "named")
    shown.refresh_from_db()
    assert (shown.heading, shown.is_running) == ("Help", True)


def test_no_note_of_an_edition_and_no_credit_of_a_picture_does(desk: Desk):
    for words in WRITTEN:
        form = EditionForm({"subject": "Today", "note": f"Give: {words}"})
        assert "is where gifts go" in str(form.errors["note"])
        form = EditionForm({"subject": f"Give: {words}", "note": ""})
        assert "is where gifts go" in str(form.errors["subject"])
    assert EditionForm({"subject": "PayPal closes accounts", "note": "News."}).is_valid()
    file = get_test_image_file()
    picture = NewsImage.objects.create(title="Harbour", file=file, description="A harbour")
    sent = {"title": "Harbour", "description": "A harbour", "credit": f"Give: {WRITTEN[0]}"}
    url = f"/desk/images/{picture.pk}/"
    assert refused(desk.client.post(url, sent))
    assert not refused(desk.client.post(url, {**sent, "credit": "Photo: PayPal"}))


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
    for words in COMPANIES:
        for field in ("footer", "tagline"):
            answer = desk.try_to_send(SITE, links(), {field: f"Give by {words}"})
            assert "takes gifts" in answer.content.decode()
        row = {"label": words, "url": "/donate/"}
        assert "takes gifts" in desk.try_to_send(SITE, links(row)).content.decode()
    assert Outlet.objects.get().footer == ""
    pitch = url_of("digest/pitch", "add")
    fields = {"heading": "Mail", "text": f"Or give to {WRITTEN[0]}."}
    assert refused(desk.try_to_send(pitch, fields))
    by_company = desk.try_to_send(pitch, {**fields, "text": "Or give by PayPal."})
    assert "takes gifts" in by_company.content.decode()
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
