"""Sending letters: each once, whatever relays and processes do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from unittest.mock import patch

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factories.relays import FakeRelay
from handpress.lib import clock
from handpress.mail import keys, locks, reports, tasks
from handpress.mail.core.dots import from_wire
from handpress.mail.core.smtp import Reply, Stage
from handpress.mail.core.verp import Ref
from handpress.mail.envelopes import LETTERS
from handpress.mail.letters import write_letter
from handpress.mail.locks import only_one
from handpress.mail.models import Letter, LetterState, MailEvent, Outcome, RelayDay
from handpress.mail.sending import Way
from handpress.mail.suppression import is_suppressed
from handpress.mail.tasks import forget_letters, send_letters_once
from handpress.mail.transports import CannotConnect, NotSent, OutcomeUnknown
from mail.verifiers import dkimpy_verdicts

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
GREYLISTED = Reply(451, "4.7.1", "come back later", Stage.RCPT)
NO_SUCH_USER = Reply(550, "5.1.1", "no such user", Stage.RCPT)
POLICY = Reply(550, "5.7.26", "not authenticated", Stage.DOT)

OVER_QUOTA = Reply(550, "5.4.5", "Daily user sending limit exceeded", Stage.DATA)


class Clock:
    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def go_on(self, **time: float) -> None:
        self.at += timedelta(**time)


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(clock, "now", found.now)
    monkeypatch.setattr("handpress.mail.sending.monotonic", lambda: found.at.timestamp())
    return found


@pytest.fixture
def relay(monkeypatch: pytest.MonkeyPatch) -> FakeRelay:
    found = FakeRelay()
    use(monkeypatch, found.way())
    return found


def use(monkeypatch: pytest.MonkeyPatch, *ways: Way) -> None:
    def fresh() -> list[Way]:
        return [replace(each) for each in ways]

    monkeypatch.setattr(tasks, "all_ways", fresh)


def letter(to: str = "ana@lantern.example", **values: object) -> Letter:
    given = {"subject": "Please confirm", "text": "Hello.\n", "kind": "confirm", **values}
    return write_letter(to=to, **given)  # type: ignore[arg-type]


def state_of(written: Letter) -> LetterState:
    written.refresh_from_db()
    return LetterState(written.state)


def read(wire: bytes) -> EmailMessage:
    found = message_from_bytes(from_wire(wire), policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def test_a_letter_is_sent_once(relay: FakeRelay) -> None:
    written = letter()
    assert send_letters_once() == 1
    assert send_letters_once() == 0
    assert len(relay.taken) == 1
    assert state_of(written) == LetterState.ACCEPTED
    assert (written.relay, written.attempts) == ("main", 1)
    assert written.reply == "250 2.0.0 queued"


def test_it_says_what_was_written(relay: FakeRelay, monkeypatch: pytest.MonkeyPatch) -> None:
    mail_settings = replace(settings.HANDPRESS.mail, from_name="Die Laterne, Bonn")
    monkeypatch.setattr(settings, "HANDPRESS", replace(settings.HANDPRESS, mail=mail_settings))
    written = letter(
        to="ana@lätern.example",
        subject="Bitte bestätigen",
        text=".Punkt\nGrüße",
        html="<p>Grüße</p>",
        language="de",
        headers={"X-Kind": "é"},
    )
    send_letters_once()
    (_, to, wire) = relay.taken[0]
    mail = read(wire)
    assert to == "ana@xn--ltern-gra.example"
    assert mail["To"] == to
    assert mail["Subject"] == "Bitte bestätigen"
    assert mail["From"].addresses[0].display_name == "Die Laterne, Bonn"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "de"
    assert mail["X-Kind"] == "é"
    assert mail["Message-ID"].startswith(f"<{written.uuid}@")
    assert mail["Date"].datetime == NOON
    text, html = (mail.get_body([kind]) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert text.get_content().split() == [".Punkt", "Grüße"]
    assert "<p>Grüße</p>" in html.get_content()


def test_what_is_through_is_forgotten(relay: FakeRelay) -> None:
    written = letter(html="<a href='/secret'>", headers={"X-Link": "/secret"})
    send_letters_once()
    written.refresh_from_db()
    assert (written.text, written.html, written.headers) == ("", "", {})


def test_without_work_one_question_is_asked(relay: FakeRelay) -> None:
    with CaptureQueriesContext(connection) as asked:
        send_letters_once()
    assert len(asked) == 1


def test_what_is_deferred_is_tried_again_less_and_less_often(relay: FakeRelay, time: Clock) -> None:
    relay.script = [GREYLISTED] * 8
    written = letter()
    waits = []
    for _ in range(8):
        send_letters_once()
        written.refresh_from_db()
        waits.append((written.next_at - time.at).total_seconds())
        assert state_of(written) == LetterState.WAITING
        assert send_letters_once() == 0
        time.at = written.next_at
    assert send_letters_once() == 1
    for count, wait in enumerate(waits):
        usual = min(60 * 2**count, 3600)
        assert usual / 2 <= wait <= usual * 1.5
    assert relay.tried == 9


def test_what_would_come_too_late_is_given_up(relay: FakeRelay, time: Clock) -> None:
    relay.script = [GREYLISTED] * 99
    written = letter(deadline_s=600)
    send_letters_once()
    time.go_on(seconds=600)
    send_letters_once()
    assert relay.tried == 1
    assert state_of(written) == LetterState.EXPIRED
    assert written.text == ""
    assert written.reply.startswith("451")


def test_a_mailbox_that_is_full_until_it_is_too_late_counts(relay: FakeRelay, time: Clock) -> None:
    full = Reply(452, "4.2.2", "mailbox full", Stage.RCPT)
    relay.script = [full, GREYLISTED, full]
    written = letter(deadline_s=200)
    for _ in range(2):
        send_letters_once()
        assert not MailEvent.objects.exists()
        written.refresh_from_db()
        time.at = min(written.next_at, NOON + timedelta(seconds=199))
        Letter.objects.update(next_at=time.at)
    send_letters_once()
    event = MailEvent.objects.get()
    assert (event.outcome, event.address_key) == (Outcome.COUNTED, "ana@lantern.example")
    assert (event.list_id, event.reader_id) == (LETTERS, written.pk)


def test_what_a_company_says_of_its_own_is_not_the_readers_word(relay: FakeRelay) -> None:
    relay.script = [Reply(554, "", "the domain is not set up", Stage.DATA, is_ours=True)]
    written = letter()
    send_letters_once()
    assert state_of(written) == LetterState.FAILED
    assert not MailEvent.objects.exists()


def test_a_mailbox_that_is_not_there_is_final_whatever_the_code(relay: FakeRelay) -> None:
    relay.script = [Reply(550, "5.7.1", "no such user here", Stage.RCPT)]
    written = letter()
    send_letters_once()
    assert state_of(written) == LetterState.FAILED


def test_a_reader_who_is_not_there_is_final(relay: FakeRelay) -> None:
    relay.script = [NO_SUCH_USER]
    written, other = letter(), letter("ben@lantern.example")
    assert send_letters_once() == 1
    assert state_of(written) == LetterState.FAILED
    assert state_of(other) == LetterState.ACCEPTED
    # It counts as a bounce does: nobody is mailed there again.
    assert is_suppressed("ana@lantern.example")


@pytest.mark.parametrize("refusal", [POLICY, OVER_QUOTA], ids=["policy", "quota"])
def test_a_refusal_that_is_about_us_is_tried_again(relay: FakeRelay, refusal: Reply) -> None:
    relay.script = [refusal]
    written = letter()
    send_letters_once()
    assert state_of(written) == LetterState.WAITING
    assert written.text
    assert not is_suppressed("ana@lantern.example")


def test_what_may_have_arrived_is_not_sent_again(relay: FakeRelay, time: Clock) -> None:
    relay.script = [OutcomeUnknown("no answer came in time")]
    written = letter()
    send_letters_once()
    time.go_on(hours=2)
    assert send_letters_once() == 0
    assert relay.tried == 1
    assert state_of(written) == LetterState.UNKNOWN
    assert written.reply == "no answer came in time"
    assert written.text
    time.go_on(days=1)
    forget_letters()
    assert state_of(written) == LetterState.UNKNOWN
    assert written.text == ""


@pytest.mark.parametrize("answer", [OutcomeUnknown("no answer came in time"), GREYLISTED])
def test_what_is_reported_before_the_answer_has_arrived(
    relay: FakeRelay, time: Clock, answer: Reply | OutcomeUnknown
) -> None:
    """A company's report of delivery may be quicker than its own answer, or come instead of it."""
    written = letter()
    relay.script = [answer if isinstance(answer, Exception) else answer.at(Stage.DOT)]
    relay.meanwhile = lambda: reports._settle_arrival(Ref(LETTERS, written.pk))
    send_letters_once()
    assert state_of(written) == LetterState.ACCEPTED
    assert written.reply == "reported as delivered"
    time.go_on(hours=2)
    assert send_letters_once() == 0
    assert relay.tried == 1


