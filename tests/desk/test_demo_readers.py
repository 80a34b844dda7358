"""The demo's readers and editions: something of every sort is there to be looked at."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db.models import F

from handpress.desk.demo_readers import add_editions, add_readers
from handpress.digest.actions.keeping import ReaderKeeper
from handpress.digest.deliveries import progress_of
from handpress.digest.models import Delivery, Edition, EditionState, Subscriber, SubscriberState
from handpress.digest.resending import send_to_missed
from handpress.lib import clock
from handpress.mail.suppression import is_suppressed
from handpress.newsroom.models import Article

pytestmark = pytest.mark.django_db


def test_readers_of_every_sort_stay_and_came_in_order() -> None:
    now = clock.now()
    add_readers(now)
    ReaderKeeper().keep(now)
    states = Counter(Subscriber.objects.values_list("state", flat=True))
    assert set(states) == set(SubscriberState.values) - {SubscriberState.ERASED}
    came = list(Subscriber.objects.order_by("pk").values_list("created_at", flat=True))
    assert came == sorted(came)
    gone = Subscriber.objects.get(state=SubscriberState.SUPPRESSED)
    assert is_suppressed(gone.address)


def test_editions_that_went_out_have_deliveries_some_of_them_in_trouble() -> None:
    now = clock.now()
    for number in range(40):
        Article(headline=f"Story {number}", excerpt="A sentence.", live=True).save()
    add_readers(now)
    add_editions(now)
    daily, weekly = Edition.objects.filter(state=EditionState.DONE).order_by("frequency")
    assert progress_of(weekly.pk).accepted == progress_of(weekly.pk).total > 5
    progress = progress_of(daily.pk)
    assert (progress.missed, progress.unknown) == (2, 1)
    assert progress.accepted == progress.total - 3 > 30
    assert not Delivery.objects.filter(changed_at__gt=F("edition__finished_at")).exists()
    assert send_to_missed(daily.pk, now) == 2
