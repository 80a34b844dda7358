"""`handpress mail`: the doors through which mail comes back."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections

from handpress.lib.commands import Verb
from handpress.mail.core.bounces import Notice, read_notice
from handpress.mail.inbound.lmtp import MOST_BYTES, open_door
from handpress.mail.inbound.mailbox import MailboxTrouble
from handpress.mail.inbound.tasks import poll_once
from handpress.mail.returned import take_notice

_STEPS = ("receive", "listen", "poll", "explain")
_DONE, _FAILED, _MISUSED = 0, 1, 2
# What a mail server understands (sysexits.h): keep it and come again.
_TRY_AGAIN = 75
_LISTEN = "127.0.0.1:2424"


class Command(Verb, BaseCommand):
    """Takes bounces, complaints and requests to leave, by pipe, LMTP or from a mailbox."""

    help = (
        "Take in mail that comes back: one message from standard input (receive), from a mail "
        "server by LMTP until stopped (listen), from the mailbox of handpress.toml (poll); or "
        "say what messages in files mean and do nothing (explain)."
    )
    has_json = True

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("step", choices=_STEPS, help="what to do")
        parser.add_argument("files", nargs="*", type=Path, help="explain: messages, one a file")
        parser.add_argument(
            "--to", action="append", default=[], help="receive: the address that it came to"
        )
        parser.add_argument(
            "--at",
            default=_LISTEN,
            help=f"listen: HOST:PORT on this machine, or a socket file (else {_LISTEN})",
        )

    def run(self, options: dict[str, Any]) -> int:
        step = options["step"]
        if step == "receive":
            return self._receive(options["to"])
        if step == "listen":
            return self._listen(options["at"])
        if step == "poll":
            return self._poll()
        return self._explain(options["files"])

    def _receive(self, to: list[str]) -> int:
        raw = sys.stdin.buffer.read(MOST_BYTES)
        if not raw.strip():
            self.say("There is no message on standard input.")
            return _MISUSED
        # Postfix and Exim name the recipient so, where the command line does not.
        named = [os.environ.get(each, "") for each in ("ORIGINAL_RECIPIENT", "RECIPIENT")]
        try:
            take_notice(raw, envelope_to=[each for each in (*to, *named) if each])
        except DatabaseError as error:
            self.say(f"The database cannot take it now ({error}). Keep the message; try again.")
            return _TRY_AGAIN
        return _DONE

    def _listen(self, where: str) -> int:
        if "/" not in where and not _is_here(where):
            self.say(f"{where} is not on this machine. LMTP listens at 127.0.0.1:PORT alone.")
            return _MISUSED
        asyncio.run(self._serve(where))
        return _DONE

    async def _serve(self, where: str) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, stop.set)
        server = await open_door(where, _take)
        self.say(f"Listening at {where}.")
        async with server:
            await stop.wait()

    def _poll(self) -> int:
        mailbox = settings.HANDPRESS.mailbox
        if not mailbox.host:
            self.say("No mailbox is named: fill in [mailbox] in handpress.toml.")
            return _MISUSED
        try:
            found = poll_once()
        except MailboxTrouble as trouble:
            self.say(f"{mailbox.host} could not be looked into: {trouble}. Nothing is lost.")
            return _FAILED
        words = f"{found.taken} taken in, {found.left} left where they are"
        self.print_result(words, {"taken": found.taken, "left": found.left})
        return _DONE

    def _explain(self, files: Sequence[Path]) -> int:
        if not files:
            self.say("Which message? handpress mail explain FILE ...")
            return _MISUSED
        told = {str(file): _told(read_notice(file.read_bytes())) for file in files}
        self.print_result("\n".join(_in_words(name, one) for name, one in told.items()), told)
        return _DONE


def _in_words(name: str, told: dict[str, Any]) -> str:
    lines = [f"{name}: {told['kind']}"]
    for each in told["refusals"]:
        lasts = "for good" if each["permanent"] else "for now"
        status = f" ({each['status']})" if each["status"] else ""
        hard = "; not to be mailed again" if each["hard"] else ""
        lines.append(f"  {each['recipient']}: {each['reason']}, {lasts}{status}{hard}")
    return "\n".join([*lines, *(f"  {each}" for each in told["recipients"])])


def _told(notice: Notice) -> dict[str, Any]:
    return {
        "kind": notice.kind.value,
        "recipients": list(notice.recipients),
        "refusals": [
            {
                "recipient": each.recipient,
                "aliases": list(each.aliases),
                "reason": each.verdict.reason.value,
                "permanent": each.verdict.is_permanent,
                "hard": each.verdict.is_hard,
                "status": each.verdict.status,
                "said": each.said,
            }
            for each in notice.refusals
        ],
    }


def _take(raw: bytes, recipients: Sequence[str]) -> None:
    close_old_connections()
    try:
        take_notice(raw, envelope_to=recipients)
    finally:
        close_old_connections()


def _is_here(where: str) -> bool:
    host, _, port = where.rpartition(":")
    try:
        return port.isdecimal() and (
            host == "localhost" or ip_address(host.strip("[]")).is_loopback
        )
    except ValueError:
        return False