def test_another_relay_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = FakeRelay(is_reachable=False), FakeRelay()
    use(monkeypatch, first.way("first", 1000), second.way("second"))
    for _ in range(3):
        letter()
    assert send_letters_once() == 3
    assert len(second.taken) == 3
    assert {each.relay for each in Letter.objects.all()} == {"second"}


def test_what_one_relay_defers_another_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = FakeRelay(script=[GREYLISTED]), FakeRelay()
    monkeypatch.setattr("random.random", lambda: 0.5)
    use(monkeypatch, first.way("first", 1000), second.way("second"))
    letter()
    assert send_letters_once() == 1
    assert (first.tried, second.tried) == (1, 1)
    assert len(second.taken) == 1


def test_relays_share_by_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    heavy, light = FakeRelay(), FakeRelay()
    use(monkeypatch, heavy.way("heavy", 9), light.way("light", 1))
    for number in range(100):
        letter(f"r{number}@lantern.example")
    while send_letters_once():
        pass
    assert len(heavy.taken) + len(light.taken) == 100
    assert len(heavy.taken) > len(light.taken)


def test_no_relay_is_reachable(monkeypatch: pytest.MonkeyPatch, time: Clock) -> None:
    down = FakeRelay(is_reachable=False)
    use(monkeypatch, down.way())
    first, second = letter(), letter()
    assert send_letters_once() == 0
    assert state_of(first) == LetterState.WAITING
    assert first.reply == "connection refused"
    assert first.next_at > time.at
    # The next one was not even tried: nobody waits for it.
    assert (state_of(second), second.attempts) == (LetterState.WAITING, 0)
    down.is_reachable = True
    time.go_on(minutes=2)
    assert send_letters_once() == 2


