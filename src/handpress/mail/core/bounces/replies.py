"""The reply of a mail server, or what a bounce quotes of one: what it means."""

from __future__ import annotations

import re
from functools import lru_cache

from handpress.mail.core.bounces.verdicts import OF_THE_ADDRESS, Reason, Verdict
from handpress.mail.core.bounces.wording import (
    NOT_NOW,
    OF_SENDER,
    OF_THEIR_SYSTEMS,
    RAW_RULES,
    RULES,
    fold,
)

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]|-?\d)", re.ASCII)
_REPLY = re.compile(
    r"(?:^|said:|says?:|reason:|error:|smtp;|returned was:|<<<|response:|reply:|code ?[:=]|#|\(|: "
    r"|> ?|\s)"
    r"[\s\"'<\[]{0,20}([45][0-5]\d)(?=[ \-:,;.)\]\"'#]|$)(?![.]\d)",
    re.IGNORECASE | re.MULTILINE | re.ASCII,
)
_AT_MAIL_FROM = re.compile(
    r"(?:after|to|>>>|command:?|\[|during|for|at|in) ?(?:the )?mail[ _]from|mail from(?: command"
    r"|:<)",
    re.IGNORECASE,
)
# Filters of readers' own say "unknown user" once they have seen the message: no proof that it is.
_AFTER_DATA = re.compile(
    r"after (?:the )?end of data|(?:reply|response) to (?:the )?(?:end of )?data"
    r"|>>> data\b(?!.*>>> )|\[data\]\s*$",
    re.IGNORECASE | re.DOTALL,
)
_OF_ADDRESS = re.compile(r"\b5\.1\.\d")
_AT_GREETING = re.compile(
    r"(?:after|to|during|in) (?:the )?(?:initial connection|helo|ehlo|greeting|connect)",
    re.IGNORECASE,
)
_SOFT_WORDS = re.compile(
    r"will (?:be )?(?:retr|try|attempt|continue|keep)|try again later|temporar(?!ily rejected)"
    r"|still (?:being|trying)"
    r"|warning (?:message )?only|this is (?:only )?a warning|has been delayed"
    r"|not yet been delivered|delayed|deferred|retry timeout exceeded|hosts have been failing"
    r"|retry time not reached"
    r"|please (?:try|retry)|later"
)

