"""The digest on the desk's home: what waits, what asks for a decision, how the last ones went."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from desk.test_desk_home import home, member, panels
from factories.readers import make_edition, make_readers
from handpress.digest.ledger import begin_sending
from handpress.digest.models import Delivery, DeliveryState, Edition, EditionState, Frequency
from handpress.digest.queries.day import editions_of_the_day
from handpress.lib import clock

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def sent(day: int, *, failed: int = 0, **fields: object) -> Edition:
    edition = make_edition(edition_on=date(2026, 11, day), **fields)
    begin_sending(edition)
    rows = Delivery.objects.filter(edition=edition)
    bad = list(rows.values_list("subscriber_id", flat=True)[:failed])
    rows.update(state=DeliveryState.ACCEPTED, changed_at=clock.now())
    rows.filter(subscriber__in=bad).update(state=DeliveryState.FAILED)
    Edition.objects.filter(pk=edition.pk).update(state=EditionState.DONE)
    return edition


def test_nothing_is_shown_where_there_is_nothing_or_to_whom_it_is_no_business(
    client: Client,
) -> None:
    member(client, "newsroom.publish_article")
    make_edition(state=EditionState.HELD)
    assert "Digest" not in panels(client)


def test_what_waits_and_why_one_is_held_and_how_the_last_one_went(admin_client: Client) -> None:
    assert "Digest" not in panels(admin_client)
    now = clock.now()
    make_readers(3)
    done = sent(20, failed=1, subject="It went", send_at=now - HOUR)
    ready = make_edition(state=EditionState.READY, subject="It waits", send_at=now + HOUR)
    make_edition(
        state=EditionState.HELD,
        frequency=Frequency.WEEKLY,
        subject="It is asked about",
        reason="Its time passed.",
        send_at=now - HOUR,
    )
    text = panels(admin_client)["Digest"]
    assert "Daily, ready: goes by itself" in text
    assert "Weekly, held. Its time passed." in text
    assert "2 of 3 accepted, 1 did not get it" in text
    links = {str(link["href"]) for link in home(admin_client).select("#hp-digest ~ ul a")}
    assert f"/desk/digest/delivery/{done.pk}/" in links
    assert f"/desk/digest/editions/{ready.pk}/" in links
    for link in links:
        assert admin_client.get(link).status_code == 200
    asking = home(admin_client).select("section.hp-panel .hp-trouble")
    assert len(asking) == 2


def test_of_what_is_over_the_last_and_what_asks_are_there_in_two_queries() -> None:
    now = clock.now()
    make_readers(2)
    for day in range(1, 9):
        sent(day, failed=day == 6, subject=f"Day {day}", send_at=now - (10 - day) * HOUR)
    make_edition(
        edition_on=date(2026, 11, 9),
        state=EditionState.HELD,
        deadline_at=now - HOUR,
        subject="Nobody decided",
    )
    with CaptureQueriesContext(connection) as captured:
        found = editions_of_the_day(now)
    assert [line.edition.subject for line in found] == ["Day 8", "Day 6"]
    assert [line.asks for line in found] == [False, True]
    assert len(captured) == 2
