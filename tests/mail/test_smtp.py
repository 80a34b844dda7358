"""The client, against a server that does all that servers do."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handpress.mail.core.smtp import Reply, Stage
from handpress.mail.smtp import SmtpConnection, SmtpRelay, Timeouts
from handpress.mail.transports import CannotConnect, NotSent, OutcomeUnknown, Withdrawn
from mail.certificates import client_side, make_certificate, server_side
from mail.sink import Plan, Sink, running_sink

MESSAGE = b"Subject: Morning\r\n\r\n..a line that began with a dot\r\n"
PROMPT = Timeouts(connect=60, greeting=60, command=60, data=60, block=60, dot=60, quit=60)


def relay_to(sink: Sink, **how: Any) -> SmtpRelay:
    how.setdefault("security", "none")
    return SmtpRelay(host="localhost", port=sink.port, timeouts=how.pop("timeouts", PROMPT), **how)


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


async def submit(
    connection: SmtpConnection,
    to: str = "reader@example.com",
    before: Callable[[], Awaitable[bool]] = yes,
    message: bytes = MESSAGE,
) -> Reply:
    return await connection.submit("b-1@bounces.example", to, message, before)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


async def send_one(relay: SmtpRelay, **how: Any) -> Reply:
    connection = await relay.connect()
    try:
        return await submit(connection, **how)
    finally:
        await connection.close()


@pytest.mark.parametrize("offers", [["PIPELINING"], []], ids=["pipelining", "one by one"])
def test_a_message_arrives_as_it_was_handed_over(offers: list[str]) -> None:
    with running_sink(Plan(offers=offers)) as sink:
        reply = run(send_one(relay_to(sink)))
    assert (reply.code, reply.stage) == (250, Stage.DOT)
    (taken,) = sink.taken
    assert (taken.sender, taken.recipient) == ("b-1@bounces.example", "reader@example.com")
    assert taken.data + b"\r\n" == MESSAGE
    assert sink.commands[-1] == "QUIT"


def test_many_messages_share_a_connection() -> None:
    async def work(relay: SmtpRelay) -> None:
        connection = await relay.connect()
        for number in range(50):
            assert (await submit(connection, f"r{number}@example.com")).is_ok
        await connection.close()

    with running_sink() as sink:
        run(work(relay_to(sink)))
    assert sink.recipients == [f"r{number}@example.com" for number in range(50)]
    assert sink.connections == 1


@pytest.mark.parametrize(
    ("step", "code", "stage"),
    [
        ("mail", "451", Stage.MAIL),
        ("rcpt", "450", Stage.RCPT),
        ("rcpt", "550", Stage.RCPT),
        ("data", "451", Stage.DATA),
        ("dot", "451", Stage.DOT),
        ("dot", "554", Stage.DOT),
    ],
)
@pytest.mark.parametrize("offers", [["PIPELINING"], []], ids=["pipelining", "one by one"])
def test_a_refusal_names_its_step_and_the_connection_goes_on(
    step: str, code: str, stage: Stage, offers: list[str]
) -> None:
    async def work(sink: Sink) -> tuple[Reply, Reply]:
        connection = await relay_to(sink).connect()
        refused = await submit(connection)
        assert connection.is_open
        sink.plan.faults.clear()
        taken = await submit(connection, "second@example.com")
        await connection.close()
        return refused, taken

    with running_sink(Plan(offers=offers, faults={f"{step}:{code}": 1})) as sink:
        refused, taken = run(work(sink))
    assert (refused.code, refused.stage) == (int(code), stage)
    assert taken.is_ok
    assert sink.recipients == ["second@example.com"]


@pytest.mark.parametrize("step", ["mail", "rcpt", "data", "dot"])
def test_a_421_ends_the_connection(step: str) -> None:
    async def work(sink: Sink) -> Reply:
        connection = await relay_to(sink).connect()
        reply = await submit(connection)
        assert not connection.is_open
        await connection.close()
        return reply

    with running_sink(Plan(faults={f"{step}:421": 1})) as sink:
        reply = run(work(sink))
    assert (reply.code, reply.stage) == (421, step)
    assert reply.slows_down


@pytest.mark.parametrize("step", ["mail", "rcpt", "data", "body"])
def test_a_connection_that_breaks_before_the_dot_took_nothing(step: str) -> None:
    with (
        running_sink(Plan(faults={f"{step}:drop": 1})) as sink,
        pytest.raises((NotSent, OutcomeUnknown)) as caught,
    ):
        run(send_one(relay_to(sink)))
    # What breaks while the message is on its way may have broken behind its end.
    assert caught.type is (OutcomeUnknown if step == "body" else NotSent) or step == "body"
    assert not sink.taken


@pytest.mark.parametrize("fault", ["dot:drop", "dot:lost"])
def test_a_connection_that_breaks_after_the_dot_is_in_doubt(fault: str) -> None:
    with running_sink(Plan(faults={fault: 1})) as sink, pytest.raises(OutcomeUnknown):
        run(send_one(relay_to(sink)))
    assert len(sink.taken) == (fault == "dot:drop")


def test_who_is_cancelled_after_the_dot_does_not_know_what_came_of_it() -> None:
    async def stop(sink: Sink) -> bool:
        connection = await relay_to(sink).connect()
        task = asyncio.create_task(submit(connection))
        while not sink.taken:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(OutcomeUnknown):
            await task
        return connection.is_open

    with running_sink(Plan(faults={"dot:silence": 1})) as sink:
        assert run(stop(sink)) is False


def test_silence_is_not_waited_for_for_ever() -> None:
    for step, raised in (("greeting", CannotConnect), ("rcpt", NotSent), ("dot", OutcomeUnknown)):
        with running_sink(Plan(faults={f"{step}:silence": 1})) as sink, pytest.raises(raised):
            patience = {"greeting": "greeting", "rcpt": "command", "dot": "dot"}[step]
            run(send_one(relay_to(sink, timeouts=replace(PROMPT, **{patience: 0.05}))))


def test_a_slow_answer_is_waited_for() -> None:
    with running_sink(Plan(delay_s=0.1)) as sink:
        assert run(send_one(relay_to(sink, timeouts=replace(PROMPT, command=30, dot=600)))).is_ok


def test_the_patience_is_that_of_the_standard() -> None:
    assert Timeouts() == Timeouts(greeting=300, command=300, data=120, block=180, dot=600)


def test_a_message_may_be_taken_back_before_its_end() -> None:
    async def work(sink: Sink) -> None:
        connection = await relay_to(sink).connect()
        with pytest.raises(Withdrawn):
            await submit(connection, before=no)
        assert not connection.is_open

    with running_sink() as sink:
        run(work(sink))
    assert not sink.taken


def test_trouble_with_the_books_sends_nothing() -> None:
    async def fail() -> bool:
        raise OSError("no database")

    with running_sink() as sink, pytest.raises(OSError, match="no database"):
        run(send_one(relay_to(sink), before=fail))
    assert not sink.taken


def test_it_is_asked_before_the_end_and_only_once() -> None:
    seen: list[int] = []

    async def work(sink: Sink) -> None:
        async def ask() -> bool:
            seen.append(len(sink.taken))
            return True

        connection = await relay_to(sink).connect()
        await submit(connection, before=ask)
        await submit(connection, before=ask)
        await connection.close()

    with running_sink() as sink:
        run(work(sink))
    assert seen == [0, 1]


def test_it_is_asked_anew_where_the_server_took_its_time() -> None:
    answers = [True, False]

    async def ask() -> bool:
        return answers.pop(0)

    with running_sink(Plan(think_s=0.8)) as sink, pytest.raises(Withdrawn):
        run(send_one(relay_to(sink), before=ask))
    assert (sink.taken, answers) == ([], [])


def test_a_greeting_that_refuses_is_told() -> None:
    with (
        running_sink(Plan(faults={"greeting:554": 1})) as sink,
        pytest.raises(CannotConnect, match="554") as caught,
    ):
        run(relay_to(sink).connect())
    assert caught.value.reply is not None
    assert caught.value.reply.code == 554


def test_nobody_listens() -> None:
    with running_sink() as sink:
        port = sink.port
    with pytest.raises(CannotConnect):
        run(SmtpRelay(host="127.0.0.1", port=port, security="none").connect())


def test_too_large_or_not_speakable_is_refused_without_asking_the_server() -> None:
    async def work(sink: Sink) -> tuple[Reply, Reply]:
        connection = await relay_to(sink).connect()
        large = await submit(connection, message=b"x" * 100 + b"\r\n")
        foreign = await submit(connection, "독자@example.com", message=b"x\r\n")
        await connection.close()
        return large, foreign

    with running_sink(Plan(offers=["SIZE 50"])) as sink:
        large, foreign = run(work(sink))
    assert (large.code, large.enhanced) == (552, "5.3.4")
    assert "SMTPUTF8" in foreign.text
    assert foreign.is_ours
    assert not any(line.startswith("MAIL") for line in sink.commands)


def test_an_international_address_is_spoken_where_it_is_understood() -> None:
    with running_sink(Plan(offers=["PIPELINING", "SMTPUTF8"])) as sink:
        assert run(send_one(relay_to(sink), to="독자@example.com")).is_ok
    assert sink.recipients == ["독자@example.com"]


# --- encryption ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_encrypted_and_signed_in(certificate: Path, security: str) -> None:
    how = {security: server_side(certificate)}
    plan = Plan(offers=["PIPELINING", "AUTH PLAIN"])
    with running_sink(plan, **how) as sink:
        relay = relay_to(
            sink,
            security=security,
            tls=client_side(certificate),
            user="us",
            password="secret",
        )
        assert run(send_one(relay)).is_ok
    assert len(sink.taken) == 1
    assert any(line.startswith("AUTH PLAIN") for line in sink.commands)
    assert "secret" not in repr(relay)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_that_nobody_vouches_for_ends_it(certificate: Path, security: str) -> None:
    with (
        running_sink(Plan(), **{security: server_side(certificate)}) as sink,
        pytest.raises(CannotConnect, match="certificate"),
    ):
        run(relay_to(sink, security=security).connect())
    assert not any(line.startswith(("AUTH", "MAIL")) for line in sink.commands)


def test_a_certificate_of_another_name_ends_it(tmp_path: Path) -> None:
    other = make_certificate(tmp_path, "elsewhere.example")
    with (
        running_sink(Plan(), tls=server_side(other)) as sink,
        pytest.raises(CannotConnect, match=r"(?i)hostname"),
    ):
        run(relay_to(sink, security="tls", tls=client_side(other)).connect())


def test_where_encryption_is_stripped_nothing_is_said() -> None:
    plan = Plan(offers=["PIPELINING", "AUTH PLAIN"])
    with running_sink(plan) as sink, pytest.raises(CannotConnect, match="nothing is sent"):
        run(relay_to(sink, security="starttls", user="us", password="secret").connect())
    assert [line.split()[0] for line in sink.commands] == ["EHLO"]


@asynccontextmanager
async def odd_server(
    words: bytes, answers: Sequence[bytes] = ()
) -> AsyncIterator[Callable[[], SmtpRelay]]:
    """Serve what no mail server says: first words, then one answer for each line it is told."""
    finished = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        done = asyncio.Event()
        finished.append(done)
        with suppress(ConnectionError):
            writer.write(words)
            for answer in answers:
                await reader.readline()
                writer.write(answer)
            await reader.read()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        done.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield lambda: SmtpRelay(host="localhost", port=port, security="starttls", timeouts=PROMPT)
    finally:
        server.close()
        for done in finished:
            await done.wait()


def test_what_is_slipped_in_before_encryption_counts_for_nothing() -> None:
    async def work() -> None:
        answers = [
            b"250-mx\r\n250 STARTTLS\r\n",
            b"220 go on\r\n250-mx\r\n250 AUTH PLAIN\r\n",
        ]
        async with odd_server(b"220 hello\r\n", answers) as relay:
            await relay().connect()

    with pytest.raises(CannotConnect, match="before encryption"):
        run(work())


@pytest.mark.parametrize(
    "words", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x16\x03\x01\x02\x00\n", b"x" * 10_000]
)
def test_a_server_that_speaks_something_else(words: bytes) -> None:
    async def work() -> None:
        async with odd_server(words) as relay:
            await relay().connect()

    with pytest.raises(CannotConnect):
        run(work())


def talk(*answers: bytes, before: Callable[[], Awaitable[bool]] = yes) -> Reply:
    """Submit a message to a server that answers so, line by line."""

    async def work() -> Reply:
        async with odd_server(b"220 hello\r\n", [b"250 mx\r\n", *answers]) as relay:
            connection = await replace(relay(), security="none").connect()
            return await submit(connection, before=before)

    return run(work())


OK = b"250 ok\r\n"


def test_what_is_taken_before_it_was_said_is_not_taken() -> None:
    """As a proxy does that lost count of its answers."""
    with pytest.raises(NotSent, match="250"):
        talk(OK, OK, OK)


def test_what_is_said_before_the_message_is_no_answer_to_it() -> None:
    async def late() -> bool:
        await asyncio.sleep(0.2)
        return True

    with pytest.raises(NotSent, match="unasked"):
        talk(OK, OK, b"354 go on\r\n250 taken\r\n", before=late)


def test_an_answer_that_is_none_leaves_it_in_doubt() -> None:
    with pytest.raises(OutcomeUnknown, match="354"):
        talk(OK, OK, b"354 go on\r\n", b"354 go on\r\n")


def test_trust_is_read_once() -> None:
    from handpress.mail.smtp import _trusted

    assert _trusted() is _trusted()
    assert _trusted().verify_mode is ssl.CERT_REQUIRED
    assert _trusted().check_hostname
