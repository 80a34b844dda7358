"""Stamps: that somebody saw a page made for their address, and took the time of a person."""

from __future__ import annotations

import secrets

from handpress.accounts.counting import LimitReached, count_use
from handpress.accounts.signed import read_signed, sign
from handpress.digest.core.limits import LATEST, SOONEST, STAMP
from handpress.lib import clock
from handpress.mail.core.addresses import Address


def make_stamp(address: Address) -> str:
    """Return a stamp for an address, good once, between two seconds and an hour from now."""
    return sign(_kind(address), secrets.token_urlsafe(9), clock.now())


def is_good_stamp(stamp: str, address: Address) -> bool:
    """Say whether a stamp is good, and use it up."""
    now = clock.now()
    found = read_signed(_kind(address), stamp, now=now, lasts=LATEST) if stamp else None
    if found is None or now - found.at < SOONEST:
        return False
    try:
        count_use(STAMP, found.value, now)
    except LimitReached:
        return False
    return True


def _kind(address: Address) -> str:
    return f"digest.stamp for {address.key}"
