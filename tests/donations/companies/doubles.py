"""Companies of ours for tests: a server on this machine for each, with a memory and with faults.

A double speaks its company's dialect: what it is asked is held against the company's own schema,
what it answers begins with the company's own examples, and what it sends is signed by the
company's own code. It keeps what was done, so that asking again tells the truth.
"""

from __future__ import annotations

import json
import re
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from handpress.donations.companies.contract import Company

CANARY = "canary.donor@mail.example"
"""The address that a donor leaves with a company: it must stand in no error and no log of ours."""


@dataclass(frozen=True)
class Asked:
    """A request that came. ``body`` is as it came; ``form`` and ``json`` are it read."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode(), keep_blank_values=True)


@dataclass
class Fault:
    """What goes wrong with the next requests that fit, ``times`` of them.

    ``kind`` is one of ``reset`` (hung up on before anything is done), ``reset_after`` (done, then
    hung up on), ``500``, ``429``, ``401`` or any other status (not done), ``500_after`` (done),
    ``stall`` (not done, longer than anybody waits),
    ``garbage`` (done, answered with no JSON), ``cut`` (done, the answer breaks off),
    ``error_in_200`` (not done, an error's body with status 200), ``redirect`` (not done, sent
    elsewhere).
    """

    kind: str
    path: str = ""
    method: str = ""
    times: int = 1


@dataclass
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[["Asked", "re.Match[str]"], Answer]


class Double(ABC):
    """A company of one kind. Use it as a context; ``base`` is where it is asked.

    ``routes`` are method, pattern of the whole path, and what answers. Whatever a double has no
    route for is a fault of the test's: it is kept in `complaints`, like every request that
    breaks the company's schema, and leaving the context raises when there are any.

    ``calls`` are method and pattern of the path of the request that does what its name says:
    ``begin``, ``charge``, ``give_back``, ``look_up``, ``find``, ``check``, ``movements``; a name
    that is not there is not tried with faults. ``sums`` are currency, our minor units, and how the
    sum must stand in what the company is asked, None where it must be `Refused`. ``secrets`` are
    the keys that `company` opens with, and ``lacks`` what the company cannot do (`world.CAN`),
    with the reason.
    """

    kind: str
    base: str
    stall_s = 30.0
    page_size = 3
    """How much a page of a list holds at most, whatever is asked for."""
    currency = "EUR"
    lacks: Mapping[str, str] = {}
    calls: Mapping[str, tuple[str, str]] = {}
    sums: tuple[tuple[str, int, str | None], ...] = ()
    secrets: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.ahead_s = 0
        self.asked: list[Asked] = []
        self.faults: list[Fault] = []
        self.complaints: list[str] = []
        self.lock = threading.RLock()
        self._released = threading.Event()
        self.outlasted = 0
        """How many requests waited to the end of a stall."""

    def __enter__(self) -> Any:
        # Only now: what is skipped while a double is made must leave no server behind.
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, kind: Any, *rest: Any) -> None:
        self._released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        if kind is None:
            assert not self.complaints, self.complaints

    # --- what each dialect says -------------------------------------------------------------

    @abstractmethod
    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return what is answered."""

    @abstractmethod
    def company(self, **details: Any) -> Company:
        """Return our side, opened with good keys against this double."""

    @abstractmethod
    def error_body(self) -> Any:
        """Return an error as this company writes one, with `quoted` in its sentences."""

    @abstractmethod
    def donor_pays(self, remote_id: str) -> None:
        """Do what a donor does on the page of something that was begun: pay."""

    @abstractmethod
    def donor_leaves(self, remote_id: str) -> None:
        """Let the page of something that was begun end unpaid."""

    @abstractmethod
    def settle(self, remote_id: str) -> None:
        """Let time pass: what is pending is sure now. Nothing where money is sure at once."""

    @abstractmethod
    def refund_there(self, capture: str, minor: int) -> str:
        """Give back at the company's own desk; return the refund's name."""

    @abstractmethod
    def dispute(self, capture: str) -> None:
        """Let the donor's bank take it back."""

    @abstractmethod
    def pay_out(self) -> str:
        """Send all that lies there to the bank; return the payout's name."""

    @abstractmethod
    def end_mandate_there(self, mandate: str) -> None:
        """Let the donor end a mandate at the company."""

    @abstractmethod
    def events(self) -> list[tuple[dict[str, str], bytes]]:
        """Return header fields (small letters) and body of what would have been sent since the
        last call, signed as the company signs."""

    @abstractmethod
    def forged_events(self) -> list[tuple[str, dict[str, str], bytes]]:
        """Return events that must be refused, each with what is wrong with it; [] where the
        company signs nothing."""

    @abstractmethod
    def moved(self) -> dict[str, int]:
        """Return what moved there, in minor units, fees apart: by name of a capture what is left
        of it after refunds and disputes, and by name of a payout what was sent, below zero."""

    def quoted(self) -> str:
        """Return what the worst of errors quote: what was asked, the key, and a donor's address."""
        asked = self.asked[-1]
        return f"{CANARY} asked {asked.path} {asked.query} {asked.headers} {asked.body!r}"

    # --- what not every company can (`lacks`) ---------------------------------------------------

    def asked_sum(self, remote_id: str) -> str:
        """Return the sum of something that was begun, as it stood in the request."""
        raise NotImplementedError

    def return_refund(self, refund: str) -> None:
        """Let a refund (`refund_there`) not reach the donor: the money comes back."""
        raise NotImplementedError

    def win_dispute(self, capture: str) -> None:
        """Let the company decide a dispute for us: the money comes back."""
        raise NotImplementedError

    def block_payouts(self) -> None:
        """Let the company keep what it takes from now on."""
        raise NotImplementedError

    def revoke(self) -> None:
        """Let our key be refused from now on."""
        self.fail("401", times=10**6)

    def decline_next(self, *, hard: bool) -> None:
        """Let the next gift by a mandate be declined: for now, or (``hard``) for good."""
        raise NotImplementedError

    def decline_later(self, *, hard: bool) -> None:
        """Let the next gift by a mandate be taken on, and declined when it settles."""
        raise NotImplementedError

    def need_donor_next(self) -> None:
        """Let the next gift by a mandate need the donor's presence."""
        raise NotImplementedError

    # --- time -----------------------------------------------------------------------------------

    def now_s(self) -> int:
        """Return what time it is at the company, in seconds."""
        return int(time.time()) + self.ahead_s

    def pass_time(self, seconds: int) -> None:
        """Let it be later at the company; events are still signed with the real time."""
        self.ahead_s += seconds

    # --- the server -----------------------------------------------------------------------------

    def fail(self, kind: str, *, path: str = "", method: str = "", times: int = 1) -> None:
        """Let the next requests that fit go wrong."""
        self.faults.append(Fault(kind, path, method, times))

    def complain(self, words: str) -> None:
        self.complaints.append(words)

    def _take_fault(self, asked: Asked) -> str:
        with self.lock:
            for each in self.faults:
                fits = not each.method or each.method == asked.method
                if each.times > 0 and fits and re.search(each.path, asked.path):
                    each.times -= 1
                    return each.kind
        return ""

    def _answer(self, asked: Asked) -> Answer | None:
        """Return the answer; None where the line goes dead."""
        fault = self._take_fault(asked)
        if fault == "reset":
            return None
        if fault.isdigit():
            return Answer(int(fault), self.error_body())
        if fault == "error_in_200":
            return Answer(200, self.error_body())
        if fault == "redirect":
            return Answer(302, None, {"location": f"{self.base}/elsewhere"})
        if fault == "stall":
            self.outlasted += not self._released.wait(self.stall_s)
            return None
        answer = self._routed(asked)
        if fault == "reset_after":
            return None
        if fault == "500_after":
            return Answer(500, self.error_body())
        if fault == "garbage":
            return Answer(200, b"<html>Please stand by</html>")
        if fault == "cut":
            raw = answer.body if isinstance(answer.body, bytes) else _written(answer.body)
            return Answer(answer.status, raw[: len(raw) // 2], {"content-length": str(len(raw))})
        return answer

    def _routed(self, asked: Asked) -> Answer:
        for method, pattern, handler in self.routes():
            found = re.fullmatch(pattern, asked.path)
            if found and method == asked.method:
                with self.lock:
                    return handler(asked, found)
        self.complain(f"{asked.method} {asked.path}: no such thing here")
        return Answer(404, self.error_body())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        double = self

        class Handling(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self) -> None:
                parts = urlsplit(self.path)
                length = int(self.headers.get("content-length") or 0)
                asked = Asked(
                    self.command,
                    parts.path,
                    parse_qs(parts.query, keep_blank_values=True),
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(length),
                )
                double.asked.append(asked)
                answer = double._answer(asked)
                self.close_connection = True
                if answer is None:
                    return
                raw = answer.body if isinstance(answer.body, bytes) else _written(answer.body)
                self.send_response(answer.status)
                headers = {
                    "content-type": "application/json",
                    "content-length": str(len(raw)),
                    "connection": "close",
                }
                for name, value in (headers | answer.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one  # noqa: N815

            def log_message(self, *args: Any) -> None:
                pass

        return Handling


def _written(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body).encode()
