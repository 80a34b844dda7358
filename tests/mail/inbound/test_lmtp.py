"""LMTP as a mail server speaks it."""

import asyncio
import smtplib
import socket
import threading
from collections.abc import Iterator

import pytest

from factories.returned_mail import report
from handpress.mail.inbound import lmtp
from handpress.mail.inbound.lmtp import open_door

ADDRESS = "b-1-2-abcdefghijklmnop@bounces.leadline.example"


class Door:
    """A door on a port of its own, and what came through it."""

    def __init__(self) -> None:
        self.taken: list[tuple[bytes, list[str]]] = []
        self.fails = False
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._is_open = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Door":
        self._thread.start()
        assert self._is_open.wait(10)
        return self

    def __exit__(self, *exc: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._loop.close()

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        server = await open_door("127.0.0.1:0", self._take)
        self.port = server.sockets[0].getsockname()[1]
        self._is_open.set()
        async with server:
            await self._stop.wait()

    def _take(self, raw: bytes, recipients: object) -> None:
        if self.fails:
            raise RuntimeError
        self.taken.append((raw, list(recipients)))  # type: ignore[call-overload]


@pytest.fixture
def door() -> Iterator[Door]:
    with Door() as one:
        yield one


def test_a_message_is_handed_in_with_whom_it_came_to(door):
    with smtplib.LMTP("127.0.0.1", door.port) as client:
        assert client.sendmail("", [ADDRESS], report() + b"\r\n.dotted\r\n") == {}
    ((raw, recipients),) = door.taken
    assert recipients == [ADDRESS]
    assert raw.startswith(b"Return-Path: <>")
    assert b"\r\n.dotted\r\n" in raw


def test_what_cannot_be_taken_stays_with_the_mail_server(door, caplog):
    door.fails = True
    with smtplib.LMTP("127.0.0.1", door.port) as client:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("", [ADDRESS], report())
        assert refused.value.smtp_code == 451
        door.fails = False
        assert client.sendmail("", [ADDRESS], report()) == {}


def test_one_answer_for_each_recipient(door):
    with socket.create_connection(("127.0.0.1", door.port), timeout=10) as client:
        talk = client.makefile("rwb")
        words = [b"LHLO here", b"MAIL FROM:<>", b"RCPT TO:<a@b.example>", b"RCPT TO:<c@d.example>"]
        talk.write(b"\r\n".join([*words, b"DATA", b""]))
        talk.flush()
        answers = [talk.readline() for _ in range(11)]
        assert answers[-1].startswith(b"354")
        talk.write(b"Subject: x\r\n\r\n..y\r\n.\r\nQUIT\r\n")
        talk.flush()
        assert [talk.readline()[:3] for _ in range(3)] == [b"250", b"250", b"221"]
    assert door.taken == [(b"Subject: x\r\n\r\n.y\r\n", ["a@b.example", "c@d.example"])]


def test_nonsense_is_answered(door):
    with socket.create_connection(("127.0.0.1", door.port), timeout=10) as client:
        talk = client.makefile("rwb")
        talk.readline()
        for said, code in [
            (b"HELO x", b"500"),
            (b"RCPT TO:<a@b.example>", b"503"),
            (b"MAIL x", b"501"),
            (b"DATA", b"503"),
            (b"MAIL FROM:<a@b>", b"250"),
            (b"RCPT TO:<>", b"501"),
            (b"\xff\xfe", b"500"),
            (b"NOOP", b"250"),
            (b"RSET", b"250"),
            (b"x" * 5_000, b"421"),
        ]:
            talk.write(said + b"\r\n")
            talk.flush()
            assert talk.readline()[:3] == code, said


def test_too_much_is_refused_and_the_connection_goes_on(door, monkeypatch):
    monkeypatch.setattr(lmtp, "MOST_BYTES", 1_000)
    with smtplib.LMTP("127.0.0.1", door.port) as client:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("", [ADDRESS], b"x" * 500 + b"\r\n" + b"y" * 900)
        assert refused.value.smtp_code == 552
        assert client.sendmail("", [ADDRESS], b"Subject: small\r\n\r\nx") == {}


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n"])
def test_a_message_ends_where_the_mail_server_ends_it(door, end):
    """Whoever wrote it cannot say more to us in its name (RFC 5321, 4.1.1.4)."""
    with socket.create_connection(("127.0.0.1", door.port), timeout=10) as line:
        line.sendall(b"LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<" + ADDRESS.encode() + b">\r\nDATA\r\n")
        line.sendall(b"Subject: x\r\n\r\nwords" + end + b"RSET\r\n.\r\nQUIT\r\n")
        said = b"".join(iter(lambda: line.recv(4096), b""))
    assert said.count(b"2.0.0 taken") == 1
    assert b"2.0.0 ok" not in said
    assert [raw.endswith(b"RSET\r\n") for raw, _ in door.taken] == [True]
