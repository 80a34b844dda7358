"""Where an outlet's own BTCPay Server is, and which of its stores is meant."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

STORE = re.compile("[1-9A-HJ-NP-Za-km-z]{20,64}")
"""A store's ID, in base 58."""
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}\.?|[0-9.]+")
_PATH = re.compile("(?:/[A-Za-z0-9._~-]+)*")
_HERE = re.compile(r"http://127\.0\.0\.1:[0-9]{1,5}")


class AddressUnusable(ValueError):
    """No address of a server that donors reach; the message says what to do."""


def server_address(typed: str) -> str:
    """Return the address of a server as it is kept; raises `AddressUnusable`.

    It is https, of a host that is not this machine, with a path where the server is in a folder.
    """
    typed = typed.strip()
    if any(sign.isspace() or ord(sign) < 0x20 for sign in typed):
        raise AddressUnusable("An address has no blanks.")
    try:
        parts = urlsplit(typed)
        port = parts.port
    except ValueError:
        raise AddressUnusable("That is no address.") from None
    if parts.scheme != "https":
        raise AddressUnusable("Write the whole address, https:// and all.")
    if parts.username is not None or parts.password is not None:
        raise AddressUnusable(
            "An address has no name and no password in it; the key is kept apart."
        )
    if parts.query or parts.fragment or "?" in typed or "#" in typed:
        raise AddressUnusable("Write the address of the server alone, without ? and #.")
    path = parts.path.rstrip("/")
    if not _PATH.fullmatch(path):
        raise AddressUnusable("Write the address of the server alone.")
    host = _checked_host(parts.hostname or "")
    return f"https://{host}{f':{port}' if port and port != 443 else ''}{path}"


def is_here(base: str) -> bool:
    """Say whether an address is this machine's, as in a trial of the program itself."""
    return bool(_HERE.fullmatch(base))


def _checked_host(host: str) -> str:
    host = host.lower().rstrip(".")
    if not _HOST.fullmatch(host) or host.endswith(".localhost"):
        raise AddressUnusable("Write a host that donors can reach, as in pay.example.org.")
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        if re.fullmatch("[0-9.]+", host):
            raise AddressUnusable("That is no address of a host.") from None
        return host
    if not number.is_global:
        raise AddressUnusable("Donors cannot reach that address: it is one of a network inside.")
    return host
