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


@pytest.mark.parametrize("said", ["no MX or A for domain", "550 5.1.1 user unknown"])
def test_a_delay_suppresses_nobody_whatever_it_says(said):
    (refusal,) = read_notice(
        report(action="delayed", status="4.4.4", said=f"smtp; {said}")
    ).refusals
    assert refusal.is_delay
    assert not refusal.verdict.is_hard


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", "deliverable", ""])
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


@pytest.mark.parametrize("sender", ["<>", "", "SMTP_Mail_Service@quay.example"])
def test_a_machine_may_write_in_nobody_s_name(sender):
    (refusal,) = read_notice(words_only(f"<{GONE}>: No such user", sender=sender)).refusals
    assert refusal.verdict.is_hard


def test_each_recipient_of_a_transcript_has_a_reason_of_its_own():
    refusals = read_notice(words_only(TRANSCRIPT)).refusals
    assert [(each.recipient, each.verdict.reason) for each in refusals] == [
        ("other@quay.example", Reason.MAILBOX_FULL),
        (GONE, Reason.NO_SUCH_USER),
    ]


def test_what_a_report_says_of_one_in_words_is_not_said_of_another():
    words = f"<{GONE}>: 550 mailbox full\n<other@quay.example>: 550 user unknown"
    other = b"\n\nFinal-Recipient: rfc822; other@quay.example\nAction: failed\nStatus: 5.0.0"
    raw = report(status="5.0.0", said="", words=words)
    raw = raw.replace(b"\nDiagnostic-Code: ", other)
    refusals = read_notice(raw).refusals
    assert [(each.recipient, each.verdict.reason) for each in refusals] == [
        (GONE, Reason.MAILBOX_FULL),
        ("other@quay.example", Reason.NO_SUCH_USER),
    ]


def test_on_one_line_each_has_a_reason_of_its_own():
    words = f"Failed: <{GONE}>: mailbox full, <other@quay.example>: user unknown"
    named = f"X-Failed-Recipients: {GONE}, other@quay.example\nSubject".encode()
    refusals = read_notice(words_only(words).replace(b"Subject", named, 1)).refusals
    assert {each.recipient: each.verdict.reason for each in refusals} == {
        GONE: Reason.MAILBOX_FULL,
        "other@quay.example": Reason.NO_SUCH_USER,
    }


def test_what_a_relay_made_of_a_reply_of_the_old_kind_proves_nothing():
    """Sendmail calls every 550 an unknown user, in the code and in the transcript."""
    words = f"<<< 550 go away, it is Monday\n550 5.1.1 <{GONE}>... User unknown"
    (refusal,) = read_notice(report(said="smtp; 550 go away, it is Monday", words=words)).refusals
    assert refusal.verdict.is_permanent
    assert not refusal.verdict.is_hard


def test_what_is_said_to_people_does_not_outweigh_the_code():
    words = "Check the address: the user may be unknown. No such user?"
    (refusal,) = read_notice(
        report(status="5.7.1", said="smtp; 550 5.7.1 no", words=words)
    ).refusals
    assert refusal.verdict.reason is Reason.POLICY


def test_a_report_that_a_filter_packed_below_its_own_words_is_read():
    outer = (
        b"From: postmaster@harbour.example\nSubject: FW\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/mixed; boundary="=_o"\n\n'
        b'--=_o\nContent-Type: multipart/alternative; boundary="=_a"\n\n'
        b"--=_a\nContent-Type: text/plain\n\nA footer.\n"
        b"--=_a\nContent-Type: text/html\n\n<p>A footer.</p>\n--=_a--\n"
        b"--=_o\nContent-Type: message/rfc822\n\n" + report() + b"\n--=_o--\n"
    )
    (refusal,) = read_notice(outer).refusals
    assert refusal.recipient == GONE
    assert refusal.verdict.is_hard


@pytest.mark.parametrize("marked", [True, False])
def test_a_note_that_somebody_is_away_says_nothing_about_the_address(marked):
    notice = read_notice(away(marked=marked))
    assert notice.kind is NoticeKind.AUTOMATIC
    assert notice.refusals == ()


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Thanks", "I read c@d.example daily."),
        (
            "Re: Delivery strike fails",
            "Write to c@d.example; this address does not exist any more.",
        ),
        ("Re: News", "Mail to c@d.example was not delivered, I left the company."),
    ],
)
@pytest.mark.parametrize("sender", ["A <a@b.example>", "A <a@delivery-notification.example>"])
def test_a_letter_of_a_reader_is_no_bounce(sender, subject, text):
    raw = f"From: {sender}\nTo: x@y.example\nSubject: {subject}\n\n{text}".encode()
    notice = read_notice(raw)
    assert notice.kind is NoticeKind.OTHER
    assert notice.refusals == ()


def test_a_receipt_suppresses_nobody_whoever_wrote_it():
    raw = (
        b"From: Postmaster <postmaster@harbour.example>\nSubject: Undeliverable: not read\n"
        b"MIME-Version: 1.0\nContent-Type: multipart/report; boundary=B\n\n"
        b"--B\nContent-Type: text/plain\n\nThe mailbox no longer exists: gone@harbour.example\n"
        b"--B\nContent-Type: message/disposition-notification\n\n"
        b"Final-Recipient: rfc822; gone@harbour.example\n"
        b"Disposition: automatic-action/MDN-sent-automatically; deleted\n\n--B--\n"
    )
    notice = read_notice(raw)
    assert notice.kind is NoticeKind.AUTOMATIC
    assert notice.refusals == ()


@pytest.mark.parametrize(
    "subject",
    ["Quarantine notification", "Your spam digest", "Report Domain: a.example Report-ID: 1"],
)
def test_a_list_of_other_mail_is_no_bounce(subject):
    raw = (
        f"From: Mail Notification <mail-notification@harbour.example>\nSubject: {subject}\n\n"
        "Held for you:\n\nUndeliverable: mailbox does not exist gone@harbour.example\n"
    )
    assert read_notice(raw.encode()).kind is NoticeKind.OTHER


def test_what_a_rule_of_a_reader_gives_as_reason_proves_nothing():
    raw = report(
        said="smtp; 550 5.1.1 user unknown", words="was automatically rejected by your reader"
    )
    (refusal,) = read_notice(raw).refusals
    assert refusal.verdict.reason is Reason.NOT_WANTED


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
