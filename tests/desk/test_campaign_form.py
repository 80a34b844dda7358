"""The campaign on the desk: amounts as people type them, and its appeal in the real design."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import IntegrityError, transaction
from django.urls import reverse
from wagtail.models import DraftStateMixin, RevisionMixin
from wagtail.snippets.models import get_snippet_models

from factories.desk_forms import Desk, url_of
from factories.papers import Paper
from handpress.donations.models import Campaign
from handpress.newsroom.models import Outlet

MOMENT = datetime(2021, 3, 4, 5, 6, tzinfo=UTC)
NAME = "donations/campaign"


@pytest.fixture
def campaign(db: None) -> Campaign:
    return Campaign.objects.create(
        name="Winter",
        heading="The roof leaks",
        full_text="One.\nTwo & three.",
        compact_text="Help us.",
        starts_at=MOMENT,
    )


def send(desk: Desk, campaign: Campaign, **changes: Any) -> Campaign:
    desk.send(url_of(NAME, "edit", campaign.pk), changes)
    campaign.refresh_from_db()
    return campaign


def complaints(answer: Any) -> str:
    assert answer.status_code == 200
    soup = BeautifulSoup(answer.content.decode(), "html.parser")
    return " ".join(one.get_text(" ", strip=True) for one in soup.select(".error-message"))


@pytest.mark.parametrize(
    ("currency", "goal", "raised", "minor"),
    [
        ("EUR", "1.234,50", "1,234.50", (123450, 123450)),
        ("EUR", "84.000", "€ 51 370", (8400000, 5137000)),
        ("KRW", "₩30,000,000", "", (30000000, 0)),
        ("KWD", "1234.567", "0.5", (1234567, 500)),
        ("EUR", "", "12", (None, 1200)),
        ("", "", "", (None, 0)),
    ],
)
def test_amounts_are_understood(
    desk: Desk,
    campaign: Campaign,
    currency: str,
    goal: str,
    raised: str,
    minor: tuple[int | None, int],
):
    send(desk, campaign, currency=currency, goal_minor=goal, raised_minor=raised)
    assert (campaign.goal_minor, campaign.raised_minor) == minor
    # Sent as it came, it stays.
    send(desk, campaign)
    assert (campaign.currency, campaign.goal_minor, campaign.raised_minor) == (currency, *minor)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"currency": "", "goal_minor": "5"}, "needs a currency"),
        ({"currency": "EUR", "goal_minor": "-5"}, "below zero"),
        ({"currency": "EUR", "goal_minor": "0"}, "more than nothing"),
        ({"currency": "EUR", "goal_minor": "a lot"}, "no amount"),
        ({"currency": "EUR", "raised_minor": "-1"}, "below zero"),
        ({"currency": "EUR", "raised_minor": "1.2.3"}, "points and commas"),
        ({"currency": "EUR", "goal_minor": "$5"}, "in EUR"),
        ({"currency": "KWD", "goal_minor": "1.234"}, "1234.000 or 1.2340"),
        ({"currency": "DEM", "goal_minor": "5"}, "not one of the available choices"),
        ({"currency": "EUR", "goal_minor": "9" * 25}, "zeros"),
    ],
)
def test_what_is_no_amount_is_told_and_nothing_is_lost(
    desk: Desk, campaign: Campaign, changes: dict[str, str], words: str
):
    url = url_of(NAME, "edit", campaign.pk)
    answer = desk.try_to_send(url, {**changes, "heading": "Typed just now"})
    assert words in complaints(answer)
    html = answer.content.decode()
    assert "Typed just now" in html
    typed = changes.get("goal_minor") or changes.get("raised_minor")
    assert f'value="{typed}"' in html
    campaign.refresh_from_db()
    assert (campaign.heading, campaign.goal_minor) == ("The roof leaks", None)


def test_a_new_campaign_gets_its_goal(desk: Desk):
    words = {"name": "N", "heading": "H", "full_text": "F", "compact_text": "C"}
    money = {"currency": "EUR", "goal_minor": "84.000,00", "raised_minor": "1"}
    desk.send(url_of(NAME, "add"), words, money, starts_at="2021-01-01 00:00")
    assert Campaign.objects.get().goal_minor == 8400000


def test_a_currency_that_is_no_more_stays_as_it_was(desk: Desk, campaign: Campaign):
    Campaign.objects.filter(pk=campaign.pk).update(currency="DEM", goal_minor=500)
    send(desk, campaign, name="Renamed")
    assert (campaign.currency, campaign.goal_minor) == ("DEM", 500)


@pytest.mark.django_db
@pytest.mark.parametrize("values", [{"goal_minor": 5}, {"goal_minor": 0, "currency": "EUR"}])
def test_the_database_knows_the_rules_too(values: dict[str, Any]):
    words = {"name": "N", "heading": "H", "full_text": "F", "compact_text": "C"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Campaign.objects.create(**words, starts_at=MOMENT, **values)


# The preview --------------------------------------------------------------------------------


def preview(desk: Desk, campaign: Campaign, mode: str, **changes: str) -> str:
    url = url_of(NAME, "preview", campaign.pk)
    fields = desk.form(url_of(NAME, "edit", campaign.pk)) | changes
    answer = desk.client.post(url, fields)
    assert answer.json() == {"is_valid": True, "is_available": True}
    return str(desk.client.get(f"{url}?mode={mode}").content.decode())


def test_each_form_of_the_appeal_is_shown_as_typed_in_the_real_design(
    desk: Desk, campaign: Campaign
):
    full = preview(desk, campaign, "full", full_text="Typed & not saved.\nTwo.")
    assert "<p>Typed &amp; not saved.</p>" in full
    assert "Help us." not in full
    assert 'class="appeal full' in full
    assert 'class="masthead' in full
    compact = preview(desk, campaign, "compact", compact_text="In short.")
    assert "<p>In short.</p>" in compact
    assert "One." not in compact
    assert "<script" not in full + compact


def test_a_preview_shows_the_appeal_wherever_it_stands_and_whether_or_not_it_runs(
    desk: Desk, campaign: Campaign
):
    Outlet(full_appeal_on="nowhere", compact_appeal_on="nowhere").save()
    shown = preview(desk, campaign, "full", ends_at="2021-03-05 00:00", language="ar")
    assert "<p>One.</p>" in shown
    assert 'lang="ar" dir="rtl"' in shown


def test_a_preview_changes_nothing(desk: Desk, campaign: Campaign, paper: Paper):
    paper.print()
    preview(desk, campaign, "full", heading="Typed")
    assert paper.print() == set()
    campaign.refresh_from_db()
    assert campaign.heading == "The roof leaks"


# Saving -------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", get_snippet_models(), ids=lambda model: model.__name__)
def test_what_has_no_drafts_is_not_saved_while_one_types(desk: Desk, model: Any):
    if not issubclass(model, RevisionMixin):
        pytest.skip("nothing is saved of it by itself")
    answer = desk.client.get(reverse(model.snippet_viewset.get_url_name("add")))
    saves_itself = "w-autosave-indicator" in answer.content.decode()
    assert saves_itself == issubclass(model, DraftStateMixin)
