"""`handpress digest send` and `status`: the real command, real relays, real messages."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path

import pytest

from command_line import CommandLine
from mail.sink import Plan, running_sink

_FILL = """
from datetime import UTC, date, datetime, timedelta
from handpress.digest.core.compose import Contents, Piece
from handpress.digest.models import Edition, Subscriber
now = datetime.now(UTC)
piece = Piece(uuid="6f2d3c1e-0000-4000-8000-000000000001", path="2026/11/ferry.html",
              headline="The ferry is late", excerpt="It has been late before.")
edition = Edition.objects.create(
    frequency=1, edition_on=date(2026, 11, 21), state=2, frozen_at=now, covers_from=now,
    covers_to=now, send_at=now, deadline_at=now + timedelta(hours=6), subject="The ferry is late",
    contents=Contents(pieces=(piece,), subject="The ferry is late").as_json())
Subscriber.objects.bulk_create(
    Subscriber(address=f"r{n}@example.com", address_key=f"r{n}@example.com", domain="example.com",
               state=1, confirmed_at=now - timedelta(days=9)) for n in range(30))
print("null")
"""
_RELAY = """
[mail]
from_address = "digest@proof.example"
bounce_domain = "bounces.proof.example"

[[mail.relays]]
name = "main"
host = "127.0.0.1"
port = {port}
security = "none"
connections = 3
"""


@pytest.fixture
def newsroom(prepared_newsroom: Path) -> CommandLine:
    line = CommandLine(prepared_newsroom)
    line.ask(_FILL)
    return line


def name_relay(newsroom: CommandLine, port: int) -> None:
    with (newsroom.folder / "handpress.toml").open("a") as file:
        file.write(_RELAY.format(port=port))


def test_what_is_under_way_is_sent_to_everybody_with_links_of_their_own(
    newsroom: CommandLine,
) -> None:
    with running_sink() as sink:
        name_relay(newsroom, sink.port)
        (sent,) = newsroom.account("digest", "send")["editions"]
        (told,) = newsroom.account("digest", "status")["editions"]
        assert newsroom.account("digest", "send")["editions"] == []
    assert (sent["accepted"], sent["total"], told["state"]) == (30, 30, "sent")
    assert sorted(sink.recipients) == sorted(f"r{n}@example.com" for n in range(30))
    assert len({each.sender for each in sink.taken}) == 30
    assert all(each.sender.endswith("@bounces.proof.example") for each in sink.taken)
    messages = [message_from_bytes(each.data, policy=policy.default) for each in sink.taken]
    assert {each["To"] for each in messages} == set(sink.recipients)
    assert len({each["Message-ID"] for each in messages}) == 30
    assert len({each["List-Unsubscribe"] for each in messages}) == 30
    days = newsroom.ask(
        "from handpress.mail.models import RelayDay\n"
        "print(json.dumps(list(RelayDay.objects.values_list('relay', 'carried'))))"
    )
    assert days == [["main", 30]]


def test_whom_their_own_server_refuses_for_good_is_mailed_no_more(newsroom: CommandLine) -> None:
    with running_sink(Plan(faults={"rcpt:550": 0.5})) as sink:
        name_relay(newsroom, sink.port)
        (sent,) = newsroom.account("digest", "send")["editions"]
    assert 0 < sent["accepted"] < 30
    missed = sorted({f"r{n}@example.com" for n in range(30)} - set(sink.recipients))
    told = newsroom.ask(
        "from handpress.mail.models import MailEvent, Suppression\n"
        "print(json.dumps([sorted(MailEvent.objects.values_list('address_key', flat=True)),"
        " sorted(Suppression.objects.values_list('address_key', flat=True))]))"
    )
    assert told == [missed, missed]


def test_without_a_relay_it_stays_in_the_outbox(newsroom: CommandLine) -> None:
    (sent,) = newsroom.account("digest", "send")["editions"]
    assert sent["accepted"] == 30
    assert len(list((newsroom.folder / "var" / "outbox" / "new").iterdir())) == 30


def test_there_may_be_nothing_to_do(prepared_newsroom: Path) -> None:
    line = CommandLine(prepared_newsroom)
    assert "There was nothing to send." in line.run("digest", "send").stdout
    assert "No edition was sent yet." in line.run("digest", "status").stdout
    assert "No daily edition waits" in line.run("digest", "send", "--now", status=1).stderr
