"""What readers choose by their own link."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from django.test import Client

from digest.readers.conftest import NOW, Clock, add_reader
from handpress.digest.actions import Preferences, leave, save_preferences, wake_paused
from handpress.digest.actions.readers import choice_of
from handpress.digest.core.tokens import token_of
from handpress.digest.models import Frequency, Subscriber, SubscriberState, TopicChoice
from handpress.newsroom.models import Topic
from handpress.press.answers import spoken
from handpress.press.site import theme

pytestmark = pytest.mark.django_db


@pytest.fixture
def topics() -> list[Topic]:
    names = ("Water", "Housing", "항구")
    return [Topic.objects.create(name=name, language="") for name in names]


def link_of(reader: Subscriber) -> str:
    return f"/-/preferences/{token_of(reader.uuid)}"


def form_of(response: Any) -> Tag:
    form = BeautifulSoup(response.content, "html.parser").select_one("main form")
    assert form is not None
    return form


def filled(response: Any, **changes: Any) -> dict[str, Any]:
    """Return what a browser sends from the form as it stands, with changes."""
    form = form_of(response)
    fields: dict[str, Any] = {}
    for one in form.select("input[checked]"):
        fields.setdefault(str(one["name"]), []).append(one["value"])
    fields["language"] = [form.select_one("option[selected]")["value"]]  # type: ignore[index]
    return {**fields, **changes}


def said(response: Any) -> str:
    found = form_of(response).select_one(".said")
    return found.get_text() if found else ""


def test_what_is_shown_comes_back_unchanged(browser: Client, topics: list[Topic]) -> None:
    reader = add_reader()
    shown = browser.get(link_of(reader))
    assert "ada@example.org" in shown.content.decode()
    saved = browser.post(link_of(reader), filled(shown))
    assert (saved.status_code, said(saved)) == (200, "Saved.")
    reader.refresh_from_db()
    assert (reader.state, reader.frequency) == (SubscriberState.ACTIVE, Frequency.DAILY)
    assert reader.choice is None


def test_topics_frequency_and_language(browser: Client, topics: list[Topic]) -> None:
    reader = add_reader()
    wanted = {
        "frequency": "weekly",
        "which": "chosen",
        "topic": [str(topics[2].pk), str(topics[0].pk)],
        "language": "ko",
    }
    saved = browser.post(link_of(reader), filled(browser.get(link_of(reader)), **wanted))
    reader.refresh_from_db()
    assert reader.frequency == Frequency.WEEKLY
    assert reader.choice is not None
    assert reader.choice.key == f"{topics[0].pk},{topics[2].pk}"
    assert set(reader.choice.topics.all()) == {topics[0], topics[2]}
    assert reader.language == "ko"
    main = BeautifulSoup(saved.content, "html.parser").main
    assert main is not None
    assert main["lang"] == "ko"
    checked = [str(one["value"]) for one in form_of(saved).select("[name=topic][checked]")]
    assert sorted(checked) == sorted(wanted["topic"])


def test_readers_who_choose_the_same_share_the_row(topics: list[Topic]) -> None:
    ids = [topic.pk for topic in topics]
    for typed, order in (("ada@example.org", ids), ("bob@example.org", ids[::-1])):
        save_preferences(add_reader(typed), Preferences(Frequency.DAILY, tuple(order)))
    assert TopicChoice.objects.count() == 1


def test_a_pause_ends_by_itself(browser: Client, time_: Clock) -> None:
    reader = add_reader()
    shown = browser.post(link_of(reader), filled(browser.get(link_of(reader)), pause="week"))
    reader.refresh_from_db()
    assert (reader.state, reader.paused_until) == (SubscriberState.PAUSED, date(2026, 11, 28))
    browser.post(link_of(reader), filled(shown))
    reader.refresh_from_db()
    assert reader.paused_until == date(2026, 11, 28), "saving something else keeps the pause"
    assert wake_paused(NOW + timedelta(days=6)) == 0
    assert wake_paused(NOW + timedelta(days=7)) == 1
    reader.refresh_from_db()
    assert reader.state == SubscriberState.ACTIVE
    assert str(reader.paused_until) == "None"


def test_a_pause_that_ended_while_the_page_was_open_does_not_begin_for_ever(
    browser: Client, time_: Clock
) -> None:
    reader = add_reader()
    shown = browser.post(link_of(reader), filled(browser.get(link_of(reader)), pause="week"))
    time_.wait(days=7)
    assert wake_paused(time_.now) == 1
    browser.post(link_of(reader), filled(shown, frequency="weekly"))
    reader.refresh_from_db()
    assert (reader.state, reader.frequency) == (SubscriberState.ACTIVE, Frequency.WEEKLY)


@pytest.mark.parametrize("outlets", ["en", "en-GB", "de", "pt-BR", "fr-CA"])
@pytest.mark.parametrize("readers", ["", "en", "ko", "fr-CA", "he", "en-GB"])
def test_who_leaves_the_language_alone_goes_on_getting_it(
    browser: Client, settings_of: Any, outlets: str, readers: str
) -> None:
    settings_of("newsroom", language=outlets)
    reader = add_reader(language=readers)
    shown = browser.get(link_of(reader))
    assert len(form_of(shown).select("option[selected]")) == 1
    before = theme().translate("Your digest", spoken(readers))
    saved = browser.post(link_of(reader), filled(shown, frequency="weekly"))
    assert said(saved)
    reader.refresh_from_db()
    assert theme().translate("Your digest", spoken(reader.language)) == before


def test_an_open_pause_lasts_until_the_reader_says_so(browser: Client, time_: Clock) -> None:
    reader = add_reader()
    shown = browser.post(link_of(reader), filled(browser.get(link_of(reader)), pause="open"))
    assert wake_paused(NOW + timedelta(days=3_650)) == 0
    browser.post(link_of(reader), filled(shown, pause=""))
    reader.refresh_from_db()
    assert reader.state == SubscriberState.ACTIVE


@pytest.mark.parametrize(
    "changes",
    [
        {"frequency": "hourly"},
        {"which": "chosen", "topic": []},
        {"which": "chosen", "topic": ["999999"]},
        {"which": "chosen", "topic": ["1; DROP TABLE"]},
        {"which": "some"},
        {"language": "tlh"},
        {"language": '"><script>'},
    ],
)
def test_what_is_not_understood_changes_nothing(
    browser: Client, topics: list[Topic], changes: dict[str, Any]
) -> None:
    reader = add_reader()
    sent = filled(browser.get(link_of(reader)), **changes)
    response = browser.post(link_of(reader), sent)
    assert response.status_code == 400
    assert form_of(response).select_one("[role=alert]")
    before = (reader.frequency, reader.choice_id, reader.language, reader.state)
    reader.refresh_from_db()
    assert (reader.frequency, reader.choice_id, reader.language, reader.state) == before


def test_more_topics_than_a_choice_can_hold() -> None:
    with pytest.raises(ValueError, match="500"):
        choice_of(range(1_000_000, 1_000_500))


@pytest.mark.parametrize(
    "state",
    [
        SubscriberState.LEFT,
        SubscriberState.PENDING,
        SubscriberState.SUPPRESSED,
    ],
)
def test_who_is_no_reader_becomes_none_by_choosing(browser: Client, state: SubscriberState) -> None:
    reader = add_reader(state=state)
    sent = {"frequency": "daily", "which": "all", "pause": "", "language": "en"}
    assert b"You do not get the digest now" in browser.post(link_of(reader), sent).content
    reader.refresh_from_db()
    assert reader.state == state


def test_leaving_wins_over_a_form_that_is_sent_at_the_same_moment() -> None:
    reader = add_reader()
    leave(token_of(reader.uuid))
    assert not save_preferences(reader, Preferences(Frequency.WEEKLY))
    reader.refresh_from_db()
    assert reader.state == SubscriberState.LEFT


def test_looking_costs_the_same_whatever_the_number_of_topics(
    browser: Client, django_assert_max_num_queries: Any
) -> None:
    reader = add_reader()
    for number in range(40):
        Topic.objects.create(name=f"Topic {number}")
    with django_assert_max_num_queries(10):
        shown = browser.get(link_of(reader))
    assert len(form_of(shown).select("[name=topic]")) == 40


def test_a_chosen_topic_that_is_taken_down_for_a_while_stays_chosen(
    browser: Client, topics: list[Topic]
) -> None:
    """Publish it again and all is as before; and who chose it alone can pause all the same."""
    both = add_reader(choice=choice_of([topics[0].pk, topics[1].pk]))
    alone = add_reader("bob@example.org", choice=choice_of([topics[0].pk]))
    Topic.objects.filter(pk=topics[0].pk).update(live=False)
    for reader in (both, alone):
        saved = browser.post(link_of(reader), filled(browser.get(link_of(reader)), pause="week"))
        assert said(saved) == "Saved."
        reader.refresh_from_db()
        assert reader.state == SubscriberState.PAUSED
    assert both.choice.key == f"{topics[0].pk},{topics[1].pk}"  # type: ignore[union-attr]
    assert alone.choice.key == str(topics[0].pk)  # type: ignore[union-attr]
    saved = browser.post(link_of(both), filled(browser.get(link_of(both)), which="all"))
    both.refresh_from_db()
    assert both.choice is None
