"""What is done about mail that comes back."""

from datetime import timedelta

import pytest

from factories.returned_mail import BACK, GONE, away, complaint, leave, report, words_only
from handpress.lib import clock
from handpress.mail import returned
from handpress.mail.core.bounces import Reason, classify_reply
from handpress.mail.core.verp import Ref, verp_local
from handpress.mail.envelopes import LETTERS, verp_key
from handpress.mail.models import EventKind, Letter, MailEvent, Outcome, ReceiverDay, Suppression
from handpress.mail.returned import note_refusal, take_notice
from handpress.mail.suppression import is_suppressed, lift

pytestmark = pytest.mark.django_db

REF = Ref(7, 11)
POLICY = (550, "5.7.26", "This mail has been blocked because the sender is unauthenticated.")


def _own(raw: bytes, ref: Ref = REF) -> bytes:
    """Return a message that quotes a bounce address of ours."""
    return raw.replace(BACK.partition("@")[0].encode(), verp_local(verp_key(), ref).encode())


def _noted(into: list[object], what: object) -> bool:
    into.append(what)
    return True


@pytest.fixture(autouse=True)
def readers(monkeypatch):
    """Readers by their number: 11 is the one that most tests are about."""
    known = {11: GONE}
    monkeypatch.setattr(returned, "_OWNERS", [lambda ref: known.get(ref.reader_id, "")])
    monkeypatch.setattr(returned, "_LEAVING", [])
    monkeypatch.setattr(returned, "_ANSWERING", [])
    monkeypatch.setattr(returned, "_VOLUMES", [])
    return known


def _refuse(readers, number, *, domain="gmail.com", reply=POLICY, edition=7):
    readers[number] = f"reader{number}@{domain}"
    return note_refusal(
        address_key=readers[number],
        ref=Ref(edition, number),
        verdict=classify_reply(*reply),
        said=reply[2],
    )


def test_a_hard_bounce_suppresses_at_once():
    (event,) = take_notice(_own(report()))
    assert event.outcome == Outcome.SUPPRESSED
    assert is_suppressed(GONE)
    assert Suppression.objects.get().event == event


def test_the_same_message_is_taken_once():
    assert [event.is_new for event in take_notice(_own(report()))] == [True]
    again = b"Received: from elsewhere\n" + _own(report())
    assert [event.is_new for event in take_notice(again)] == [False]
    assert MailEvent.objects.count() == 1


def test_what_anybody_could_have_made_up_changes_nothing():
    (event,) = take_notice(report())
    assert event.address_key == GONE
    assert event.outcome == Outcome.NOTED
    assert not is_suppressed(GONE)


def test_the_bounce_address_says_who_even_where_the_report_names_another():
    take_notice(_own(report(recipient="someone@else.example")))
    assert is_suppressed(GONE)
    assert not is_suppressed("someone@else.example")


def test_who_lets_mail_go_on_to_several_is_reached_while_one_of_them_is():
    below = b"\n\n--=_b\nContent-Type: message/rfc822"
    full = b"\n\nFinal-Recipient: rfc822; two@else.example\nAction: failed\nStatus: 5.2.2"
    raw = _own(report(recipient="one@else.example"))
    (event,) = take_notice(raw.replace(below, full + below))
    assert event.reason == Reason.MAILBOX_FULL
    assert not is_suppressed(GONE)


def test_the_envelope_says_who_where_nothing_is_quoted():
    raw = words_only("<x@y.example>:\n550 5.1.1 user unknown")
    address = f"{verp_local(verp_key(), REF).upper()}@bounces.leadline.example"
    (event,) = take_notice(raw, envelope_to=[address])
    assert event.address_key == GONE
    assert is_suppressed(GONE)


def test_a_letter_is_known_by_its_message_id():
    letter = Letter.objects.create(
        to=GONE, kind="welcome", subject="x", text="y", next_at=clock.now(), deadline_at=clock.now()
    )
    raw = report().replace(b"<b-1-2-abcdefghijklmnop@", f"<{letter.uuid}@".encode())
    (event,) = take_notice(raw)
    assert (event.list_id, event.reader_id) == (LETTERS, letter.pk)
    assert is_suppressed(GONE)


