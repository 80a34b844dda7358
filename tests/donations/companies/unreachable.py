"""Lines to a company that do not come about: of names, and of certificates (4.3).

No packet leaves this machine: names are looked up by a stand-in for the system's resolver, and the
host that they lead to is a socket here, with real TLS and papers made for the run.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from donations.companies.doubles import Double
from handpress.donations.companies.contract import Company

HOST = "pay.proof.test"
NAMES = ("no such name", "no resolver", "silent resolver")
PAPERS = ("signed by itself", "another name", "expired")
HANDSHAKES = ("no TLS", "hangs up", "resets", "silent handshake")
FAULTS = (*NAMES, *PAPERS, *HANDSHAKES)
SILENT = tuple(each for each in FAULTS if each.startswith("silent"))
_SILENT_S = 10.0
_REASONS = {
    "no such name": (socket.EAI_NONAME, "Name or service not known"),
    "no resolver": (socket.EAI_AGAIN, "Temporary failure in name resolution"),
}


@contextmanager
def unreachable(
    double: Double, fault: str, patch: pytest.MonkeyPatch, *, broken: tuple[str, str] | None = None
) -> Iterator[Host]:
    """Put a host before a double, with one of `FAULTS`; "" for none.

    ``broken`` are method and pattern of a path (`Double.calls`): such a request is done, and the
    line is broken instead of answered.
    """
    with Host(double, fault, broken) as host, patch.context() as patched:
        patched.setattr(socket, "getaddrinfo", host.look_up)
        patched.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(_papers() / "trusted.pem"))
        yield host
    assert host.strange == [], "nobody else is looked up"


def opened_at(double: Double, base: str) -> Company:
    """Return our side, opened against a double's company at another address."""
    plain, double.base = double.base, base
    try:
        return double.company()
    finally:
        double.base = plain


class Host:
    """A host with TLS that hands requests on to a double; ``heard`` are those that reached it."""

    def __init__(self, double: Double, fault: str, broken: tuple[str, str] | None) -> None:
        self._double, self._fault, self._broken = double, fault, broken
        self._server = socket.create_server(("127.0.0.1", 0))
        self._port = self._server.getsockname()[1]
        self._over = Event()
        self._threads = [Thread(target=self._serve)]
        self._find = socket.getaddrinfo
        self.base = f"https://{HOST}:{self._port}"
        self.heard: list[str] = []
        self.strange: list[Any] = []

    def __enter__(self) -> Host:
        self._threads[0].start()
        return self

    def __exit__(self, *rest: object) -> None:
        self._over.set()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for each in self._threads:
            each.join()

    def look_up(self, host: Any, *rest: Any, **more: Any) -> Any:
        """Look a name up, as `socket.getaddrinfo`."""
        if host == HOST:
            if self._fault in _REASONS:
                raise socket.gaierror(*_REASONS[self._fault])
            if self._fault == "silent resolver":
                self._over.wait(_SILENT_S)
                raise socket.gaierror(*_REASONS["no resolver"])
        elif host != "127.0.0.1":
            self.strange.append(host)
            raise socket.gaierror(*_REASONS["no such name"])
        return self._find("127.0.0.1", *rest, **more)

    def _serve(self) -> None:
        while not self._over.is_set():
            with suppress(OSError):
                line, _ = self._server.accept()
                thread = Thread(target=self._meet, args=(line,))
                self._threads.append(thread)
                thread.start()

    def _meet(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            if self._fault not in HANDSHAKES:
                with _context(self._fault).wrap_socket(line, server_side=True) as safe:
                    self._hand_on(safe)
                return
            line.recv(65536)
            if self._fault == "silent handshake":
                self._over.wait(_SILENT_S)
            elif self._fault == "no TLS":
                line.sendall(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
            elif self._fault == "resets":
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _hand_on(self, safe: ssl.SSLSocket) -> None:
        asked = _read_request(safe)
        method, path, *_ = asked.split(b" ", 2)
        self.heard.append(f"{method.decode()} {path.decode()}")
        there = int(self._double.base.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", there)) as onward:
            onward.sendall(asked)
            answer = b"".join(iter(lambda: onward.recv(65536), b""))
        if self._breaks(method.decode(), path.decode().partition("?")[0]):
            with socket.socket(fileno=os.dup(safe.fileno())) as bare:
                bare.sendall(b"what is this, it is no TLS")
            return
        safe.sendall(answer)

    def _breaks(self, method: str, path: str) -> bool:
        broken = self._broken
        return broken is not None and method == broken[0] and bool(re.search(broken[1], path))


def _read_request(line: ssl.SSLSocket) -> bytes:
    asked = b""
    while b"\r\n\r\n" not in asked:
        part = line.recv(65536)
        if not part:
            raise OSError("nothing asked")
        asked += part
    head, _, body = asked.partition(b"\r\n\r\n")
    found = re.search(rb"(?im)^content-length: *([0-9]+)", head)
    left = (int(found[1]) if found else 0) - len(body)
    while left > 0:
        part = line.recv(65536)
        asked, left = asked + part, left - len(part)
    return asked


# --- papers ---------------------------------------------------------------------------------------


def _context(fault: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_papers() / f"{fault or 'sound'}.pem")
    return context


@cache
def _papers() -> Path:
    """Make an authority that is trusted, and hosts' papers: a sound one, and each of `PAPERS`."""
    folder = _kept.name
    authority = ec.generate_private_key(ec.SECP256R1())
    trusted = _paper("An authority", authority, "An authority", authority, is_authority=True)
    Path(folder, "trusted.pem").write_bytes(trusted)
    for fault in ("sound", *PAPERS):
        key = ec.generate_private_key(ec.SECP256R1())
        name = "other.test" if fault == "another name" else HOST
        by = (name, key) if fault == "signed by itself" else ("An authority", authority)
        paper = _paper(name, key, *by, ends_in=timedelta(days=-1 if fault == "expired" else 1))
        Path(folder, f"{fault}.pem").write_bytes(paper + _key(key))
    return Path(folder)


_kept = TemporaryDirectory(prefix="handpress-papers-")


def _paper(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    by_name: str,
    by_key: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool = False,
    ends_in: timedelta = timedelta(days=1),
) -> bytes:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        subject_name=_named(name),
        issuer_name=_named(by_name),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(days=9),
        not_valid_after=now + ends_in,
    )
    builder = builder.add_extension(x509.BasicConstraints(is_authority, None), critical=True)
    if not is_authority:
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(by_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
