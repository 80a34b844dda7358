"""Each company is asked in its own words, and what it answers is understood."""

import asyncio
import json
import threading
import time

import pytest

from factories.companies import READER, TAKEN, Company, company
from factories.messages import BOUNCES, MESSAGE, yes
from handpress.conf import COMPANIES
from handpress.mail.core.smtp import Reply
from handpress.mail.transports import CannotConnect, NotSent, OutcomeUnknown
from handpress.mail.transports.anymail import CompanyRelay

OPTIONS = {"mailgun": ("sender_domain=mg.example.org",)}


def send(there: Company, **values: object) -> Reply:
    async def go() -> Reply:
        connection = await CompanyRelay(there.relay(**values)).connect()
        try:
            return await connection.submit(BOUNCES, READER, MESSAGE, yes)
        finally:
            await connection.close()

    return asyncio.run(go())


def test_each_company_of_the_settings_is_tried_here() -> None:
    assert set(TAKEN) == set(COMPANIES)


@pytest.mark.parametrize("name", COMPANIES)
def test_each_is_given_the_message_and_the_key(name: str) -> None:
    with company(name) as there:
        reply = send(there, options=OPTIONS.get(name, ()))
        assert reply.is_ok, str(reply)
        ((_, body),) = there.asked
        assert READER in body or READER.replace("@", "%40") in body
        assert "unsubscribe/AAAA" in body.replace("%2F", "/")
        secret = there.passwords[0] + body
        assert "key-for-tests" in secret or "Basic " in secret


@pytest.mark.parametrize(("status", "is_general"), [(429, True), (503, True), (409, False)])
def test_what_will_pass_is_temporary(status: int, is_general: bool) -> None:
    with company() as there:
        there.answers = [(status, {"ErrorCode": 1, "Message": "wait"})]
        reply = send(there)
    assert reply.is_temporary
    # "Too many requests" is said of the account, whoever the message was for.
    assert (reply.is_about_us, reply.slows_down) == (is_general, is_general)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_what_will_not_pass_is_permanent(status: int) -> None:
    with company() as there:
        there.answers = [(status, {"ErrorCode": 300, "Message": "no"})]
        reply = send(there)
    assert reply.is_permanent
    # Its own word, and not that of the reader's server: it counts against nobody.
    assert reply.is_ours


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_is_the_relays_trouble(status: int) -> None:
    with company() as there:
        there.answers = [(status, {"ErrorCode": 10, "Message": "bad token"})]
        with pytest.raises(CannotConnect) as caught:
            send(there)
        assert caught.value.reply is not None
        assert "key-for-tests" not in str(caught.value)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_after_an_error_of_the_server_nobody_knows(status: int) -> None:
    with company() as there:
        there.answers = [(status, {"Message": "oops"})]
        with pytest.raises(OutcomeUnknown):
            send(there)


def test_after_silence_nobody_knows() -> None:
    with company() as there:
        there.answers = [None]
        with pytest.raises(OutcomeUnknown):
            send(there)
        assert len(there.asked) == 1


def test_an_answer_that_is_none_leaves_it_unknown() -> None:
    with company() as there:
        there.answers = [(200, "what?")]
        with pytest.raises(OutcomeUnknown):
            send(there)


def test_where_nobody_listens_nothing_was_sent() -> None:
    with company() as there, pytest.raises(NotSent):
        send(there, port=1)


def test_a_reader_it_does_not_mail_is_refused() -> None:
    with company("mandrill") as there:
        rejected = {"email": READER, "status": "rejected", "reject_reason": "hard-bounce"}
        there.answers = [(200, [rejected]), (200, [{**rejected, "status": "invalid"}])]
        refused = send(there)
        assert (refused.enhanced, refused.is_ours) == ("5.7.1", True)
        assert send(there).enhanced == "5.1.3"


def test_it_is_told_whose_message_it_was() -> None:
    with company() as there:
        send(there)
        assert json.loads(there.asked[0][1])["Metadata"] == {"bounce_to": BOUNCES}


def test_a_company_that_does_not_answer_keeps_nobody_from_ending() -> None:
    async def go(there: Company) -> None:
        connection = await CompanyRelay(there.relay()).connect()
        asked = asyncio.create_task(connection.submit(BOUNCES, READER, MESSAGE, yes))
        while not there.asked:
            await asyncio.sleep(0.01)
        connection.abort()
        with pytest.raises(OutcomeUnknown):
            await asked
        await connection.close()

    with company() as there:
        there.goes_on = threading.Event()
        began = time.monotonic()
        asyncio.run(go(there))
        took_s = time.monotonic() - began
        there.goes_on.set()
    assert took_s < 5


def test_all_lines_to_a_company_are_used_at_once() -> None:
    """What the ledger has let go must not stand in a queue."""
    many = 40

    async def go(there: Company) -> list[Reply]:
        relay = CompanyRelay(there.relay())
        lines = [await relay.connect() for _ in range(many)]
        asked = [asyncio.create_task(line.submit(BOUNCES, READER, MESSAGE, yes)) for line in lines]
        try:
            async with asyncio.timeout(20):
                while len(there.asked) < many:
                    await asyncio.sleep(0.02)
        finally:
            assert there.goes_on
            there.goes_on.set()
        return await asyncio.gather(*asked)

    with company() as there:
        there.goes_on = threading.Event()
        assert all(reply.is_ok for reply in asyncio.run(go(there)))