@pytest.mark.parametrize("raw", [away(), away(marked=False), report(action="delivered")])
def test_notes_and_good_news_suppress_nobody(raw):
    (event,) = take_notice(_own(raw))
    assert event.outcome == Outcome.NOTED
    assert not Suppression.objects.exists()


def test_a_complaint_suppresses_also_when_it_hides_the_address():
    (event,) = take_notice(_own(complaint(redacted=True)))
    assert event.kind == EventKind.COMPLAINED
    assert is_suppressed(GONE)


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
def test_other_feedback_suppresses_nobody(kind):
    take_notice(_own(complaint(kind)))
    assert not Suppression.objects.exists()


def test_leaving_by_mail():
    left = []

    def leaves(ref: Ref | None, subject: str, sender: str) -> bool:
        left.append((ref, subject, sender))
        return True

    returned.lets_leave(leaves)
    (event,) = take_notice(_own(leave()))
    assert left == [(REF, "unsubscribe", GONE)]
    assert event.outcome == Outcome.LEFT


def test_a_name_in_a_mail_lets_nobody_leave_and_is_answered():
    left, answered = [], []
    returned.lets_leave(lambda *asked: _noted(left, asked))
    returned.answers_wish(lambda address_key: _noted(answered, address_key))
    (event,) = take_notice(leave().replace(BACK.encode(), b"news@leadline.example"))
    assert (left, answered) == ([], [GONE])
    assert (event.kind, event.outcome) == (EventKind.LEFT, Outcome.ANSWERED)
    take_notice(leave().replace(BACK.encode(), b"news@leadline.example"))
    assert answered == [GONE]


def test_neither_does_a_report_that_anybody_can_write():
    left = []
    returned.lets_leave(lambda *asked: _noted(left, asked))
    raw = (
        complaint("opt-out")
        .replace(BACK.encode(), b"x@y.example")
        .replace(BACK.partition("@")[0].encode(), b"x")
    )
    (event,) = take_notice(raw)
    assert (event.kind, event.outcome, left) == (EventKind.LEFT, Outcome.NOTED, [])


def test_a_letter_of_a_person_is_not_kept():
    assert take_notice(b"From: a@b.example\nSubject: Thanks\n\nA fine paper.") == []
    assert not MailEvent.objects.exists()


def _full(day: int) -> bytes:
    raw = report(status="5.2.2", said="smtp; 552 5.2.2 mailbox full")
    return _own(raw.replace(b"20261126.1", b"20261126.%d" % (day + 100)), Ref(day + 1, 11))


@pytest.fixture
def on_day(monkeypatch):
    began = clock.now()
    return lambda day: monkeypatch.setattr(clock, "now", lambda: began + timedelta(days=day))


def test_a_full_mailbox_is_borne_for_some_days(on_day):
    for day in range(5):
        on_day(day)
        take_notice(_full(day))
        assert not is_suppressed(GONE)
    on_day(5)
    (event,) = take_notice(_full(5))
    assert event.outcome == Outcome.SUPPRESSED


@pytest.mark.parametrize(
    ("status", "said"),
    [
        # As Postfix says it after five days, and as Gmail says it of a domain that is gone.
        ("4.4.1", "X-Postfix; connect to mx.harbour.example[192.0.2.9]:25: Connection timed out"),
        ("4.0.0", "smtp; DNS Error: lookup responded with code NXDOMAIN Domain name not found"),
        ("4.1.1", "smtp; 450 4.1.1 Recipient address rejected: User unknown"),
    ],
)
def test_what_could_not_be_delivered_for_days_counts(on_day, status, said):
    for day in range(6):
        assert not is_suppressed(GONE)
        on_day(day)
        raw = report(status=status, said=said).replace(b"20261126.1", b"20261126.%d" % (day + 100))
        take_notice(_own(raw, Ref(day + 1, 11)))
        # That it is late is no word about the reader.
        late = report(action="delayed", status=status, said=said)
        take_notice(_own(late.replace(b"20261126.1", b"late.%d" % day), Ref(day + 1, 11)))
    assert is_suppressed(GONE)


