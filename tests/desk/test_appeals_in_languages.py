"""An appeal in several languages: each page has that of its own, word for word."""

from __future__ import annotations

from typing import Any

import pytest
from wagtail.test.utils.form_data import inline_formset, nested_form_data

from donations.test_sponsors import naming
from factories import giving
from factories.desk_forms import Desk, url_of
from factories.papers import Paper
from handpress.donations.models import Campaign, CampaignWords
from handpress.newsroom.models import PlainPage
from handpress.press.verify import verify_site

pytestmark = pytest.mark.django_db
KOREAN = {
    "language": "ko",
    "heading": "지붕이 샙니다",
    "full_text": "도와  주세요 & 고맙습니다.",
    "compact_text": "도와 주세요.",
}
ENGLISH = "The roof leaks"


def words(**values: str) -> dict[str, Any]:
    """Return the fields of one appeal in another language."""
    return nested_form_data({"words": inline_formset([{**KOREAN, **values, "id": ""}])})


@pytest.fixture
def drive() -> Campaign:
    return giving.campaign(goal_minor=100)


def test_what_is_in_a_language_has_its_appeal(paper: Paper, desk: Desk, drive: Campaign) -> None:
    for language in ("", "ko", "ko-KR", "ar"):
        paper.article(f"Story {language}", ["Water"], day=1, language=language)
    PlainPage(title="소개", slug="about-ko", language="ko", body=[], live=True).save()
    paper.print(everything=True)
    edit = url_of("donations/campaign", "edit", drive.pk)
    assert not naming(paper, "지붕")

    desk.send(edit, words(language="Korean"))

    assert CampaignWords.objects.get().language == "ko"
    paper.print()
    pages = {path: data.decode() for path, data in paper.files().items() if path.endswith("html")}
    korean = {path for path, html in pages.items() if KOREAN["heading"] in html}
    assert korean == {path for path in pages if "story-ko" in path or path == "about-ko.html"}
    assert len(korean) == 3
    for path in korean:
        assert ENGLISH not in pages[path]
        assert "<p>도와  주세요 &amp; 고맙습니다.</p>" in pages[path]
    assert ENGLISH in pages["index.html"]
    assert verify_site(paper.press).is_clean
    # What is changed there is printed; what is taken away leads back to the campaign's own.
    CampaignWords.objects.get().delete()
    paper.print()
    assert not naming(paper, "지붕")
    assert verify_site(paper.press).is_clean


def test_it_is_checked_as_the_first_one_is(desk: Desk, drive: Campaign) -> None:
    edit = url_of("donations/campaign", "edit", drive.pk)
    for wrong in ({"language": "no such"}, {"full_text": f"{giving.IBAN}"}, {"heading": ""}):
        assert desk.try_to_send(edit, words(**wrong)).status_code == 200
    assert not CampaignWords.objects.exists()
