"""What a refusal, a bounce or a complaint says, in our words."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Reason(StrEnum):
    """Why a message did not arrive."""

    NO_SUCH_USER = "no_such_user"
    NO_SUCH_DOMAIN = "no_such_domain"
    MOVED = "moved"
    TAKES_NO_MAIL = "takes_no_mail"
    MAILBOX_FULL = "mailbox_full"
    DISABLED = "disabled"
    NOT_WANTED = "not_wanted"
    EXPIRED = "expired"
    NETWORK = "network"
    SYSTEM = "system"
    TOO_LARGE = "too_large"
    AUTHENTICATION = "authentication"
    REPUTATION = "reputation"
    REVERSE_NAME = "reverse_name"
    RATE = "rate"
    GREYLISTED = "greylisted"
    SPAM = "spam"
    VIRUS = "virus"
    POLICY = "policy"
    SENDER = "sender"
    RELAYING = "relaying"
    CONTENT = "content"
    PROTOCOL = "protocol"
    ENCRYPTION = "encryption"
    UNKNOWN = "unknown"


# The address itself is wrong, for good: nobody will ever read mail that goes there.
OF_THE_ADDRESS = frozenset(
    {Reason.NO_SUCH_USER, Reason.NO_SUCH_DOMAIN, Reason.MOVED, Reason.TAKES_NO_MAIL}
)
# Of us, our relay or this message: says nothing about the reader.
OF_THE_SENDER = frozenset(
    {
        Reason.AUTHENTICATION,
        Reason.REPUTATION,
        Reason.REVERSE_NAME,
        Reason.RATE,
        Reason.GREYLISTED,
        Reason.SPAM,
        Reason.VIRUS,
        Reason.POLICY,
        Reason.SENDER,
        Reason.RELAYING,
        Reason.CONTENT,
        Reason.PROTOCOL,
        Reason.ENCRYPTION,
        Reason.TOO_LARGE,
    }
)
# Of us or our relay: the same message may be taken later, or by way of another relay.
MAY_BE_MENDED = OF_THE_SENDER - {
    Reason.VIRUS,
    Reason.CONTENT,
    Reason.PROTOCOL,
    Reason.TOO_LARGE,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why, and whether for good. ``status`` is an enhanced code (RFC 3463), or empty."""

    reason: Reason
    is_permanent: bool
    status: str = ""

    @property
    def is_hard(self) -> bool:
        """Whether the address should never be mailed again; a 5 in the code is not enough."""
        return self.is_permanent and self.reason in OF_THE_ADDRESS

    @property
    def is_of_the_sender(self) -> bool:
        """Whether it is about us and not about the reader."""
        return self.reason in OF_THE_SENDER

    @property
    def may_be_mended(self) -> bool:
        """Whether the same message may be taken later, or by way of another relay."""
        return self.reason in MAY_BE_MENDED


class NoticeKind(StrEnum):
    """What sort of message came back."""

    BOUNCE = "bounce"
    DELAY = "delay"
    DELIVERED = "delivered"
    COMPLAINT = "complaint"
    LEAVE = "leave"
    REPORT = "report"
    AUTOMATIC = "automatic"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One recipient that was not reached. ``aliases`` are other addresses it is known by."""

    recipient: str
    verdict: Verdict
    said: str = ""
    aliases: tuple[str, ...] = ()
    is_delay: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that came to the bounce address, understood.

    ``recipients`` are those of a complaint. ``message_id`` is that of the message it is about,
    ``own_id`` and ``subject`` are its own.
    """

    kind: NoticeKind
    refusals: tuple[Refusal, ...] = ()
    recipients: tuple[str, ...] = ()
    message_id: str = ""
    own_id: str = ""
    subject: str = ""
    addressed_to: tuple[str, ...] = field(default=(), repr=False)