def test_now_and_then_is_forgiven(on_day):
    for time in range(12):
        on_day(time * 21)
        take_notice(_full(time * 21))
    assert not is_suppressed(GONE)


def test_several_on_one_day_count_once():
    for number in range(10):
        take_notice(_full(number))
    assert not is_suppressed(GONE)


def test_who_was_let_back_in_begins_anew(on_day):
    for day in range(6):
        on_day(day)
        take_notice(_full(day))
    lift(GONE)
    on_day(7)
    take_notice(_full(7))
    assert not is_suppressed(GONE)


@pytest.mark.parametrize(
    "reply",
    [
        POLICY,
        (550, "5.7.1", "Message rejected due to policy"),
        (421, "4.7.0", "temporarily deferred due to unexpected volume"),
        (550, "5.3.0", "System trouble"),
        (550, "5.2.2", "mailbox full"),
        (550, "5.4.1", "no route"),
    ],
)
def test_a_day_on_which_a_receiver_refuses_everybody_suppresses_nobody(readers, reply):
    for number in range(300):
        _refuse(readers, number, reply=reply)
    assert not Suppression.objects.exists()
    if reply[0] >= 500:
        assert ReceiverDay.objects.filter(alarmed_at__isnull=False).count() == 1
        assert not MailEvent.objects.filter(outcome=Outcome.COUNTED).exists()


def test_also_when_it_says_that_all_are_dead(readers):
    returned.counts_volume(lambda receiver, day: 300)
    for number in range(100):
        _refuse(readers, number, reply=(550, "5.1.1", "user unknown"))
    assert not Suppression.objects.filter(lifted_at__isnull=True).exists()
    day = ReceiverDay.objects.get()
    assert day.alarmed_at is not None
    assert day.refused_as_dead == 100


def test_dead_addresses_of_a_large_list_are_no_alarm(readers):
    returned.counts_volume(lambda receiver, day: 10_000)
    for number in range(100):
        _refuse(readers, number, reply=(550, "5.1.1", "user unknown"))
    assert Suppression.objects.count() == 100
    assert ReceiverDay.objects.get().alarmed_at is None


def test_one_company_is_one_receiver(readers):
    for number in range(12):
        _refuse(readers, number, domain="hotmail.com")
        _refuse(readers, 100 + number, domain="outlook.de")
    assert [day.receiver for day in ReceiverDay.objects.exclude(alarmed_at=None)] == ["microsoft"]


def test_noting_costs_the_same_whatever_was_before(readers, django_assert_max_num_queries):
    for number in range(40):
        _refuse(readers, number, domain="quay.example", reply=(550, "", "mailbox full"))
    with django_assert_max_num_queries(16):
        _refuse(readers, 99, domain="quay.example", reply=(550, "", "mailbox full"))


def test_forgetting(readers):
    take_notice(_own(report()))
    assert returned.forget(GONE)
    assert not MailEvent.objects.exists()
    assert is_suppressed(GONE)


def test_what_had_no_consequences_is_forgotten_first(on_day):
    take_notice(_own(away()))
    take_notice(_own(report()))
    on_day(40)
    assert returned.forget_old() == 1
    assert MailEvent.objects.get().outcome == Outcome.SUPPRESSED
    on_day(400)
    returned.forget_old()
    assert not MailEvent.objects.exists()
    assert is_suppressed(GONE)


def test_two_bounces_of_one_name_are_two(readers):
    readers[12] = "other@harbour.example"
    take_notice(_own(report()))
    take_notice(_own(report(), Ref(7, 12)))
    assert MailEvent.objects.count() == 2