def test_a_relay_out_of_reach_is_called_less_and_less_often(
    monkeypatch: pytest.MonkeyPatch, time: Clock
) -> None:
    down = FakeRelay(is_reachable=False)
    use(monkeypatch, down.way())
    for number in range(80):
        letter(f"r{number}@lantern.example")
    calls = []
    for _ in range(60):
        send_letters_once()
        calls.append(down.called)
        time.go_on(seconds=1)
    assert calls[0] == 1
    # After a second, two, four …; who waits in the meantime is not tried.
    assert 5 <= calls[-1] <= 8
    assert Letter.objects.filter(attempts__gt=0).count() == calls[-1]


def test_a_relay_that_asks_for_less_gets_less(monkeypatch: pytest.MonkeyPatch, time: Clock) -> None:
    busy = FakeRelay(is_reachable=False, refusal=Reply(421, "4.7.0", "too many", Stage.CONNECT))
    use(monkeypatch, busy.way())
    for number in range(60):
        letter(f"r{number}@lantern.example")
    send_letters_once()
    busy.is_reachable = True
    for _ in range(30):
        time.go_on(seconds=1)
        send_letters_once()
    # Without the wish all would have gone at once.
    assert 10 <= len(busy.taken) <= 20


def test_a_key_that_is_not_taken_is_not_tried_again_at_once(relay: FakeRelay, time: Clock) -> None:
    wrong = CannotConnect("401", Reply(535, "5.7.8", "no such key", Stage.CONNECT))
    relay.script = [Reply(250, stage=Stage.DOT), wrong, wrong]
    first, second = letter(), letter("ben@lantern.example")
    assert send_letters_once() == 1
    assert send_letters_once() == 0
    assert relay.tried == 2
    assert (state_of(first), state_of(second)) == (LetterState.ACCEPTED, LetterState.WAITING)


def test_letters_count_in_what_a_relay_carried(relay: FakeRelay, time: Clock) -> None:
    relay.script = [NO_SUCH_USER, OutcomeUnknown("no answer came in time"), NotSent("it broke")]
    for number in range(4):
        letter(f"r{number}@lantern.example")
    for _ in range(3):
        send_letters_once()
        time.go_on(minutes=2)
    assert RelayDay.objects.get().carried == 4
    assert RelayDay.objects.get().relay == "main"


def test_a_relay_that_had_hung_up_is_called_again(relay: FakeRelay) -> None:
    relay.script = [Reply(250, stage=Stage.DOT), NotSent("it hung up")]
    letter(), letter("ben@lantern.example")
    assert send_letters_once() == 2
    assert relay.tried == 3