# By enhanced code (RFC 3463 and the registry of RFC 5248), where words say nothing.
_BY_STATUS = {
    "1.0": Reason.NO_SUCH_USER,
    "1.1": Reason.NO_SUCH_USER,
    "1.2": Reason.NO_SUCH_DOMAIN,
    "1.3": Reason.NO_SUCH_USER,
    "1.6": Reason.MOVED,
    "1.7": Reason.SENDER,
    "1.8": Reason.SENDER,
    "1.9": Reason.SENDER,
    "1.10": Reason.TAKES_NO_MAIL,
    "2.1": Reason.DISABLED,
    "2.2": Reason.MAILBOX_FULL,
    "2.3": Reason.TOO_LARGE,
    "3.1": Reason.MAILBOX_FULL,
    "3.4": Reason.TOO_LARGE,
    "4.7": Reason.EXPIRED,
    "4.310": Reason.NO_SUCH_DOMAIN,
    "4.316": Reason.EXPIRED,
    "7.4": Reason.ENCRYPTION,
    "7.13": Reason.DISABLED,
    "7.10": Reason.ENCRYPTION,
    "7.20": Reason.AUTHENTICATION,
    "7.21": Reason.AUTHENTICATION,
    "7.22": Reason.AUTHENTICATION,
    "7.23": Reason.AUTHENTICATION,
    "7.24": Reason.AUTHENTICATION,
    "7.25": Reason.REVERSE_NAME,
    "7.26": Reason.AUTHENTICATION,
    "7.27": Reason.SENDER,
    "7.28": Reason.RATE,
    "7.29": Reason.ENCRYPTION,
    "7.30": Reason.AUTHENTICATION,
    "7.32": Reason.AUTHENTICATION,
    "7.509": Reason.AUTHENTICATION,
    "7.515": Reason.AUTHENTICATION,
}
_BY_SUBJECT = {
    "3": Reason.SYSTEM,
    "4": Reason.NETWORK,
    "5": Reason.PROTOCOL,
    "6": Reason.CONTENT,
    "7": Reason.POLICY,
}
_BY_CODE = {
    421: Reason.SYSTEM,
    451: Reason.SYSTEM,
    452: Reason.MAILBOX_FULL,
    500: Reason.PROTOCOL,
    501: Reason.PROTOCOL,
    502: Reason.PROTOCOL,
    503: Reason.PROTOCOL,
    504: Reason.PROTOCOL,
    521: Reason.TAKES_NO_MAIL,
    525: Reason.DISABLED,
    523: Reason.TOO_LARGE,
    530: Reason.RELAYING,
    535: Reason.RELAYING,
    551: Reason.MOVED,
    552: Reason.MAILBOX_FULL,
    556: Reason.TAKES_NO_MAIL,
}
# These name the sender, how one signs in, the commands, the message or the time that ran out:
# whatever words like "unknown user" stand beside them, they are not why.
_NEVER_OF_ADDRESS = re.compile(r"[45]\.(?:1\.[789]|3\.5|4\.7|5\.4|6\.\d+|7\.(?:[389]|11))$")
_ASKS_AGAIN = re.compile(r"(?:\A|said:)\s{0,5}4[0-5]\d[ -]")
# A server that asked the next one first passes on what that said, under a code of its own.
_PASSED_ON = re.compile(
    r"recipient address rejected: (?:undeliverable|unverified) address: .{0,300}?\bsaid: (.+)",
    re.IGNORECASE | re.DOTALL,
)
# Codes that are set so often for something else that only words may use them.
_VAGUE = ("0.0", "1.0", "5.0", "2.0", "4.0", "7.0", "3.0")


def classify_reply(code: int, enhanced: str, text: str) -> Verdict:
    """Say what an SMTP reply means.

    ``enhanced`` is its code of RFC 2034, which may be empty or stand in ``text`` as well. Words
    count more than codes: what says 5.1.1 and "blocked" is about us, and no reader is lost.
    """
    if found := _PASSED_ON.search(text):
        asked = classify_text(found[1])
        return Verdict(asked.reason, code >= 500 and asked.is_permanent, asked.status)
    status = _status(enhanced) or _status_within(text)
    is_permanent = status.startswith("5") if status and not code else 500 <= code <= 599
    return Verdict(_said(text, status) or _by_code(status, code), is_permanent, status)


def classify_text(
    said: str, status: str = "", *, otherwise: str = "", is_delay: bool = False
) -> Verdict:
    """Say what a bounce means, from what it quotes and the status of its report, if it has one.

    ``otherwise`` is asked where neither says why: the rest of what the bounce tells people.
    """
    if found := _PASSED_ON.search(said):
        said = found[1]
        status = _status(said)
    stated, within = _status(status), _status_within(said)
    code = _code_within(said)
    if not (stated or within or code):
        within, code = _status_within(otherwise), _code_within(otherwise)
    best = within if within and (not stated or stated.endswith(".0.0")) else stated
    telling = _more_telling(stated, within)
    told = _said(said, telling)
    if not told and stated[2:4] == "1." and code and not within:
        # What the server said has a code of the old kind alone: the other is the relay's guess.
        return Verdict(_by_code("", code), not is_delay and code >= 500, best)
    reason = (
        told or _by_status(telling) or _otherwise(otherwise, telling) or _by_code(telling, code)
    )
    # Who says 450 wants to be asked again, whatever enhanced code stands beside it.
    is_for_now = is_delay or bool(_ASKS_AGAIN.search(said))
    text = f"{said} {otherwise}"
    return Verdict(reason, not is_for_now and _is_permanent(best, code, text), best)


