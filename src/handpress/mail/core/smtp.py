"""Rules of SMTP (RFC 5321): replies, what a server offers, and commands that can carry no other."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

# RFC 5321, 4.5.3.1.5 allows 512 octets; servers that tell more are heard, up to here.
_LONGEST_LINE = 4096
_MOST_LINES = 200
_LONGEST_TEXT = 1000
# Of an ENVID before it is written out; the standard has room for 100 after that.
_LONGEST_ID = 64
_REPLY = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
_ENHANCED = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:\s+|$)")
_NOT_XCHAR = re.compile(r"[^!-*,-<>-~]")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f<>]")


class Stage(StrEnum):
    """The step of a conversation that a reply belongs to."""

    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"


class ProtocolError(Exception):
    """The other side does not speak SMTP; what it was told last has no known outcome."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server said: ``code`` 250, ``enhanced`` "2.0.0" (RFC 3463) or "", and its words."""

    code: int
    enhanced: str = ""
    text: str = ""
    stage: Stage = Stage.CONNECT
    # About this one message, and no word of the reader's own server: found by Handpress, from what
    # the relay offers, or by a company that takes mail.
    is_ours: bool = False

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code), self.enhanced, self.text) if part)

    @property
    def is_ok(self) -> bool:
        """Whether it takes what was asked."""
        return 200 <= self.code < 300

    @property
    def is_temporary(self) -> bool:
        """Whether the same may succeed later."""
        return 400 <= self.code < 500

    @property
    def is_permanent(self) -> bool:
        """Whether the same will be refused again."""
        return self.code >= 500

    @property
    def slows_down(self) -> bool:
        """Whether the server asks for less: it closes the line, or defers by policy (4.7.x)."""
        return self.code == 421 or (self.is_temporary and self._is_of_policy)

    @property
    def is_policy(self) -> bool:
        """Whether it refuses the sender rather than the reader (5.7.x)."""
        return self.is_permanent and self._is_of_policy

    @property
    def _is_of_policy(self) -> bool:
        # Where the first digits differ, that of the code holds (RFC 5321, 4.2).
        return self.enhanced[1:4] == ".7."

    @property
    def is_about_us(self) -> bool:
        """Whether a refusal is no word about the reader: it came before one was named."""
        return not self.is_ok and self.stage in {Stage.CONNECT, Stage.MAIL} and not self.is_ours

    @property
    def is_lack(self) -> bool:
        """Whether this relay alone cannot carry the message: of its size, or its address."""
        return self.is_ours and self.enhanced in {"5.3.4", "5.6.7"}

    def at(self, stage: Stage) -> Reply:
        """Return the same reply as that of another stage."""
        return Reply(self.code, self.enhanced, self.text, stage, self.is_ours)


class ReplyReader:
    """Makes replies of bytes as they arrive, in whatever pieces."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []

    @property
    def is_idle(self) -> bool:
        """Whether nothing has arrived that is not yet a whole reply."""
        return not self._rest and not self._lines

    def feed(self, data: bytes) -> list[Reply]:
        """Return the replies that are complete now. Raise ProtocolError for what is none."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST_LINE:
            raise ProtocolError("a reply has no end")
        return [reply for line in lines if (reply := self._take(line.rstrip(b"\r")))]

    def _take(self, line: bytes) -> Reply | None:
        found = _REPLY.fullmatch(line)
        if found is None or len(line) > _LONGEST_LINE or len(self._lines) >= _MOST_LINES:
            raise ProtocolError(f"not a reply: {line[:80]!r}")
        self._lines.append(found[3] or b"")
        if found[2] == b"-":
            return None
        lines, self._lines = tuple(self._lines), []
        return _reply(int(found[1]), lines)


