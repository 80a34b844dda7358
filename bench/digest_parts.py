"""Parts of bench/digest.py that run in processes of their own: `digest_parts.py NAME JSON`.

All but smtp-source send the same message: headlines and excerpts of the invented archive, with the
quotation marks that papers use, two links of the reader's own in the text and two in the HTML.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import django
from corpus import Corpus

django.setup()

from django.core.mail import EmailMultiAlternatives  # noqa: E402
from django.core.mail.backends.smtp import EmailBackend  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from handpress.digest.ledger import Claimed, begin_sending  # noqa: E402
from handpress.digest.models import Delivery, Edition, Subscriber  # noqa: E402
from handpress.digest.sender import Message  # noqa: E402
from handpress.digest.sending import send_editions  # noqa: E402
from handpress.mail.core.dkim import ED25519, RSA, Signer, new_key, read_key  # noqa: E402
from handpress.mail.core.pace import Terms  # noqa: E402
from handpress.mail.core.verp import Ref, verp_local  # noqa: E402
from handpress.mail.core.wire import compile_message, slot  # noqa: E402
from handpress.mail.relays import relay_of  # noqa: E402
from handpress.mail.smtp import SmtpRelay  # noqa: E402

_KEY = b"k" * 32
_KINDS = {"rsa": RSA, "ed25519": ED25519}
_ARTICLES = 60


def prepare(order: dict[str, Any]) -> dict[str, Any]:
    """Make the tables."""
    call_command("migrate", verbosity=0)
    return {}


def parts_of(size: int, unsubscribe_url: str, preferences_url: str) -> tuple[str, str]:
    """Return text and HTML of a digest, which make a message of about so many bytes."""
    text = html = ""
    for article in Corpus(_ARTICLES).articles():
        if len(text) + len(html) > size * 9 // 10:
            break
        text += f"{article.headline}\n\n{article.excerpt}\n\n"
        html += f"<h2>{article.headline}</h2>\n<p>{article.excerpt}</p>\n"
    text += f"Leave: {unsubscribe_url}\nChoose: {preferences_url}\n"
    html += f'<p><a href="{unsubscribe_url}">Leave</a> <a href="{preferences_url}">Choose</a></p>'
    return text, html


class Pen:
    """Writes a personal message of 30 kB: four links, a number, a return address of its own."""

    def __init__(self, size: int, dkim: str) -> None:
        self.edition = 0
        text, html = parts_of(size, slot("unsubscribe_url"), slot("preferences_url"))
        kind = _KINDS.get(dkim)
        signers = [Signer("example.org", "hp1", read_key(new_key(kind)))] if kind else []
        self.compiled = compile_message(
            headers=[
                ("From", "The Proof <digest@example.org>"),
                ("To", slot("address")),
                ("Subject", "The harbour reopens"),
                ("Message-ID", f"<{slot('message_id')}>"),
                ("List-Unsubscribe", f"<{slot('unsubscribe_url')}>"),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ],
            text=text,
            html=html,
            signers=signers,
            signed_at=1_700_000_000,
        )

    def prepare(self, rows: list[Claimed]) -> None:
        """Nothing to do."""

    def write(self, row: Claimed) -> Message:
        local = verp_local(_KEY, Ref(self.edition, row.reader_id))
        slots = {
            "address": row.address,
            "message_id": f"{local}@example.org",
            "unsubscribe_url": f"https://proof.example/-/unsubscribe/{row.uuid}",
            "preferences_url": f"https://proof.example/-/preferences/{row.uuid}",
        }
        data = self.compiled.build(slots)
        return Message(f"{local}@bounces.example.org", row.address, data)


def _readers(count: int) -> None:
    have = Subscriber.objects.count()
    now = datetime.now(UTC) - timedelta(days=1)
    domains = ("gmail.example", "mail.example", "post.example")

    def rows() -> Iterator[Subscriber]:
        for number in range(have, count):
            address = f"reader{number}@{domains[number % 3]}"
            yield Subscriber(
                address=address,
                address_key=address,
                domain=domains[number % 3],
                state=1,
                confirmed_at=now,
            )

    source = rows()
    while some := list(islice(source, 5_000)):
        Subscriber.objects.bulk_create(some)


def _edition(count: int) -> tuple[Edition, float]:
    """Freeze an edition for so many readers; return it and how long that took."""
    Delivery.objects.all().delete()
    Edition.objects.all().delete()
    # Whoever is not meant reads weekly.
    chosen = Subscriber.objects.order_by("pk").values_list("pk", flat=True)[count : count + 1]
    last = next(iter(chosen), 2**62)
    Subscriber.objects.filter(pk__gte=last).update(frequency=2)
    Subscriber.objects.filter(pk__lt=last).update(frequency=1)
    now = datetime.now(UTC)
    edition = Edition.objects.create(
        frequency=1,
        edition_on=date(2026, 11, 21),
        state=2,
        frozen_at=now,
        covers_from=now,
        covers_to=now,
        send_at=now,
        deadline_at=now + timedelta(hours=12),
    )
    started = time.monotonic()
    begin_sending(edition)
    return edition, time.monotonic() - started


def _send(order: dict[str, Any]) -> dict[str, Any]:
    address = SmtpRelay(host="127.0.0.1", port=order["port"], security="none")
    terms = Terms("sink", connections=order["sessions"], messages_per_connection=10_000)
    pen = Pen(order["bytes"], order.get("dkim", "none"))
    before, started = _cpu_s(), time.monotonic()
    (report,) = send_editions([relay_of(terms, address.connect)], lambda _: pen).values()
    return {
        "messages": report.accepted,
        "wall_s": time.monotonic() - started,
        "cpu_s": _cpu_s() - before,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def durable(order: dict[str, Any]) -> dict[str, Any]:
    """Send with the ledger; what was frozen before is not counted."""
    _in_child("make", order)
    said = _send(order)
    assert said["messages"] == order["count"], said
    return said


def make(order: dict[str, Any]) -> dict[str, Any]:
    """Make readers and an edition."""
    _readers(order["count"])
    _, freeze_s = _edition(order["count"])
    return {"freeze_s": freeze_s}


def grow(order: dict[str, Any]) -> dict[str, Any]:
    """Freeze, send a part, be killed, resume, send the rest."""
    frozen = _in_child("make", order)
    killed = subprocess.Popen(
        [sys.executable, __file__, "rest", json.dumps(order)], stdout=subprocess.DEVNULL
    )
    _wait_for(lambda: _accepted() >= order["count"] // 10)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    had = _accepted()
    started = time.monotonic()
    rest = subprocess.Popen(
        [sys.executable, __file__, "rest", json.dumps(order)], stdout=subprocess.PIPE, text=True
    )
    _wait_for(lambda: _accepted() > had)
    resume_s = time.monotonic() - started
    said = json.loads(rest.communicate()[0].splitlines()[-1])
    return {
        **frozen,
        "resume_s": resume_s,
        "rate": said["messages"] / said["wall_s"],
        "cpu_ms": 1000 * said["cpu_s"] / said["messages"],
        "rss_mb": said["rss_mb"],
    }


def rest(order: dict[str, Any]) -> dict[str, Any]:
    """Send what is left."""
    return _send(order)


def with_django(order: dict[str, Any]) -> dict[str, Any]:
    """Send as Django's manual says: one connection kept open, a message made for each reader."""
    backend = EmailBackend(host="127.0.0.1", port=order["port"])
    before, started = _cpu_s(), time.monotonic()
    backend.open()
    # What is the same for all is made once, as a careful caller of Django would.
    leave, choose = "https://proof.example/-/unsubscribe/", "https://proof.example/-/preferences/"
    text, html = parts_of(order["bytes"], f"{leave}%u", f"{choose}%u")
    for number in range(order["count"]):
        message = EmailMultiAlternatives(
            "The harbour reopens",
            text.replace("%u", str(number)),
            f"b-{number}@bounces.example.org",
            [f"reader{number}@mail.example"],
            headers={
                "From": "The Proof <digest@example.org>",
                "List-Unsubscribe": f"<{leave}{number}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
            connection=backend,
        )
        message.attach_alternative(html.replace("%u", str(number)), "text/html")
        message.send()
    backend.close()
    return {
        "messages": order["count"],
        "wall_s": time.monotonic() - started,
        "cpu_s": _cpu_s() - before,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _in_child(name: str, order: dict[str, Any]) -> dict[str, Any]:
    command = [sys.executable, __file__, name, json.dumps(order)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def _accepted() -> int:
    return Delivery.objects.filter(state=3).count()


def _wait_for(is_so: Callable[[], bool]) -> None:
    while not is_so():
        time.sleep(0.05)


PARTS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "prepare": prepare,
    "durable": durable,
    "make": make,
    "grow": grow,
    "rest": rest,
    "django": with_django,
}

if __name__ == "__main__":
    answer = PARTS[sys.argv[1]](json.loads(sys.argv[2]))
    connection.close()
    print(json.dumps(answer))
