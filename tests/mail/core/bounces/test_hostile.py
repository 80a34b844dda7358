"""Nothing that comes by mail makes the classifier fail, or costs it more than a moment."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories.returned_mail import away, complaint, leave, report, words_only
from handpress.mail.core.bounces import Notice, classify_reply, classify_text, read_notice
from handpress.mail.core.bounces.wording import NOT_NOW, OF_SENDER, RAW_RULES, RULES

SAMPLES = [report(), report(action="delayed"), words_only("<a@b.example>:\n550 no"), complaint()]
SAMPLES += [away(), leave()]
_BITS = [
    b"\n\n",
    b"\0",
    b"\xff",
    b"@",
    b"<",
    b"=?utf-8?b?x?=",
    b"--=_b",
    b"\x1b$B",
    b"Content-Type: ",
]


def _mutate(raw: bytes, chance: random.Random) -> bytes:
    data = bytearray(raw)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(data) or 1)
        what = chance.randrange(5)
        if what == 0:
            data[at : at + 1] = bytes([chance.randrange(256)])
        elif what == 1:
            del data[at : at + chance.randint(1, 200)]
        elif what == 2:
            data[at:at] = chance.choice(_BITS)
        elif what == 3:
            data[at:at] = data[: chance.randint(1, 400)]
        else:
            del data[at:]
    return bytes(data)


def test_ten_thousand_mutated_messages():
    chance = random.Random(20261126)
    for number in range(10_000):
        assert _is_writable(read_notice(_mutate(SAMPLES[number % len(SAMPLES)], chance)))


def _to_many(number: int, *, said: bytes, more: bytes = b"no") -> bytes:
    groups = b"".join(
        (said % n if said else b"")
        + b"Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 %d %s\n\n" % (n, more)
        for n in range(number)
    )
    words = "".join(f"<a{n}@b.example>: no such user\n" for n in range(number))
    whole = report(words=words)
    return whole.replace(b"\nFinal-Recipient", b"\n" + groups + b"\nFinal-Recipient", 1)


# What a pattern may be made to go over again and again, each 8,000 characters of it.
_RUNS = [
    "<",
    ">",
    " ",
    "\t",
    "\n",
    "4",
    "5.",
    "a.",
    "a-",
    "(",
    "user ",
    "not ",
    "<> ",
    "mailbox is ",
]
_RUNS += [
    "exceeded ",
    "the message ",
    "sender ",
    "spamhaus",
    "550 ",
    "5.1.1 ",
    "unknown or ",
    "不存在",
]


@pytest.mark.parametrize("run", _RUNS)
def test_no_reply_costs_more_than_a_moment(run):
    began = time.process_time()
    classify_reply(550, "", (run * 8_000)[:8_000])
    classify_text((run * 8_000)[:8_000], otherwise=(run * 8_000)[:7_999])
    assert time.process_time() - began < 1


def test_no_rule_fits_what_says_nothing():
    """An alternative that was left empty would fit every reply, and suppress every reader."""
    assert [rule.reason for rule in (*RULES, *RAW_RULES) if rule.said.search("")] == []
    assert not OF_SENDER.search("")
    assert not NOT_NOW.search("")


@pytest.mark.parametrize(
    "charset", ["utf-7", "hex", "zlib", "idna", "undefined", "\xff", "x" * 5_000]
)
@pytest.mark.parametrize("coding", ["base64", "quoted-printable", "x-uuencode", "7bit", "gzip"])
def test_a_charset_or_coding_that_is_none(charset, coding):
    raw = report().replace(b"charset=utf-8", f'charset="{charset}"'.encode("latin-1"))
    raw = raw.replace(
        b"text/plain;", f"text/plain; x=\nContent-Transfer-Encoding: {coding}".encode()
    )
    (refusal,) = read_notice(raw).refusals
    assert refusal.verdict.is_hard


@given(st.binary(max_size=2_000))
def test_any_bytes(raw):
    assert _is_writable(read_notice(raw))


def _is_writable(notice: Notice) -> bool:
    texts = [notice.subject, notice.own_id, notice.message_id, *notice.recipients]
    texts += [part for each in notice.refusals for part in (each.recipient, each.said)]
    return "".join(texts) == "".join(texts).encode("utf-8", "replace").decode()


_UTF_7 = b"Content-Type: text/plain; charset=utf-7\n\n+2AA- <a@b.example>: 550 +2AA- no such user"
_NOTE = (
    b'{"notificationType":"Bounce","mail":{"messageId":"\\ud800"},"bounce":{"bouncedRecipients":'
)
_NOTE += b'[{"emailAddress":"<\\ud800@b.example>","diagnosticCode":"550 \\ud800"}]}}'
_BELOW = (
    b"\xff caf\xc3\xa9 \n\nReceived: x\nSubject: caf\xc3\xa9\n\nFinal-Recipient: rfc822; \xc3@b.c\n"
)
_HALVES = b"Content-Type: text/plain; charset=utf-7\n\nx\n\nFinal-Recipient: rfc822; a@b.c\n"
_HALVES += b"Action: +AOk-+3IA-"


@pytest.mark.parametrize(
    "raw",
    [
        b"From: MAILER-DAEMON@x\n" + _UTF_7,
        b"From: MAILER-DAEMON@x\nSubject: =?utf-7?q?+2AA-?= failure\n\n<a@b.example>: 550 no",
        b"From: a@b.example\n\n" + _NOTE,
        b"From: MAILER-DAEMON@\xff\nSubject: \xe9chec caf\xc3\xa9\n\n<a@b.example>: 550 no \xe9",
        b"From: MAILER-DAEMON@x\n" + _HALVES,
        b"From: MAILER-DAEMON@x\n\n" + _BELOW + b"Action: failed\nStatus: \xe9\n",
        report(said="smtp; 550 caf\u00e9").replace(b"\xc3\xa9", b"\xc3\xa9 \xff"),
    ],
    ids=range(7),
)
def test_what_is_read_can_be_written_down(raw):
    assert _is_writable(read_notice(raw))


@given(st.integers(0, 999), st.text(max_size=20), st.text(max_size=500))
def test_any_reply(code, status, text):
    classify_reply(code, status, text)


@pytest.mark.parametrize(
    "raw",
    [
        b"From: MAILER-DAEMON@x\nSubject: failure\n\n" + b"a@" * 200_000,
        b"From: MAILER-DAEMON@x\nSubject: failure\n\n" + b"<" * 300_000,
        b"From: MAILER-DAEMON@x\nSubject: failure\n\n" + b"user unknown not " * 20_000,
        b"From: MAILER-DAEMON@x\nSubject: failure\n\n" + b"a.b.c.d-" * 40_000 + b"@x.y",
        b"Content-Type: text/html\nFrom: postmaster@x\n\n" + b"<style " * 40_000,
        b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n" * 60_000,
        b"Content-Type: message/rfc822\n\n" * 3_000,
        b"".join(
            b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(1_500)
        ),
        b"From: MAILER-DAEMON@x\nSubject: failure\n\n{" + b'{"a":' * 50_000,
        b"From: MAILER-DAEMON@x\nSubject: failure\n\n" + b">" * 200_000 + b"\n" * 100_000,
        b"Subject: " + b"=?utf-8?q?x?= " * 30_000 + b"\n\nx",
        b"X-Failed-Recipients: "
        + b",".join(b"a%d@b.example" % n for n in range(40_000))
        + b"\n\nx",
        b"X-Failed-Recipients: "
        + b",".join(b"a%d@b.example" % n for n in range(9_000))
        + b"\n\n"
        + b"".join(b"a%d@b.example user unknown\n" % n for n in range(9_000)),
        b"From: MAILER-DAEMON@x\nSubject: failure\n\n"
        + b",".join(b'{"a":"a%d@b.example","b":"550 5.1.1 unknown"}' % n for n in range(5_000)),
        b"".join(b"X-%d: x%sx\n" % (n, b"\t" * 19_000) for n in range(25)) + b"\nx",
        b"From: MAILER-DAEMON@x\nSubject: failure\n\n" + b"x" * 12_000_000,
        report(said=b"smtp; 550 ".decode() + "<" * 500_000),
        _to_many(10_000, said=b""),
        _to_many(10_000, said=b"Final-Recipient: rfc822; a%d@b.example\n"),
        _to_many(100, said=b"Final-Recipient: rfc822; a%d@b.example\n", more=b"user a.b.c (" * 400),
    ],
    ids=range(20),
)
def test_a_message_made_to_cost_much(raw):
    began = time.process_time()
    read_notice(raw)
    assert time.process_time() - began < 3


@pytest.mark.parametrize("block", [b"\n", b"x\n\n", b"a: b\n\n", b" \n"])
def test_a_report_of_nothing_but_blank_lines(block: bytes) -> None:
    # Python's parser makes a message of each block: half a million of them, and 200 MB.
    fields = b"Content-Type: message/delivery-status\n\n" + block * (500_000 // len(block))
    head = b"Subject: Undelivered\nContent-Type: multipart/report; boundary=b\n\n"
    raw = head + b"--b\nContent-Type: text/plain\n\nSorry.\n--b\n" + fields + b"\n--b--\n"
    began = time.process_time()
    assert _is_writable(read_notice(raw))
    assert time.process_time() - began < 1.5


@pytest.mark.parametrize("kind", ["multipart/mixed", "text/plain", "message/rfc822"])
@pytest.mark.parametrize("where", ["in the message", "in a part", "in what it gives back"])
def test_no_header_costs_more_than_a_moment(kind, where):
    """The parser goes over a quotation mark that is never closed again for each semicolon."""
    header = f'Content-Type: {kind}; "{";" * 200_000}\n\nwords\n'.encode()
    raw = {
        "in the message": b"Subject: Undelivered Mail\n" + header,
        "in a part": b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + header + b"--b--\n",
        "in what it gives back": b"Content-Type: message/rfc822\n\n" + header,
    }[where]
    began = time.process_time()
    read_notice(raw)
    assert time.process_time() - began < 2
