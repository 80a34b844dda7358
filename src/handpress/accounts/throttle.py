"""Wrong passwords and codes make the next try wait: by delay, never by lock-out.

A try is counted before it is looked at and forgiven when it was right, so that a hundred at the
same moment gain nothing. Who has to wait is told so at once. Kept in the database, because there
are several web processes; forgotten after a day, also where nobody tries again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

from handpress.accounts.core.delays import (
    ACCOUNT_AND_NETWORK,
    CODES_OF_ACCOUNT,
    LONGEST_MEMORY,
    NETWORK,
    Pace,
    wait_after,
)
from handpress.accounts.models import Slowdown, SpentCode
from handpress.lib import clock

SLOW = "slow"
# What one household or one rented server has of the new addresses.
_IP_V6_PREFIX = 56
_IP_V4_NEIGHBOURS = 24


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is counted together, and how fast it may go."""

    key: str
    pace: Pace


@dataclass(slots=True)
class Claim:
    """A try that has been counted as failed, until it is forgiven."""

    own: Bucket
    before: dict[str, datetime] = field(default_factory=dict)

    def forgive(self) -> None:
        """Take the count back: the try was right."""
        Slowdown.objects.filter(key=self.own.key).delete()
        for key, wait_until in self.before.items():
            rows = Slowdown.objects.filter(key=key, failures__gt=0)
            rows.update(failures=F("failures") - 1, wait_until=wait_until)


def claim_password(request: HttpRequest, account: str) -> Claim:
    """Count a try of a password; raise a ValidationError with code "slow" where it must wait."""
    network = network_of(request)
    own = _bucket("password", account, network, ACCOUNT_AND_NETWORK)
    return _claim(own, _bucket("password", "", network, NETWORK))


def claim_forgotten(request: HttpRequest, account: str) -> None:
    """Count a wish for a new password, whether or not there is such an account."""
    network = network_of(request)
    own = _bucket("forgotten", account.casefold(), network, ACCOUNT_AND_NETWORK)
    _claim(own, _bucket("forgotten", "", network, NETWORK))


def claim_code(request: HttpRequest, account: str) -> Claim:
    """Count a try of a code or a current password of somebody who is known already."""
    own = _bucket("code", account, network_of(request), ACCOUNT_AND_NETWORK)
    return _claim(own, _bucket("code", account, "", CODES_OF_ACCOUNT))


def under_attack(accounts: Iterable[str]) -> set[str]:
    """Return those for which so many codes failed of late that the password must be known.

    Costs one query.
    """
    pace = CODES_OF_ACCOUNT
    names = {_bucket("code", account, "", pace).key: account for account in accounts}
    rows = Slowdown.objects.filter(
        key__in=names, failures__gt=pace.free, touched_at__gt=clock.now() - pace.memory
    )
    return {names[key] for key in rows.values_list("key", flat=True)}


def spend_code(account: str, code: str, lasts: timedelta) -> bool:
    """Use a code up; return whether it was still unused."""
    now = clock.now()
    forget_tries(now)
    try:
        with transaction.atomic():
            SpentCode.objects.create(key=_hash("spent", account, code), expires_at=now + lasts)
    except IntegrityError:
        return False
    return True


def forget_tries(now: datetime) -> int:
    """Forget failures after a day, and codes that would not be valid any more; return how many."""
    failures = Slowdown.objects.filter(touched_at__lt=now - LONGEST_MEMORY).delete()[0]
    return failures + SpentCode.objects.filter(expires_at__lt=now).delete()[0]


def network_of(request: HttpRequest) -> str:
    """Return the network that a request came from: an IPv4 address, or the start of an IPv6 one."""
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ip_network((address, _IP_V6_PREFIX), strict=False).network_address)
    return str(address)


def neighbourhood_of(request: HttpRequest) -> str:
    """Return what one who rents many addresses has of them: the 256 of IPv4 that a request's is of
    (/24), or the same start of an IPv6 one as `network_of`."""
    network = network_of(request)
    if network and ":" not in network:
        return str(ip_network((network, _IP_V4_NEIGHBOURS), strict=False).network_address)
    return network


def _bucket(kind: str, account: str, network: str, pace: Pace) -> Bucket:
    return Bucket(_hash(kind, account, network), pace)


def _hash(*parts: str) -> str:
    value = "\0".join(parts)
    return salted_hmac("handpress.accounts.throttle", value, algorithm="sha256").hexdigest()


def _claim(own: Bucket, wide: Bucket) -> Claim:
    now = clock.now()
    forget_tries(now)
    claim = Claim(own)
    # Always in one order, so that no two wait for each other.
    with transaction.atomic():
        rows = [(bucket, _row(bucket, now)) for bucket in sorted((own, wide), key=lambda b: b.key)]
        wait = max(row.wait_until - now for _, row in rows)
        if wait <= timedelta(0):
            for bucket, row in rows:
                if bucket is wide:
                    claim.before[row.key] = row.wait_until
                _count(row, bucket.pace, now)
    if wait > timedelta(0):
        raise _slow(math.ceil(wait.total_seconds()))
    return claim


def _row(bucket: Bucket, now: datetime) -> Slowdown:
    fresh = {"wait_until": now, "touched_at": now}
    row, _ = Slowdown.objects.select_for_update().get_or_create(key=bucket.key, defaults=fresh)
    if row.touched_at < now - bucket.pace.memory:
        row.failures = 0
    return row


def _count(row: Slowdown, pace: Pace, now: datetime) -> None:
    row.failures += 1
    row.wait_until = now + wait_after(row.failures, pace)
    row.touched_at = now
    row.save()


def _slow(seconds: int) -> ValidationError:
    text = ngettext(
        "Too many tries went wrong. Try again in %(seconds)d second.",
        "Too many tries went wrong. Try again in %(seconds)d seconds.",
        seconds,
    )
    return ValidationError(text, code=SLOW, params={"seconds": seconds})
