"""What the digest tells mail about its readers, and what mail that comes back does to them."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

import pytest

from factories.readers import make_edition
from factories.returned_mail import BACK, leave, report
from handpress.digest.models import (
    Delivery,
    DeliveryState,
    Edition,
    Frequency,
    Subscriber,
    SubscriberState,
)
from handpress.digest.returns import address_of, leave_by_mail, sent_on, tell_refusals
from handpress.lib import clock
from handpress.mail import reports
from handpress.mail.core.smtp import Reply, Stage
from handpress.mail.core.verp import Ref, verp_local
from handpress.mail.envelopes import LETTERS, own_ref, verp_key
from handpress.mail.models import MailEvent, Outcome, ReceiverDay
from handpress.mail.returned import take_notice
from handpress.mail.suppression import is_suppressed

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


class Came(NamedTuple):
    reader_id: int
    refusal: Reply | None
    state: DeliveryState = DeliveryState.FAILED


def reader(number=1, domain="harbour.example"):
    return Subscriber.objects.create(
        address=f"Reader{number}@{domain}",
        address_key=f"reader{number}@{domain}",
        domain=domain,
        state=SubscriberState.ACTIVE,
        confirmed_at=NOON,
    )


@pytest.fixture
def edition():
    return Edition.objects.create(
        frequency=Frequency.DAILY,
        edition_on=date(2026, 11, 26),
        covers_from=NOON - timedelta(days=1),
        covers_to=NOON,
        send_at=NOON,
        deadline_at=NOON + timedelta(hours=12),
    )


def test_a_bounce_of_an_edition_suppresses_its_reader(edition):
    one = reader()
    own = verp_local(verp_key(), Ref(edition.pk, one.pk)).encode()
    take_notice(report().replace(BACK.partition("@")[0].encode(), own))
    assert is_suppressed(one.address_key)


def test_a_late_bounce_is_not_about_who_has_the_number_now(edition):
    """A restored backup gives numbers out a second time."""
    one, before = reader(), uuid4()
    late = own_ref(edition.pk, one.pk, before)
    delivery = Delivery.objects.create(edition=edition, subscriber=one, state=DeliveryState.UNKNOWN)
    own = verp_local(verp_key(), late).encode()
    for raw in (report(), leave()):
        take_notice(raw.replace(BACK.partition("@")[0].encode(), own))
    for told in reports._ARRIVALS:
        told(late)
    one.refresh_from_db()
    delivery.refresh_from_db()
    assert not is_suppressed(one.address_key)
    assert one.state == SubscriberState.ACTIVE
    assert delivery.state == DeliveryState.UNKNOWN


def test_a_bounce_of_whom_it_was_sent_to_counts(edition):
    one = reader()
    own = verp_local(verp_key(), own_ref(edition.pk, one.pk, one.uuid)).encode()
    take_notice(report().replace(BACK.partition("@")[0].encode(), own))
    assert is_suppressed(one.address_key)


def test_who_was_erased_is_nobody_s_address():
    assert address_of(Ref(1, 999)) == ""
    one = reader()
    Subscriber.objects.filter(pk=one.pk).update(
        state=SubscriberState.ERASED, address="", address_key=None
    )
    assert address_of(Ref(1, one.pk)) == ""


def test_refusals_at_the_door_count_at_once_and_once(edition, django_assert_max_num_queries):
    gone, full, fine = reader(1), reader(2), reader(3)
    results = [
        Came(gone.pk, Reply(550, "5.1.1", "no such user")),
        Came(full.pk, Reply(552, "5.2.2", "mailbox full")),
        Came(fine.pk, None),
    ]
    assert tell_refusals(edition, results) == 2
    assert tell_refusals(edition, results) == 0
    assert is_suppressed(gone.address_key)
    assert not is_suppressed(full.address_key)
    assert MailEvent.objects.count() == 2
    with django_assert_max_num_queries(0):
        tell_refusals(edition, [])


FULL = Reply(452, "4.2.2", "mailbox full", Stage.RCPT)


@pytest.mark.parametrize(
    ("reply", "is_counted"),
    [
        (FULL, True),
        (Reply(450, "4.2.1", "mailbox disabled", Stage.RCPT), True),
        (Reply(451, "4.7.1", "greylisted", Stage.RCPT), False),
        (Reply(452, "4.3.1", "insufficient system storage", Stage.RCPT), False),
        (Reply(450, "4.1.1", "user unknown", Stage.RCPT), False),
    ],
)
def test_what_was_put_off_until_too_late_counts_where_it_is_of_the_mailbox(
    edition, reply, is_counted
):
    came = Came(reader().pk, reply, DeliveryState.EXPIRED)
    assert tell_refusals(edition, [came]) == is_counted
    outcomes = list(MailEvent.objects.values_list("outcome", flat=True))
    assert outcomes == [Outcome.COUNTED] * is_counted
    assert tell_refusals(edition, [came._replace(state=DeliveryState.RETRY)]) == 0


def test_a_mailbox_that_is_full_every_day_is_suppressed_as_one_that_bounces(monkeypatch):
    one, now = reader(), NOON
    monkeypatch.setattr(clock, "now", lambda: now)
    for day in range(6):
        assert not is_suppressed(one.address_key)
        now = NOON + timedelta(days=day)
        daily = make_edition(edition_on=now.date())
        tell_refusals(daily, [Came(one.pk, FULL, DeliveryState.EXPIRED)])
    assert is_suppressed(one.address_key)


def test_what_is_about_us_counts_once_an_edition_and_what_comes_later_of_the_reader_too(edition):
    one = reader()
    blocked = Reply(550, "5.7.26", "not authenticated", Stage.RCPT)
    again = Came(one.pk, blocked, DeliveryState.RETRY)
    assert tell_refusals(edition, [again]) == 1
    assert tell_refusals(edition, [again]) == 0
    assert tell_refusals(edition, [again._replace(state=DeliveryState.EXPIRED)]) == 0
    assert not is_suppressed(one.address_key)
    assert ReceiverDay.objects.get().refused_for_us == 1
    assert tell_refusals(edition, [Came(one.pk, Reply(550, "5.1.1", "no such user"))]) == 1
    assert is_suppressed(one.address_key)


def test_a_report_of_arrival_ends_the_doubt_and_changes_nothing_else(edition):
    arriving = (
        DeliveryState.UNKNOWN,
        DeliveryState.DOTTED,
        DeliveryState.RETRY,
        DeliveryState.CLAIMED,
    )
    states = [*arriving, DeliveryState.PENDING, DeliveryState.FAILED, DeliveryState.SUPPRESSED]
    for number, state in enumerate(states):
        Delivery.objects.create(edition=edition, subscriber=reader(number), state=state)
    for one in Subscriber.objects.all():
        for told in reports._ARRIVALS:
            told(Ref(edition.pk, one.pk))
            told(Ref(LETTERS, one.pk))
    now = list(Delivery.objects.order_by("subscriber").values_list("state", flat=True))
    assert now == [DeliveryState.ACCEPTED] * 4 + states[4:]
    # What was on its way was tried; who was in doubt, before.
    tried = list(Delivery.objects.order_by("subscriber").values_list("attempts", flat=True))
    assert tried == [0, 1, 0, 0, 0, 0, 0]


def test_leaving_by_mail():
    told, tokened, known = reader(1), reader(2), reader(3)
    assert leave_by_mail(Ref(1, told.pk), "unsubscribe", "x@y.example")
    assert leave_by_mail(None, f"leave-{tokened.uuid.hex}", "x@y.example")
    assert leave_by_mail(None, "unsubscribe", known.address_key)
    assert not leave_by_mail(None, "unsubscribe", "nobody@y.example")
    states = Subscriber.objects.values_list("state", "left_at")
    assert all(state == SubscriberState.LEFT and at for state, at in states)


def test_a_mail_that_asks_to_leave():
    one = reader()
    own = verp_local(verp_key(), Ref(4, one.pk)).encode()
    take_notice(leave().replace(BACK.partition("@")[0].encode(), own))
    one.refresh_from_db()
    assert one.state == SubscriberState.LEFT


def test_a_letter_s_own_number_is_not_taken_for_a_reader_s():
    """Letters and readers are counted apart: the bounce address of letter 7 is not reader 7's."""
    other, asking = reader(1), reader(2)
    assert leave_by_mail(Ref(LETTERS, other.pk), "unsubscribe", asking.address_key)
    other.refresh_from_db()
    assert other.state == SubscriberState.ACTIVE


def test_how_much_went_to_a_company(edition):
    domains = ["hotmail.com", "outlook.de", "live.co.uk", "harbour.example", "outlooks.example"]
    for number, domain in enumerate(domains):
        Delivery.objects.create(
            edition=edition,
            subscriber=reader(number, domain),
            state=DeliveryState.ACCEPTED,
            attempts=1,
            changed_at=NOON,
        )
    assert sent_on("microsoft", NOON.date()) == 3
    assert sent_on("harbour.example", NOON.date()) == 1
    assert sent_on("microsoft", NOON.date() - timedelta(days=1)) == 0
