"""What the mail doctor asks of the network: DNS, one policy file, relays."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException, HTTPSConnection
from ipaddress import ip_address
from urllib.parse import urlsplit

import dns.exception
import dns.resolver
import dns.reversename

from handpress.conf import RelaySettings
from handpress.lib import clock
from handpress.mail.core.records import Dns, DnsTrouble

_DNS_S = 4.0
_FETCH_S = 8
_MOST_BYTES = 64_000
# Any address that is not here will do: it is only asked which way leads there.
_SOMEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


class FetchTrouble(Exception):
    """A server could not be asked; the message says why, in words that follow a colon."""


@dataclass(frozen=True, slots=True)
class Asking:
    """How to ask. ``greet`` returns how many days a relay's certificate still holds.

    ``own`` returns the addresses from which this machine reaches others.
    """

    dns: Dns
    fetch: Callable[[str], str]
    greet: Callable[[RelaySettings], int]
    own: Callable[[], list[str]] = list

    def addresses(self, host: str) -> list[str]:
        """Return the addresses of a host, which may be written as one."""
        try:
            return [str(ip_address(host))]
        except ValueError:
            return self.dns.addresses(host)


def asking_the_network() -> Asking:
    """Return what asks the real network."""
    return Asking(Resolver(), fetch_text, greet_relay, own_addresses)


class Resolver:
    """DNS as this machine is set up to ask it; each question once."""

    def __init__(self, resolver: dns.resolver.Resolver | None = None) -> None:
        self._resolver = resolver or dns.resolver.Resolver()
        self._resolver.lifetime = _DNS_S
        self._known: dict[tuple[str, str], list[str]] = {}

    def txt(self, name: str) -> list[str]:
        """Return the texts at a name, each put together from its strings."""
        return self._ask(name, "TXT")

    def mx(self, name: str) -> list[tuple[int, str]]:
        """Return who takes mail for a name, with their order."""
        pairs = (each.split(" ", 1) for each in self._ask(name, "MX"))
        return [(int(order), "" if host == "." else host) for order, host in pairs]

    def addresses(self, name: str) -> list[str]:
        """Return the addresses of a host."""
        return [*self._ask(name, "A"), *self._ask(name, "AAAA")]

    def names(self, address: str) -> list[str]:
        """Return what an address is called."""
        return self._ask(str(dns.reversename.from_address(address)), "PTR")

    def _ask(self, name: str, kind: str) -> list[str]:
        key = (name.lower().rstrip("."), kind)
        if key not in self._known:
            self._known[key] = self._asked(name, kind)
        return self._known[key]

    def _asked(self, name: str, kind: str) -> list[str]:
        try:
            answer = self._resolver.resolve(name, kind)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise DnsTrouble(f"{name}: {type(error).__name__}") from error
        if kind == "TXT":
            return [b"".join(each.strings).decode("utf-8", "replace") for each in answer]
        return [each.to_text() for each in answer]


def fetch_text(url: str) -> str:
    """Return the text at an https address, without following it anywhere else."""
    parts = urlsplit(url)
    context = ssl.create_default_context()
    connection = HTTPSConnection(parts.netloc, timeout=_FETCH_S, context=context)
    try:
        query = f"?{parts.query}" if parts.query else ""
        connection.request("GET", f"{parts.path or '/'}{query}")
        answer = connection.getresponse()
        if answer.status != 200:
            raise FetchTrouble(f"it answers {answer.status}")
        return answer.read(_MOST_BYTES).decode("utf-8", "replace")
    except (OSError, HTTPException) as error:
        raise FetchTrouble(str(error) or type(error).__name__) from error
    finally:
        connection.close()


def own_addresses() -> list[str]:
    """Return the addresses from which this machine reaches others; nothing is sent to find out."""
    found = []
    for family, somewhere in _SOMEWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as sock:
                sock.connect((somewhere, 53))
                found.append(str(sock.getsockname()[0]))
        except OSError:
            continue
    return found


def greet_relay(relay: RelaySettings) -> int:
    """Return for how many days the certificate holds; raise FetchTrouble if it proves nothing."""
    context = ssl.create_default_context()
    where = (relay.host, relay.port_in_use)
    client: smtplib.SMTP
    try:
        if relay.security == "tls":
            client = smtplib.SMTP_SSL(*where, timeout=_FETCH_S, context=context)
        else:
            client = smtplib.SMTP(*where, timeout=_FETCH_S)
            client.starttls(context=context)
        with client:
            sock = client.sock
            assert isinstance(sock, ssl.SSLSocket)
            certificate = sock.getpeercert() or {}
    except (OSError, smtplib.SMTPException) as error:
        raise FetchTrouble(str(error) or type(error).__name__) from error
    ends_at = datetime.fromtimestamp(
        ssl.cert_time_to_seconds(str(certificate.get("notAfter"))), UTC
    )
    return (ends_at - clock.now()).days
