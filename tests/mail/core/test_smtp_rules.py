"""Replies, offers and commands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handpress.mail.core.smtp import (
    Offer,
    ProtocolError,
    Reply,
    ReplyReader,
    Stage,
    envelope,
    is_safe_address,
    read_offer,
    sign_in,
)

EHLO = (
    b"250-mx.example\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-AUTH=LOGIN PLAIN\r\n250 SMTPUTF8\r\n"
)


def read(data: bytes) -> list[Reply]:
    return ReplyReader().feed(data)


def test_a_reply_is_code_enhanced_code_and_words() -> None:
    assert read(b"250 2.0.0 queued as 1\r\n") == [Reply(250, "2.0.0", "queued as 1")]
    assert read(b"250\r\n") == [Reply(250)]
    assert read(b"550-5.1.1 No such\r\n550 5.1.1 user here\n") == [
        Reply(550, "5.1.1", "No such\nuser here")
    ]


@given(st.lists(st.integers(1, len(EHLO) - 1)))
def test_pieces_make_the_same_reply_as_the_whole(cuts: list[int]) -> None:
    reader, replies, at = ReplyReader(), [], 0
    for cut in [*sorted(cuts), len(EHLO)]:
        replies += reader.feed(EHLO[at:cut])
        at = cut
    assert replies == read(EHLO)
    assert reader.is_idle


@pytest.mark.parametrize(
    "data",
    [b"hello\r\n", b"\r\n", b"099 no\r\n", b"2500 no\r\n", b"x" * 5000, b"250-more\r\n" * 300],
)
def test_what_is_no_reply_is_told(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read(data)


@given(st.binary())
def test_no_bytes_make_it_stumble(data: bytes) -> None:
    try:
        read(data)
    except ProtocolError:
        return


def test_control_characters_of_a_reply_go_no_further() -> None:
    assert "\x1b" not in read(b"550 5.0.0 \x1b[2Jgone\r\n")[0].text


def test_what_a_server_offers() -> None:
    offer = read_offer(read(EHLO)[0])
    assert offer == Offer(
        pipelining=True, smtputf8=True, size=1000, auth=frozenset({"LOGIN", "PLAIN"})
    )


@pytest.mark.parametrize(
    "address", ["", "a b@c.example", "a@b\r\nRCPT TO:<x@y>", "<a@b>", "a@b\x00", "x" * 400]
)
def test_an_address_cannot_end_a_command(address: str) -> None:
    assert not is_safe_address(address)
    if address:
        with pytest.raises(ValueError, match="ends a command"):
            envelope("us@example.org", address, 10, Offer())


def test_the_envelope_tells_what_the_server_wants_to_know() -> None:
    offer = Offer(size=1000, smtputf8=True)
    assert envelope("b@x.example", "가@x.example", 10, offer) == (
        b"MAIL FROM:<b@x.example> SIZE=10 SMTPUTF8\r\n",
        "RCPT TO:<가@x.example>\r\n".encode(),
    )
    assert envelope("", "a@x.example", 10, Offer())[0] == b"MAIL FROM:<>\r\n"


def test_signing_in() -> None:
    assert sign_in(Offer(auth=frozenset({"PLAIN", "LOGIN"})), "u", "p") == [
        b"AUTH PLAIN AHUAcA==\r\n"
    ]
    assert sign_in(Offer(auth=frozenset({"LOGIN"})), "u", "p")[0] == b"AUTH LOGIN\r\n"
    assert not sign_in(Offer(auth=frozenset({"GSSAPI"})), "u", "p")


def test_what_a_refusal_is_about() -> None:
    assert Reply(421).slows_down
    assert Reply(451, "4.7.28").slows_down
    assert not Reply(450, "4.2.1").slows_down
    assert Reply(550, "5.7.26", stage=Stage.RCPT).is_policy
    # Where code and enhanced code contradict each other, the code says whether it lasts.
    assert Reply(550, "4.7.1", stage=Stage.RCPT).is_policy
    assert Reply(451, "5.7.1").slows_down
    assert Reply(530, stage=Stage.MAIL).is_about_us
    assert not Reply(550, stage=Stage.RCPT).is_about_us
    assert not Reply(553, stage=Stage.MAIL, is_ours=True).is_about_us


@pytest.mark.parametrize(
    "lines",
    [
        b"550-5.7.1 blocked\r\n550 see https://there.example/why\r\n",
        b"550-Sorry.\r\n550-5.7.1 blocked\r\n550 \r\n",
        b"550-5.7.1 blocked\r\n550 5.7.1 for good\r\n",
    ],
)
def test_the_enhanced_code_may_stand_in_any_line(lines: bytes) -> None:
    (reply,) = read(lines)
    assert (reply.enhanced, reply.is_policy) == ("5.7.1", True)
    assert "5.7.1" not in reply.text


def test_bounces_are_asked_for_as_they_are_wanted_where_that_is_offered() -> None:
    offer = read_offer(Reply(250, "", "relay\nPIPELINING\nDSN\nSIZE 9000"))
    assert envelope("b-1-2@x.example", "ana+news=a@y.example", 10, offer) == (
        b"MAIL FROM:<b-1-2@x.example> SIZE=10 RET=HDRS ENVID=b-1-2\r\n",
        b"RCPT TO:<ana+news=a@y.example> NOTIFY=FAILURE,DELAY"
        b" ORCPT=rfc822;ana+2Bnews+3Da@y.example\r\n",
    )
    utf8 = Offer(dsn=True, smtputf8=True)
    assert b"ORCPT" not in envelope("b@x.example", "가@y.example", 10, utf8)[1]
    assert envelope("", "a@y.example", 10, utf8)[0] == b"MAIL FROM:<> RET=HDRS\r\n"
