"""Readers who chose a topic follow it, and go along when it is merged."""

from __future__ import annotations

import pytest

from digest.readers.conftest import add_reader
from handpress.digest.actions.readers import choice_of
from handpress.digest.models import Subscriber, SubscriberState
from handpress.newsroom import followers
from handpress.newsroom.models import Topic
from handpress.newsroom.topic_actions import merge_topics

pytestmark = pytest.mark.django_db


def chosen(reader: Subscriber) -> list[str]:
    reader.refresh_from_db()
    assert reader.choice is not None
    return sorted(reader.choice.topics.values_list("name", flat=True))


def test_who_chose_a_topic_is_counted_and_moves_when_it_is_merged() -> None:
    water, trade, wells = (Topic.objects.create(name=name) for name in ("Water", "Trade", "Wells"))
    both = add_reader("a@example.org", choice=choice_of([water.pk, trade.pk]))
    one = add_reader("b@example.org", choice=choice_of([water.pk]))
    there = add_reader("c@example.org", choice=choice_of([wells.pk]))
    everything = add_reader("d@example.org")
    add_reader("e@example.org", choice=choice_of([water.pk]), state=SubscriberState.LEFT)
    numbers = followers.followers_of([water.pk, trade.pk, wells.pk])
    assert [numbers[topic.pk].get("digest", 0) for topic in (water, trade, wells)] == [2, 1, 1]
    assert "2 readers chose it" in followers.in_words(numbers[water.pk])

    merge_topics(Topic.objects.get(pk=water.pk), into=Topic.objects.get(pk=wells.pk))
    assert chosen(both) == ["Trade", "Wells"]
    assert chosen(one) == chosen(there) == ["Wells"]
    one.refresh_from_db()
    there.refresh_from_db()
    assert one.choice_id == there.choice_id
    everything.refresh_from_db()
    assert everything.choice is None