@lru_cache(maxsize=200)
def _reply(code: int, lines: tuple[bytes, ...]) -> Reply:
    """Read a reply; a server says the same few again and again."""
    words = [line.decode("utf-8", "replace") for line in lines]
    # Each line should have it (RFC 2034, 4); some servers write it into one of them alone.
    found = [each[1] for word in words if (each := _ENHANCED.match(word))]
    enhanced = found[-1] if found else ""
    words = [word.removeprefix(enhanced).strip() for word in words]
    return Reply(code, enhanced, _printable("\n".join(words))[:_LONGEST_TEXT])


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in text)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server says it can do in its answer to EHLO."""

    pipelining: bool = False
    starttls: bool = False
    smtputf8: bool = False
    dsn: bool = False
    size: int = 0
    auth: frozenset[str] = frozenset()


def read_offer(reply: Reply) -> Offer:
    """Return what an answer to EHLO offers; a greeting that refuses offers nothing."""
    words: dict[str, list[str]] = {}
    for line in reply.text.split("\n")[1:]:
        # Old servers write AUTH=LOGIN.
        keyword, *arguments = line.replace("=", " ").upper().split() or [""]
        words.setdefault(keyword, []).extend(arguments)
    size = next((int(each) for each in words.get("SIZE", ()) if each.isdecimal()), 0)
    return Offer(
        pipelining="PIPELINING" in words,
        starttls="STARTTLS" in words,
        smtputf8="SMTPUTF8" in words,
        dsn="DSN" in words,
        size=size,
        auth=frozenset(words.get("AUTH", ())),
    )


def is_safe_address(address: str) -> bool:
    """Say whether an address can stand in a command without ending it (RFC 5321, 4.1.2)."""
    return bool(address) and len(address) <= 320 and not _FORBIDDEN.search(address)


def needs_smtputf8(*addresses: str) -> bool:
    """Say whether an address can travel only with SMTPUTF8 (RFC 6531)."""
    return not all(address.isascii() for address in addresses)


def envelope(sender: str, recipient: str, size: int, offer: Offer) -> tuple[bytes, bytes]:
    """Return the commands MAIL and RCPT; raise ValueError for an address that is not safe.

    Where it is offered (RFC 3461), bounces are asked for that bring the head of a message
    alone, and name the reader as we wrote to them, wherever it went on to.
    """
    # A message may come from nobody (RFC 5321, 4.5.5), but it goes to somebody.
    if not is_safe_address(recipient) or (sender and not is_safe_address(sender)):
        raise ValueError("an address is none, or holds what ends a command")
    parameters = f" SIZE={size}" if offer.size else ""
    if needs_smtputf8(sender, recipient):
        parameters += " SMTPUTF8"
    notify = ""
    if offer.dsn:
        parameters += " RET=HDRS"
        local = sender.rpartition("@")[0]
        if local.isascii() and 0 < len(local) <= _LONGEST_ID:
            parameters += f" ENVID={_xtext(local)}"
        notify = " NOTIFY=FAILURE,DELAY"
        if recipient.isascii():
            notify += f" ORCPT=rfc822;{_xtext(recipient)}"
    mail = f"MAIL FROM:<{sender}>{parameters}\r\n"
    return mail.encode(), f"RCPT TO:<{recipient}>{notify}\r\n".encode()


def _xtext(text: str) -> str:
    """Return ASCII as RFC 3461 (4) has it: what ends a parameter as ``+`` and two digits."""
    return _NOT_XCHAR.sub(lambda found: f"+{ord(found[0]):02X}", text)


def sign_in(offer: Offer, user: str, password: str) -> list[bytes]:
    """Return what to say, line by line, to sign in: AUTH PLAIN, else LOGIN, else nothing."""
    if "PLAIN" in offer.auth:
        secret = b64encode(f"\0{user}\0{password}".encode())
        return [b"AUTH PLAIN " + secret + b"\r\n"]
    if "LOGIN" in offer.auth:
        name, word = (b64encode(each.encode()) + b"\r\n" for each in (user, password))
        return [b"AUTH LOGIN\r\n", name, word]
    return []
