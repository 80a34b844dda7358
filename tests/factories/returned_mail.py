"""Mail that comes back, as different mail systems write it. All of it is invented."""

from __future__ import annotations

GONE = "ottoline@harbour.example"
BACK = "b-1-2-abcdefghijklmnop@bounces.leadline.example"

_ORIGINAL = f"""\
Return-Path: <{BACK}>
Received: from relay.leadline.example by mx.harbour.example; Thu, 26 Nov 2026 06:00:03 +0000
From: The Leadline <digest@leadline.example>
To: {GONE}
Subject: Forty-one pages vanish
Message-ID: <b-1-2-abcdefghijklmnop@leadline.example>
List-Unsubscribe: <https://leadline.example/-/unsubscribe/x>

Good morning.
"""


def report(
    *,
    status: str = "5.1.1",
    action: str = "failed",
    said: str = "smtp; 550 5.1.1 <ottoline@harbour.example>: no such user here",
    recipient: str = GONE,
    words: str = "Your message could not be delivered.",
) -> bytes:
    """Return a delivery status notification (RFC 3464)."""
    return f"""\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.harbour.example>
To: {BACK}
Subject: Undelivered Mail Returned to Sender
Message-ID: <20261126.1@mx.harbour.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"

--=_b
Content-Type: text/plain; charset=utf-8

{words}

--=_b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.harbour.example

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: {said}

--=_b
Content-Type: message/rfc822

{_ORIGINAL}
--=_b--
""".encode()


def words_only(text: str, *, sender: str = "MAILER-DAEMON@mx.harbour.example") -> bytes:
    """Return a bounce that has no report, only words and the message below."""
    return f"""\
Return-Path: <>
From: {sender}
To: {BACK}
Subject: failure notice
Message-ID: <20261126.2@mx.harbour.example>

{text}

--- Below this line is a copy of the message.

{_ORIGINAL}""".encode()


def complaint(kind: str = "abuse", *, redacted: bool = False) -> bytes:
    """Return a feedback report (RFC 5965)."""
    whom = "" if redacted else f"Original-Rcpt-To: <{GONE}>\n"
    return f"""\
From: <feedback@harbour.example>
To: <fbl@leadline.example>
Subject: FW: Forty-one pages vanish
Message-ID: <20261126.3@harbour.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="=_f"

--=_f
Content-Type: text/plain

This is an email abuse report for an email message received from 192.0.2.1.

--=_f
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Harbour/1.0
Version: 1
{whom}Source-IP: 192.0.2.1

--=_f
Content-Type: message/rfc822

{_ORIGINAL}
--=_f--
""".encode()


def away(*, marked: bool = True, sender: str = f"Ottoline <{GONE}>") -> bytes:
    """Return a note that somebody is on holiday."""
    mark = "Auto-Submitted: auto-replied\n" if marked else ""
    return f"""\
Return-Path: <>
From: {sender}
To: {BACK}
Subject: Out of office: Forty-one pages vanish
Message-ID: <20261126.4@harbour.example>
{mark}
I am away until Monday. My mailbox is full and colleagues who no longer exist cannot be reached:
550 5.1.1 user unknown. Write to {GONE} later.
""".encode()


def leave() -> bytes:
    """Return the mail that a reader's program writes for the button that unsubscribes."""
    return f"""\
From: Ottoline <{GONE}>
To: {BACK}
Subject: unsubscribe
Message-ID: <20261126.5@harbour.example>
Auto-Submitted: auto-replied

Please.
""".encode()
