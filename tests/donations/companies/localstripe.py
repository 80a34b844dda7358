"""localstripe (GPL-3, by Adrien Vergé and others): a Stripe that is not ours.

It is a process of its own, and asked over a line alone; nothing here imports it.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import Any

import requests

from donations.companies.stripe_dialect import ACCOUNT, KEY, SECRET
from handpress.donations.companies.contract import Company
from handpress.donations.companies.kinds import Account
from handpress.donations.companies.stripe import KIND

GOOD, NEEDS_DONOR, DECLINED = "4242424242424242", "4000002500003155", "4000000000000341"
PATIENCE_S = 60.0
# It listens to the socket that it is handed, on 127.0.0.1; by itself it would listen to the world,
# and keep what it knows in a file of everybody's. What it does not know is left out or added: three
# fields of what it is asked, one of refunds, and the list of disputes, which is empty. It ends with
# the test.
_PROGRAM = """
import os, socket, sys, threading
from aiohttp import web
from localstripe import resources, server

def without(kind, *names):
    create = kind._api_create
    kind._api_create = classmethod(
        lambda _, **asked: create(**{name: asked[name] for name in asked.keys() - {*names}})
    )

async def no_disputes(request):
    return web.json_response({"object": "list", "data": [], "has_more": False, "url": request.path})

def end_with_the_test():
    sys.stdin.read()
    os._exit(0)

without(resources.PaymentIntent, "automatic_payment_methods", "description")
without(resources.Refund, "reason")
resources.Refund.failure_balance_transaction = None
resources.Store.dump_to_disk = lambda store: None
server.app.router.add_get("/v1/disputes", no_disputes)
threading.Thread(target=end_with_the_test, daemon=True).start()
web.run_app(server.app, sock=socket.socket(fileno=int(sys.argv[1])), access_log=None, print=None)
"""


@dataclass(frozen=True)
class LocalStripe:
    """One that runs; ``base`` is where it is asked."""

    base: str

    def ask(self, path: str, **fields: str) -> Any:
        """Ask as somebody else than our rail would: with fields, something is made."""
        method = "POST" if fields else "GET"
        answer = requests.request(
            method, f"{self.base}{path}", data=fields, auth=(KEY, ""), timeout=PATIENCE_S
        )
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def company(self) -> Company:
        """Return our side of it."""
        secrets = {"secret_key": KEY, "webhook_secret": SECRET}
        return KIND.open(
            Account(mode="test", base=self.base, account_ref=ACCOUNT, details={}, secrets=secrets)
        )

    def mandate(self, number: str = GOOD) -> str:
        """Let somebody leave a card there; return what later gifts are taken by."""
        card = {"number": number, "exp_month": "12", "exp_year": "2040", "cvc": "123"}
        fields = {f"card[{name}]": value for name, value in card.items()}
        method = self.ask("/v1/payment_methods", type="card", **fields)["id"]
        customer = self.ask("/v1/customers", email="donor@reader.example")["id"]
        self.ask(f"/v1/payment_methods/{method}/attach", customer=customer)
        return f"{customer}/{method}"

    def tell(self, name: str, url: str, secret: str) -> None:
        """Have every payment told to an address, signed by a secret."""
        asked = {"url": url, "secret": secret, "events": ["payment_intent.succeeded"]}
        requests.post(
            f"{self.base}/_config/webhooks/{name}", json=asked, timeout=PATIENCE_S
        ).raise_for_status()


@contextmanager
def running() -> Iterator[LocalStripe]:
    """Start one that knows nothing yet, and end it."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(door.fileno())],
            stdin=subprocess.PIPE,
            pass_fds=[door.fileno()],
        )
    # Whoever comes before it is ready waits at its door.
    try:
        yield LocalStripe(f"http://127.0.0.1:{port}")
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(PATIENCE_S)


@dataclass(frozen=True)
class Sent:
    """What came by post: where to, header fields (small letters) and body."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        return json.loads(self.body)


@contextmanager
def letterbox() -> Iterator[tuple[str, Queue[Sent]]]:
    """Take what is sent to an address of this machine, as it comes."""
    box: Queue[Sent] = Queue()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(200)
            self.end_headers()
            box.put(Sent(self.path, headers, body))

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", box
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
