"""Who follows a topic by the digest, and what becomes of them when topics are merged."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db import transaction
from django.db.models import Count

from handpress.digest.actions.readers import choice_of
from handpress.digest.models import Subscriber, SubscriberState, TopicChoice
from handpress.newsroom.followers import Following


def _counts(topics: Collection[int]) -> Mapping[int, int]:
    rows = Subscriber.objects.filter(state=SubscriberState.ACTIVE, choice__topics__in=topics)
    return dict(rows.order_by().values_list("choice__topics").annotate(Count("pk")))


def _words(number: int) -> str:
    return "1 reader of the digest chose it" if number == 1 else f"{number:,} readers chose it"


def _move(topic: int, into: int) -> None:
    """Give readers who chose a merged topic the other; a choice that says so may be there already.

    Former choices stay for the deliveries that name them.
    """
    with transaction.atomic():
        for choice in TopicChoice.objects.filter(topics=topic):
            wanted = {*choice.topics.values_list("pk", flat=True), into} - {topic}
            Subscriber.objects.filter(choice=choice).update(choice=choice_of(wanted))


BY_DIGEST = Following("digest", _counts, _words, _move)
