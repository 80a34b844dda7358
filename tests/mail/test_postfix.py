"""The client against a real Postfix, which forbids improper pipelining."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest

from handpress.mail.core.smtp import Stage
from handpress.mail.smtp import SmtpRelay
from mail.postfix import Postfix, find_programs

pytestmark = pytest.mark.skipif(
    find_programs() is None or os.geteuid() != 0,
    reason="needs root and Debian's Postfix (scripts/unpack-postfix)",
)


@pytest.fixture(scope="module")
def postfix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postfix]:
    programs = find_programs()
    assert programs is not None
    folder = tmp_path_factory.mktemp("postfix")
    with Postfix.running(programs, folder / "postfix") as found:
        yield found


async def yes() -> bool:
    return True


def test_it_takes_what_is_said_in_one_breath(postfix: Postfix) -> None:
    async def work() -> list[int]:
        relay = SmtpRelay(host="127.0.0.1", port=postfix.port, security="none")
        connections = [await relay.connect() for _ in range(5)]
        assert all(each.offer.pipelining for each in connections)

        async def send(number: int) -> list[int]:
            codes = []
            for count in range(40):
                message = f"Subject: {number}-{count}\r\n\r\n{'A line.' * 50}\r\n".encode()
                to = f"r{number}-{count}@example.com"
                reply = await connections[number].submit("a@example.org", to, message, yes)
                codes.append(reply.code)
            await connections[number].close()
            return codes

        return [code for codes in await asyncio.gather(*map(send, range(5))) for code in codes]

    assert asyncio.run(work()) == [250] * 200
    assert "improper command pipelining" not in postfix.log()


def test_its_refusals_are_understood_and_it_goes_on(postfix: Postfix) -> None:
    async def work() -> None:
        relay = SmtpRelay(host="127.0.0.1", port=postfix.port, security="none")
        connection = await relay.connect()
        refused = await connection.submit("a@example.org", "no-domain@", b"x\r\n", yes)
        assert refused.stage is Stage.RCPT
        assert refused.is_permanent
        taken = await connection.submit(
            "a@example.org", "r@example.com", b"Subject: x\r\n\r\n", yes
        )
        assert taken.is_ok
        await connection.close()

    asyncio.run(work())