def has_reply(text: str) -> bool:
    """Say whether a text quotes a refusal of a mail server by its code."""
    return bool(_code_within(text) or _status_within(text))


def _by_status(status: str) -> Reason | None:
    return None if status[2:] in _VAGUE else _BY_STATUS.get(status[2:])


def _otherwise(text: str, status: str) -> Reason | None:
    """Return what the rest says; that the address is wrong, only where the code is not of else."""
    told = _said(text, status)
    return None if told in OF_THE_ADDRESS and _is_of_else(status) else told


def _is_of_else(status: str) -> bool:
    """Say whether a code is of something else than the address or the way there."""
    return status[2:3] in ("2", "3", "5", "6", "7") and status[2:] not in _VAGUE


def _is_filter(text: str) -> bool:
    return bool(_AFTER_DATA.search(text)) and not _OF_ADDRESS.search(text)


def _is_permanent(status: str, code: int, text: str) -> bool:
    if status:
        return status[0] == "5"
    if code:
        return code >= 500
    return not _SOFT_WORDS.search(text.lower())


def _more_telling(stated: str, within: str) -> str:
    """Return the code that the server gave, rather than the one that our relay made of it."""
    return within if within and (within[2:] not in _VAGUE or not stated) else stated


def _status(text: str) -> str:
    found = _ENHANCED.search(text)
    return ".".join(found.groups()) if found and found[1] != "2" else ""


def _status_within(text: str) -> str:
    """Return the most telling enhanced code in a text: the first that is not x.0.0, if any."""
    found = [".".join(each.groups()) for each in _ENHANCED.finditer(text[:8_000]) if each[1] != "2"]
    return next((each for each in found if not each.endswith(".0.0")), found[0] if found else "")


def _code_within(text: str) -> int:
    found = _REPLY.search(text[:8_000])
    return int(found[1]) if found else 0


def _by_code(status: str, code: int) -> Reason:
    detail = status[2:]
    if code in (521, 556) and detail[:2] != "2.":
        return Reason.TAKES_NO_MAIL
    if detail and detail not in _VAGUE:
        known = _BY_STATUS.get(detail) or _BY_SUBJECT.get(detail[0])
        if known:
            return known
    return _BY_CODE.get(code) or _BY_SUBJECT.get(detail[:1], Reason.UNKNOWN)


# What holds for all recipients of a message is asked once for each of them.
@lru_cache(maxsize=8)
def _said(text: str, status: str) -> Reason | None:
    """Return what the words say, or None where they say nothing that we know.

    What is only hinted at counts where the code does not say something else.
    """
    if not text:
        return None
    folded = fold(text)
    whole = " ".join(text[:8_000].lower().split())
    for reason, said, is_hint in RAW_RULES:
        if said.search(whole) and not (is_hint and status[2:4] == "7."):
            return reason
    is_of_sender = bool(OF_SENDER.search(folded) or _AT_MAIL_FROM.search(text))
    is_of_now = bool(NOT_NOW.search(folded))
    for reason, said, is_hint in RULES:
        if (is_hint and _is_of_else(status)) or not said.search(folded):
            continue
        if reason in OF_THE_ADDRESS and _NEVER_OF_ADDRESS.match(status):
            return None
        if reason in OF_THE_ADDRESS and is_of_sender:
            return Reason.SENDER
        if reason in OF_THE_ADDRESS and _AT_GREETING.search(text):
            return Reason.REPUTATION
        if reason is Reason.NO_SUCH_USER and _is_filter(text):
            return Reason.NOT_WANTED
        if reason is Reason.NO_SUCH_USER and is_of_now:
            return Reason.SYSTEM
        if reason in OF_THE_ADDRESS and OF_THEIR_SYSTEMS.search(folded):
            return Reason.SYSTEM
        return reason
    if is_of_sender:
        return Reason.SENDER
    return Reason.SYSTEM if is_of_now and _by_status(status) in OF_THE_ADDRESS else None
