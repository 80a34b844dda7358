"""Addresses as people type them: read, told apart, and doubted where they look mistyped.

RFC 5321 and 6531 for the form, by email-validator; nothing here asks the network.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

LONGEST = 254
"""Octets of an address (RFC 5321, 4.5.3.1.3, without the angle brackets)."""

# Space, and what takes none: pages and spreadsheets leave it around what is copied from them.
_UNSEEN = " \t\r\n\v\f\xa0\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"

# What people mean, and what is too near to one of them but real.
_USUAL = (
    "gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.fr yahoo.es yahoo.de hotmail.com "
    "hotmail.co.uk hotmail.fr hotmail.es outlook.com outlook.fr outlook.es live.com icloud.com "
    "aol.com msn.com proton.me protonmail.com gmx.de gmx.net web.de t-online.de orange.fr "
    "wanadoo.fr laposte.net free.fr sfr.fr libero.it naver.com daum.net hanmail.net kakao.com "
    "qq.com 163.com 126.com yandex.ru mail.ru fastmail.com posteo.de mailbox.org riseup.net"
).split()
_REAL = frozenset(
    "mail.com email.com ymail.com gmx.com gmx.at gmx.ch gmx.fr gmx.es me.com mac.com live.fr "
    "live.nl live.de live.es aol.de aol.fr yahoo.ca yahoo.it yahoo.in yahoo.co.in yahoo.co.jp "
    "hotmail.it hotmail.de outlook.de outlook.it proton.ch pm.me yeah.net mail.de inbox.ru "
    "list.ru ya.ru freenet.de sky.com cs.com".split()
)
_ENDINGS = dict.fromkeys("con cmo ocm comm cpm vom xom cim coom c0m cok".split(), "com") | {
    "ner": "net",
    "nte": "net",
    "nett": "net",
    "ogr": "org",
    "orgg": "org",
    "rog": "org",
}


class NotAnAddress(ValueError):
    """What was typed is no address that mail can reach."""


@dataclass(frozen=True, slots=True)
class Address:
    """One address.

    ``text`` is how it is written and mailed to; ``key`` is the same for every spelling of it;
    ``domain`` is in ASCII (IDNA 2008). ``is_ascii`` is False where a relay must speak SMTPUTF8.
    """

    text: str
    key: str
    domain: str
    is_ascii: bool


def read_address(typed: str) -> Address:
    """Read an address; raise NotAnAddress.

    Space around it is forgiven, and so is a ``mailto:`` or the brackets of a copied one. Names of
    hosts, numbers of networks and quoted local parts are refused: no reader has one.
    """
    bare = _bare(typed)
    if not bare or len(bare) > LONGEST:
        raise NotAnAddress(typed[:80])
    try:
        found = validate_email(bare, check_deliverability=False, strict=True)
    except EmailNotValidError as refusal:
        raise NotAnAddress(str(refusal)) from None
    domain = found.ascii_domain.lower()
    local = unicodedata.normalize("NFC", found.local_part)
    # RFC 5321 lets the case of the local part matter; no mail system for readers does.
    key = f"{unicodedata.normalize('NFC', local.casefold())}@{domain}"
    return Address(f"{local}@{found.domain}", key, domain, local.isascii())


def normal_key(address: str) -> str:
    """Return what is the same for every spelling of an address; raise NotAnAddress."""
    return read_address(address).key


def mailbox_key(address: Address) -> str:
    """Return what is the same for all addresses that surely end in one mailbox.

    For limits alone: ``me+one@…`` and ``me+two@…`` may be two readers, but one person gets the
    mail of both.
    """
    local, _, domain = address.key.rpartition("@")
    local = local.partition("+")[0] or local
    if domain in {"gmail.com", "googlemail.com"}:
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def likely_meant(address: Address) -> str:
    """Return the address that was more likely meant, as in ``gmail.con``, or ""."""
    domain = address.domain
    if domain in _USUAL or domain in _REAL:
        return ""
    near = next((usual for usual in _USUAL if _is_one_slip_from(domain, usual)), "")
    meant = near or _with_usual_ending(domain)
    return f"{address.text.rpartition('@')[0]}@{meant}" if meant else ""


def _bare(typed: str) -> str:
    bare = typed.strip(_UNSEEN).removeprefix("mailto:").strip(_UNSEEN)
    if bare.startswith("<") and bare.endswith(">"):
        bare = bare[1:-1].strip(_UNSEEN)
    return bare


def _with_usual_ending(domain: str) -> str:
    name, _, ending = domain.rpartition(".")
    usual = _ENDINGS.get(ending)
    return f"{name}.{usual}" if usual else ""


def _is_one_slip_from(typed: str, meant: str) -> bool:
    """Say whether one letter was left out, added, mistaken, or two were swapped."""
    if len(meant) < 7 or abs(len(typed) - len(meant)) > 1 or typed == meant:
        return False
    start = next(
        (n for n, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b),
        min(len(typed), len(meant)),
    )
    left, right = typed[start:], meant[start:]
    return (
        left[1:] == right
        or left == right[1:]
        or left[1:] == right[1:]
        or (left[:2] == right[1::-1] and left[2:] == right[2:])
    )
