"""A company's interface on the loopback: writes down what it is asked, answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from handpress.conf import RelaySettings

# What each says when it has taken a message to READER.
READER = "ana@lantern.example"
TAKEN: dict[str, Any] = {
    "brevo": {"messageId": "<m1@brevo>"},
    "mailersend": {},
    "mailgun": {"id": "<m1@mailgun>", "message": "Queued. Thank you."},
    "mailjet": {
        "Messages": [
            {"Status": "success", "To": [{"Email": READER, "MessageID": 1, "MessageUUID": "u"}]}
        ]
    },
    "mailtrap": {"success": True, "message_ids": ["m1"]},
    "mandrill": [{"email": READER, "status": "sent", "_id": "m1"}],
    "postal": {"status": "success", "data": {"messages": {READER: {"id": 1, "token": "t"}}}},
    "postmark": {"ErrorCode": 0, "Message": "OK", "MessageID": "m1", "To": READER},
    "resend": {"id": "m1"},
    "scaleway": {"emails": [{"mail_rcpt": READER, "id": "m1", "status": "new"}]},
    "sparkpost": {
        "results": {"total_accepted_recipients": 1, "total_rejected_recipients": 0, "id": "m1"}
    },
    "unisender-go": {"status": "success", "job_id": "j1", "emails": [READER]},
}


@dataclass
class Company:
    """What it was asked, and what it will answer: (status, body), or None for no answer at all."""

    port: int = 0
    name: str = "postmark"
    answers: list[tuple[int, Any] | None] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)
    goes_on: threading.Event | None = None
    """Where there is one, no answer is given before it is set."""

    def relay(self, **values: Any) -> RelaySettings:
        """Return settings of a relay that leads here."""
        given = {
            "name": "company",
            "kind": "anymail",
            "company": self.name,
            "host": "127.0.0.1",
            "port": self.port,
            "security": "none",
            "user": "account" if self.name in {"mailjet", "scaleway"} else "",
            "password": "key-for-tests",
            **values,
        }
        return RelaySettings(**given)

    @property
    def taken(self) -> list[tuple[str, str]]:
        return self.asked


@contextmanager
def company(name: str = "postmark") -> Iterator[Company]:
    """Serve a company's interface until the end of the block."""
    found = Company(name=name)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            found.passwords.append(str(self.headers))
            if found.goes_on:
                found.asked.append((self.path, body))
                found.goes_on.wait(30)
            answer = found.answers.pop(0) if found.answers else (200, TAKEN[found.name])
            if answer is None or 200 <= answer[0] < 300:
                found.asked.append((self.path, body))
            if answer is None:
                self.close_connection = True
                return
            data = json.dumps(answer[1]).encode()
            self.send_response(answer[0])
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Message-Id", "m1")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
