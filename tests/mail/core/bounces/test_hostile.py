"""Nothing that comes by mail makes the classifier fail, or costs it more than a moment."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories.returned_mail import away, complaint, leave, report, words_only
from handpress.mail.core.bounces import classify_reply, read_notice

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
        read_notice(_mutate(SAMPLES[number % len(SAMPLES)], chance))


@given(st.binary(max_size=2_000))
def test_any_bytes(raw):
    read_notice(raw)


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
    ],
    ids=range(12),
)
def test_a_message_made_to_cost_much(raw):
    began = time.process_time()
    read_notice(raw)
    assert time.process_time() - began < 3