def test_a_relay_is_given_no_more_than_it_takes(
    relay: FakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("handpress.mail.sending.asyncio.sleep", sleep)
    use(monkeypatch, replace(relay.way(), rate_per_s=0.5, messages_per_connection=2))
    for number in range(5):
        letter(f"r{number}@lantern.example")
    assert send_letters_once() == 5
    assert [round(each) for each in pauses] == [0, 2, 4, 6, 8]
    assert relay.connected == 3


def test_a_letter_that_was_withdrawn_is_not_sent(relay: FakeRelay) -> None:
    written, other = letter(), letter("ben@lantern.example")
    row = Letter.objects.filter(pk=written.pk)
    relay.script = [lambda: row.update(state=LetterState.EXPIRED)]
    assert send_letters_once() == 1
    assert state_of(written) == LetterState.EXPIRED
    assert state_of(other) == LetterState.ACCEPTED
    assert [to for _, to, _ in relay.taken] == ["ben@lantern.example"]


def test_what_a_process_left_behind_is_sorted_out(relay: FakeRelay) -> None:
    claimed, under_way = letter(), letter("ben@lantern.example")
    Letter.objects.filter(pk=claimed.pk).update(state=LetterState.CLAIMED, sender="gone")
    Letter.objects.filter(pk=under_way.pk).update(state=LetterState.ON_ITS_WAY, sender="gone")
    assert send_letters_once() == 1
    assert state_of(claimed) == LetterState.ACCEPTED
    assert state_of(under_way) == LetterState.UNKNOWN
    assert [to for _, to, _ in relay.taken] == ["ana@lantern.example"]


def test_only_one_process_sends(relay: FakeRelay, monkeypatch: pytest.MonkeyPatch) -> None:
    letter()
    monkeypatch.setattr(tasks, "_LOCK", "held-elsewhere")
    with held_elsewhere("held-elsewhere"):
        assert send_letters_once() == 0
        assert relay.tried == 0
    assert send_letters_once() == 1


@contextmanager
def held_elsewhere(name: str) -> Iterator[None]:
    """Hold a lock as another process would: on PostgreSQL by a connection of its own."""
    other = connection.copy()
    with patch.object(locks, "connection", other):
        held = only_one(name)
        assert held.__enter__()
    try:
        yield
    finally:
        with patch.object(locks, "connection", other):
            held.__exit__(None, None, None)
        other.close()


def test_it_stops_between_two_letters(relay: FakeRelay) -> None:
    letter(), letter("ben@lantern.example")
    assert send_letters_once(is_stopping=lambda: bool(relay.taken)) == 1
    assert send_letters_once() == 1


def test_a_letter_that_cannot_be_put_into_bytes_holds_up_no_other(relay: FakeRelay) -> None:
    broken, other = letter(), letter("ben@lantern.example")
    Letter.objects.filter(pk=broken.pk).update(to="ana@lantern.example\nBcc: x@y.example")
    assert send_letters_once() == 1
    assert state_of(broken) == LetterState.FAILED
    assert state_of(other) == LetterState.ACCEPTED


def test_old_letters_are_forgotten(relay: FakeRelay, time: Clock) -> None:
    letter()
    send_letters_once()
    waiting = letter(deadline_s=90 * 86400)
    time.go_on(days=29)
    assert forget_letters() == 0
    time.go_on(days=2)
    assert forget_letters() == 1
    assert list(Letter.objects.all()) == [waiting]


def test_a_letter_is_signed(relay: FakeRelay) -> None:
    keys.make_keys()
    letter(html="<p>Hello.</p>")
    send_letters_once()
    assert dkimpy_verdicts(from_wire(relay.taken[0][2]), keys.signers()) == [True, True]


def test_with_a_key_that_is_none_nothing_leaves_unsigned(relay: FakeRelay) -> None:
    keys.make_keys()
    (keys.keys_folder() / "hp1.pem").write_text("not a key")
    written = letter()
    with pytest.raises(keys.UnusableKey):
        send_letters_once()
    assert state_of(written) == LetterState.WAITING
    assert written.attempts == 0
    assert relay.tried == 0


def test_a_bounce_says_which_letter_it_was(relay: FakeRelay, settings_with_bounces: None) -> None:
    from handpress.mail.core.verp import read_verp
    from handpress.mail.envelopes import LETTERS, own_ref, verp_key

    written = letter()
    send_letters_once()
    sender = relay.taken[0][0]
    assert sender.endswith("@bounces.lantern.example")
    assert read_verp(verp_key(), sender) == own_ref(LETTERS, written.pk, written.uuid)


@pytest.fixture
def settings_with_bounces(monkeypatch: pytest.MonkeyPatch) -> None:
    mail = replace(settings.HANDPRESS.mail, bounce_domain="bounces.lantern.example")
    monkeypatch.setattr(settings, "HANDPRESS", replace(settings.HANDPRESS, mail=mail))
