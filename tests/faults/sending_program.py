"""The real sender in a process of its own, which tests kill.

    python sending_program.py '{"edition": 1, "relays": [[2525, "main", 5]], "bytes": 2000}'

Prints "sending" when it begins and its report when it ends. The message says who it is for.
"""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import signal
import sys
import time
from typing import Any

import django

django.setup()

from django.db import OperationalError, connection  # noqa: E402

from handpress.digest.ledger import Claimed, Ledger, begin_sending  # noqa: E402
from handpress.digest.models import Edition, EditionState  # noqa: E402
from handpress.digest.outcomes import Habits  # noqa: E402
from handpress.digest.sender import Message  # noqa: E402
from handpress.digest.sending import send_editions  # noqa: E402
from handpress.mail.core import pace  # noqa: E402
from handpress.mail.core.pace import Terms  # noqa: E402
from handpress.mail.relays import Relay, relay_of  # noqa: E402
from handpress.mail.smtp import SmtpRelay  # noqa: E402

# Relays that ask for less get little less, and rest for a moment: a night passes in seconds.
pace._SLOWEST_PER_S = 300.0
pace._LONGEST_REST_S = 0.3


class Pen:
    """Writes the same to everybody."""

    def __init__(self, size: int) -> None:
        self.body = b"Subject: Morning\r\n\r\n" + b"A line of the paper.\r\n" * (size // 22)

    def prepare(self, rows: list[Claimed]) -> None:
        """Nothing to do."""

    def write(self, row: Claimed) -> Message:
        return Message(f"b-{row.reader_id}@bounces.example", row.address, self.body)


HASTY = Habits(first_retry_s=0.05, look_every_s=0.3, after_a_drop_s=0.05)


def _relay(port: int, name: str, connections: int) -> Relay:
    address = SmtpRelay(host="127.0.0.1", port=port, security="none")
    return relay_of(Terms(name, connections=connections), address.connect)


def _let_files_grow_no_more() -> None:
    """Make writing fail a little further on, as on a full disk (RLIMIT_FSIZE, EFBIG)."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))


def _begin(edition_id: int) -> None:
    """Begin with an edition, once the database is there."""
    for _ in range(50):
        try:
            edition = Edition.objects.get(pk=edition_id)
            if edition.state == EditionState.FROZEN:
                begin_sending(edition)
        except OperationalError:
            connection.close()
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the database did not come back")


def _note_what_is_asked() -> None:
    """Let the ledger write on standard error what is asked of it and what comes of it."""

    def noted(name: str) -> Any:
        asked = getattr(Ledger, name)

        def ask(self: Ledger, *arguments: Any) -> Any:
            began = time.time()
            found: Any = "nothing"
            try:
                found = asked(self, *arguments)
            except Exception as error:
                found = error
                raise
            finally:
                line = f"{began:.6f} {time.time():.6f} {self.worker} {name}{arguments} -> {found!r}"
                print(line, file=sys.stderr, flush=True)
            return found

        return ask

    for name in ("open", "claim", "commit", "recover", "return_claims"):
        setattr(Ledger, name, noted(name))


def _main(order: dict[str, Any]) -> int:
    if os.environ.get("HANDPRESS_TEST_KEEP"):
        _note_what_is_asked()
    _begin(order["edition"])
    if order["limit"]:
        _let_files_grow_no_more()
    print("sending", flush=True)
    relays = [_relay(*each) for each in order["relays"]]
    reports = send_editions(relays, lambda _: Pen(int(order["bytes"])), habits=HASTY)
    print(json.dumps({pk: dataclasses.asdict(each) for pk, each in reports.items()}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(_main(json.loads(sys.argv[1])))
