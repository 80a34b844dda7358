"""Which mail system an address ends in, and when that system refuses everybody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from handpress.mail.core.bounces import Reason, Verdict

# Companies that decide for many domains at once. Anybody else's domain stands for itself.
_COMPANIES = {
    "gmail": ("gmail.com", "googlemail.com"),
    "microsoft": ("hotmail.*", "outlook.*", "live.*", "msn.com", "passport.com"),
    "yahoo": ("yahoo.*", "ymail.com", "rocketmail.com", "aol.*", "aim.com", "verizon.net"),
    "apple": ("icloud.com", "me.com", "mac.com"),
}
_NAMES = {
    "gmail": "Gmail",
    "microsoft": "Outlook.com and Hotmail",
    "yahoo": "Yahoo and AOL",
    "apple": "iCloud",
}
_BY_NAME = {name: company for company, names in _COMPANIES.items() for name in names}

# A receiver refuses everybody from so many refusals on, and from such a share of what was sent.
_LEAST, _SHARE = 20, 0.2
# Where nobody knows how much was sent, only what says that it is about us is told by its number.
_LEAST_OF_UNKNOWN = 50
# Of a new list many addresses may be dead, but not most of one receiver's on one day.
_LEAST_DEAD, _SHARE_DEAD = 50, 0.25
# A bounce weighs half as much a month later. Six days in a row, or nine weeks, are enough.
_HALF_LIFE_DAYS = 30.0
_TOO_MANY = 5.0


def receiver_of(domain: str) -> str:
    """Return the company that a domain belongs to, or the domain itself."""
    name = domain.lower().rstrip(".")
    return _BY_NAME.get(name) or _BY_NAME.get(f"{name.partition('.')[0]}.*") or name


def domains_of(receiver: str) -> tuple[str, ...]:
    """Return the domains of a receiver; one that ends in ``.*`` stands for all its endings."""
    return _COMPANIES.get(receiver, (receiver,))


def name_of(receiver: str) -> str:
    """Return what people call a receiver."""
    return _NAMES.get(receiver, receiver)


def may_alarm(refused_for_us: int, refused_as_dead: int, refused_otherwise: int) -> bool:
    """Say whether it is worth asking how much was sent."""
    return max(refused_for_us, refused_otherwise) >= _LEAST or refused_as_dead >= _LEAST_DEAD


def is_alarming(
    refused_for_us: int, refused_as_dead: int, refused_otherwise: int, *, sent: int | None
) -> bool:
    """Say whether something is wrong with a receiver, or with us, and not with the readers.

    The numbers are those of one receiver and one day; ``sent`` is None where nobody counts.
    """
    if sent is None:
        return refused_for_us >= _LEAST or refused_otherwise >= _LEAST_OF_UNKNOWN
    return max(refused_for_us, refused_otherwise) >= max(
        _LEAST, sent * _SHARE
    ) or refused_as_dead >= max(_LEAST_DEAD, sent * _SHARE_DEAD)


def is_counted(verdict: Verdict, *, has_given_up: bool = False) -> bool:
    """Say whether a refusal counts against the address: it is of the reader's mailbox, or lasts.

    ``has_given_up`` says that somebody tried for days, and will not try again.
    """
    if verdict.is_of_the_sender or verdict.is_hard:
        return False
    of_mailbox = (Reason.MAILBOX_FULL, Reason.DISABLED, Reason.EXPIRED, Reason.NOT_WANTED)
    return has_given_up or verdict.is_permanent or verdict.reason in of_mailbox


def is_counted_at_last(verdict: Verdict) -> bool:
    """Say whether what was put off counts against the address once it is too late to try again.

    Only where it is of the reader's mailbox, and not of a disk that is full (4.3.1).
    """
    return is_counted(verdict) and not verdict.status.startswith("4.3.")


def has_bounced_too_often(bounced_at: Iterable[datetime], now: datetime) -> bool:
    """Say whether bounces, at most one a day of which counts, weigh too much by now."""
    last = {at.date(): at for at in bounced_at}
    weight = sum(
        0.5 ** (max(0.0, (now - at).total_seconds()) / 86_400 / _HALF_LIFE_DAYS)
        for at in last.values()
    )
    return weight > _TOO_MANY
