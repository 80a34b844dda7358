"""What comes to the bounce address: reports, words, complaints, notes that somebody is away."""

from base64 import b64encode

import pytest

from factories.returned_mail import GONE, away, complaint, leave, report, words_only
from handpress.mail.core.bounces import NoticeKind, Reason, read_notice

QMAIL = f"""Hi. This is the qmail-send program at mx.harbour.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{GONE}>:
Sorry, no mailbox here by that name. (#5.1.1)"""
EXIM = f"""This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {GONE}
    SMTP error from remote mail server after RCPT TO:<{GONE}>:
    host mx.harbour.example [192.0.2.25]: 550 unknown user"""
PROVIDER = f"""Sorry, we were unable to deliver your message to the following address.

<{GONE}>:
552: 5.2.2 The recipient's inbox is out of storage space"""
TRANSCRIPT = f"""   ----- Transcript of session follows -----
550 other@quay.example... Mailbox full
550 <{GONE}>... User unknown"""
JAPANESE = f"下記のメールアドレスは存在しないため送信できませんでした。\n  Recipient: <{GONE}>"


def test_a_report_names_who_and_why():
    notice = read_notice(report())
    assert notice.kind is NoticeKind.BOUNCE
    (refusal,) = notice.refusals
    assert refusal.recipient == GONE
    assert refusal.verdict.reason is Reason.NO_SUCH_USER
    assert refusal.verdict.is_hard
    assert notice.message_id == "<b-1-2-abcdefghijklmnop@leadline.example>"


@pytest.mark.parametrize("ends", [b"\r\n", b"\r"])
def test_line_ends_make_no_difference(ends):
    for raw in (report(), words_only(QMAIL), complaint()):
        assert read_notice(raw.replace(b"\n", ends)) == read_notice(raw)


def test_a_delay_is_no_bounce():
    notice = read_notice(
        report(action="delayed", status="4.4.1", said="smtp; connection timed out")
    )
    assert notice.kind is NoticeKind.DELAY
    assert not notice.refusals[0].verdict.is_permanent


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_report_of_success_refuses_nobody(action):
    notice = read_notice(report(action=action, status="2.0.0", said="smtp; 250 ok"))
    assert notice.kind is NoticeKind.DELIVERED
    assert notice.refusals == ()


@pytest.mark.parametrize("words", [QMAIL, EXIM, JAPANESE])
def test_words_alone_say_that_an_address_is_gone(words):
    (refusal,) = read_notice(words_only(words)).refusals
    assert refusal.recipient == GONE
    assert refusal.verdict.is_hard


def test_words_alone_say_that_a_mailbox_is_full():
    (refusal,) = read_notice(words_only(PROVIDER)).refusals
    assert refusal.recipient == GONE
    assert refusal.verdict.reason is Reason.MAILBOX_FULL
    assert not refusal.verdict.is_hard


def test_each_recipient_of_a_transcript_has_a_reason_of_its_own():
    refusals = read_notice(words_only(TRANSCRIPT)).refusals
    assert [(each.recipient, each.verdict.reason) for each in refusals] == [
        ("other@quay.example", Reason.MAILBOX_FULL),
        (GONE, Reason.NO_SUCH_USER),
    ]


@pytest.mark.parametrize("marked", [True, False])
def test_a_note_that_somebody_is_away_says_nothing_about_the_address(marked):
    notice = read_notice(away(marked=marked))
    assert notice.kind is NoticeKind.AUTOMATIC
    assert notice.refusals == ()


def test_a_letter_of_a_reader_is_no_bounce():
    raw = b"From: A <a@b.example>\nTo: x@y.example\nSubject: Thanks\n\nI read c@d.example daily."
    assert read_notice(raw).kind is NoticeKind.OTHER


@pytest.mark.parametrize("kind", ["abuse", "fraud"])
def test_a_complaint_names_the_reader(kind):
    notice = read_notice(complaint(kind))
    assert notice.kind is NoticeKind.COMPLAINT
    assert notice.recipients == (GONE,)
    assert notice.message_id == "<b-1-2-abcdefghijklmnop@leadline.example>"


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "dmarc"])
def test_other_feedback_complains_of_nothing(kind):
    assert read_notice(complaint(kind)).kind is NoticeKind.REPORT


def test_asking_to_leave_by_mail():
    notice = read_notice(leave())
    assert notice.kind is NoticeKind.LEAVE
    assert notice.recipients == (GONE,)


def test_a_provider_s_note():
    raw = (
        b"From: no-reply@notes.example\nSubject: note\n\n"
        b'{"Type":"Notification","Message":"{\\"notificationType\\":\\"Bounce\\",\\"bounce\\":{'
        b'\\"bounceType\\":\\"Permanent\\",\\"bouncedRecipients\\":[{\\"emailAddress\\":'
        b'\\"ottoline@harbour.example\\",\\"status\\":\\"5.1.1\\",\\"diagnosticCode\\":'
        b'\\"smtp; 550 5.1.1 user unknown\\"}]}}"}'
    )
    (refusal,) = read_notice(raw).refusals
    assert refusal.recipient == GONE
    assert refusal.verdict.is_hard


def test_a_report_in_base64_is_read_although_it_must_not_be():
    raw = report()
    fields = raw.partition(b"message/delivery-status\n\n")[2].partition(b"\n--=_b")[0]
    coded = b64encode(fields)
    raw = raw.replace(fields, coded).replace(
        b"delivery-status\n\n", b"delivery-status\nContent-Transfer-Encoding: base64\n\n"
    )
    (refusal,) = read_notice(raw).refusals
    assert refusal.recipient == GONE
    assert refusal.verdict.is_hard
