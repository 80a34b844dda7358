"""What every way out promises, whatever kind of relay it is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Protocol

import pytest

from factories.companies import READER, Company, company
from factories.messages import BOUNCES, HTML, MESSAGE, TEXT, yes
from handpress.conf import RelaySettings
from handpress.mail.core.smtp import Reply
from handpress.mail.transports import NotSent, OutcomeUnknown, Transport, Withdrawn
from handpress.mail.transports.anymail import CompanyRelay
from handpress.mail.transports.kinds import Connector, connector
from handpress.mail.transports.outbox import OutboxRelay
from mail.sink import Sink, running_sink


class World(Protocol):
    """One kind of relay with somebody at the other end."""

    relay: Connector

    def arrived(self) -> list[EmailMessage]: ...
    def break_off(self) -> None: ...


class Outbox:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "outbox"
        self.relay: Connector = OutboxRelay(self.folder)

    def arrived(self) -> list[EmailMessage]:
        files = sorted((self.folder / "new").glob("*"))
        return [_parsed(each.read_bytes()) for each in files]

    def break_off(self) -> None:
        self.folder.write_text("a file where the folder should be")


class AtACompany:
    def __init__(self, there: Company) -> None:
        self.there = there
        self.relay: Connector = CompanyRelay(there.relay())

    def arrived(self) -> list[EmailMessage]:
        return [_of_postmark(json.loads(body)) for _, body in self.there.asked]

    def break_off(self) -> None:
        # Nobody listens on the port of a socket that was closed.
        self.relay = CompanyRelay(self.there.relay(port=1))


class BySmtp:
    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.relay = self.to(sink.port)

    def to(self, port: int) -> Connector:
        return connector(RelaySettings(name="main", host="127.0.0.1", port=port, security="none"))

    def arrived(self) -> list[EmailMessage]:
        return [_parsed(each.data) for each in self.sink.taken]

    def break_off(self) -> None:
        self.relay = self.to(1)


def _parsed(data: bytes) -> EmailMessage:
    found = message_from_bytes(data, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def _of_postmark(data: dict[str, Any]) -> EmailMessage:
    mail = EmailMessage()
    for name, key in (("From", "From"), ("To", "To"), ("Subject", "Subject")):
        mail[name] = data[key]
    mail["Reply-To"] = data["ReplyTo"]
    for each in data["Headers"]:
        mail[each["Name"]] = each["Value"]
    mail.set_content(data["TextBody"])
    mail.add_alternative(data["HtmlBody"], subtype="html")
    assert (data["TrackOpens"], data["TrackLinks"]) == (False, "None")
    return mail


@pytest.fixture(params=["outbox", "smtp", "company"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "outbox":
        yield Outbox(tmp_path)
        return
    if request.param == "smtp":
        with running_sink() as sink:
            yield BySmtp(sink)
        return
    with company() as there:
        yield AtACompany(there)


async def no() -> bool:
    return False


def during(world: World, work: Callable[[Transport], Awaitable[Any]]) -> Any:
    """Do something with a connection of its own, and close it."""

    async def go() -> Any:
        connection = await world.relay.connect()
        try:
            return await work(connection)
        finally:
            await connection.close()

    return asyncio.run(go())


def submit(world: World, **values: Any) -> Any:
    given = {"envelope_from": BOUNCES, "envelope_to": READER, "message": MESSAGE, **values}
    given.setdefault("before_dot", yes)
    return during(world, lambda connection: connection.submit(**given))


def body_of(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body([kind])
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n").rstrip("\n")


def test_a_message_arrives_as_it_was_written(world: World) -> None:
    reply = submit(world)
    assert reply.is_ok
    (mail,) = world.arrived()
    assert mail["To"] == READER
    assert mail["Subject"] == "Grüße aus dem Hafen"
    assert mail["Reply-To"] == "desk@example.org"
    assert mail["Message-ID"] == "<d-1-2@example.org>"
    assert mail["List-Unsubscribe"] == "<https://example.org/-/unsubscribe/AAAA>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert body_of(mail, "plain") == TEXT.rstrip("\n")
    assert body_of(mail, "html") == HTML


def test_several_go_by_one_connection(world: World) -> None:
    async def three(connection: Transport) -> list[Reply]:
        return [await connection.submit(BOUNCES, READER, MESSAGE, yes) for _ in range(3)]

    assert all(reply.is_ok for reply in during(world, three))
    assert len(world.arrived()) == 3


def test_nothing_has_arrived_when_it_is_asked_for_the_last_time(world: World) -> None:
    seen = []

    async def look() -> bool:
        seen.append(len(world.arrived()))
        return True

    submit(world, before_dot=look)
    assert seen == [0]
    assert len(world.arrived()) == 1


def test_a_message_that_is_withdrawn_does_not_arrive(world: World) -> None:
    with pytest.raises(Withdrawn):
        submit(world, before_dot=no)
    assert world.arrived() == []


def test_trouble_when_asked_sends_nothing(world: World) -> None:
    async def trouble() -> bool:
        raise RuntimeError("the database is gone")

    with pytest.raises(RuntimeError):
        submit(world, before_dot=trouble)
    assert world.arrived() == []


@pytest.mark.parametrize(
    "to", ["ana@lantern.example>\r\nRCPT TO:<x@y.example", "a b@c.example", ""]
)
def test_an_address_that_could_say_more_is_refused(world: World, to: str) -> None:
    try:
        reply = submit(world, envelope_to=to)
    except ValueError:
        pass
    else:
        assert reply.is_permanent
    assert world.arrived() == []


def test_where_nobody_is_nothing_was_sent(world: World) -> None:
    world.break_off()
    with pytest.raises(NotSent):
        submit(world)


def test_closing_twice_is_no_trouble(world: World) -> None:
    async def twice(connection: Transport) -> bool:
        await connection.close()
        await connection.close()
        return connection.is_open

    assert during(world, twice) is False


def test_after_closing_nothing_is_sent(world: World) -> None:
    async def late(connection: Transport) -> None:
        await connection.close()
        await connection.submit(BOUNCES, READER, MESSAGE, yes)

    with pytest.raises(NotSent):
        during(world, late)
    assert world.arrived() == []


def test_what_was_stopped_on_the_way_is_not_called_sent(world: World) -> None:
    """Who is cancelled after the last question gets no reply that could be believed."""

    async def stop(connection: Transport) -> str:
        asked = asyncio.Event()

        async def wait_there() -> bool:
            asked.set()
            await asyncio.sleep(0)
            return True

        task = asyncio.create_task(connection.submit(BOUNCES, READER, MESSAGE, wait_there))
        await asked.wait()
        task.cancel()
        try:
            await task
        except (asyncio.CancelledError, OutcomeUnknown) as error:
            return type(error).__name__
        return "sent"

    assert during(world, stop) in {"CancelledError", "OutcomeUnknown"}


def test_a_connection_that_was_cut_takes_no_more(world: World) -> None:
    async def cut(connection: Transport) -> bool:
        connection.abort()
        return connection.is_open

    assert during(world, cut) is False


def test_cutting_a_connection_ends_what_waits(world: World) -> None:
    """Nobody who stops a sender waits for a relay that is silent."""

    async def cut(connection: Transport) -> str:
        async def cut_there() -> bool:
            asyncio.get_running_loop().call_soon(connection.abort)
            return True

        try:
            reply = await asyncio.wait_for(
                connection.submit(BOUNCES, READER, MESSAGE, cut_there), timeout=5
            )
        except (NotSent, OutcomeUnknown) as error:
            return type(error).__name__
        return "taken" if reply.is_ok else "refused"

    ended = during(world, cut)
    count = len(world.arrived())
    assert ended in {"taken", "NotSent", "OutcomeUnknown"}
    assert count == 1 if ended == "taken" else count <= (ended == "OutcomeUnknown")
