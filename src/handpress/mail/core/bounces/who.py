"""Whose mail was refused, as far as the words of a bounce tell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

# In brackets, an address may be in any script; in running text, the words around it are not of it.
_LETTER = r"a-z0-9\u00c0-\u052f"
_LABEL = rf"[{_LETTER}_](?:[{_LETTER}_-]{{0,62}}[{_LETTER}])?"
_ADDRESS = re.compile(
    r"(?<=<)[^\s<>@\"]{1,128}@[^\s<>@\":;,()]{1,255}(?=>)"
    rf"|(?:\"[^\"\s@]{{1,64}}\"|(?<![{_LETTER}@])[{_LETTER}_.!#$%&'*+/=?^`{{|}}~-]{{1,128}})@"
    rf"(?:\[[0-9a-f.:]{{3,45}}\]|{_LABEL}(?:\.{_LABEL}){{0,10}})",
    re.IGNORECASE,
)
_ROLES = re.compile(
    r"(?:postmaster|mailer-daemon|abuse|support|helpdesk|help|noreply|no-reply|hostmaster)@"
)
_SENDERS = re.compile(
    r"(?<!generated )(?<!expanded )(?:mail[ _]from|envelope[- ]from|sender|from|return-path"
    r"|reply-to|contact|questions?|mailto"
    r"|message-id|in-reply-to|references|sent by|written by|de la part de|http\S*)\W{0,4}$|\bid\s$",
    re.IGNORECASE,
)
_LABELS = re.compile(
    r"(?:final-recipient|original-recipient|failed recipient"
    r"|recipient(?:'s)?(?: e-?mail)?(?: address)?"
    r"|addressee|addressed to|error-for|smtp|generated from|expanded from|envelope-to|an"
    r"|intended recipient"
    r"|delivered to|could not be delivered to|undeliverable to"
    r"|failed addresses?|e-?mail address|addresses?|destinataire|destinatario"
    r"|宛先)\s*[:=]?\s*(?:rfc822;\s*)?[<\"'(\[]*$",
    re.IGNORECASE,
)
_TO_WHOM = re.compile(
    r"(?:deliver\w*|sen[dt]|message|mail|e-?mail|reach|returned|undeliverable|delivery|failure"
    r"|failed|bounced|attempts:)"
    r"[^@\n]{0,60}[\s<\"'(\[:]$|\bto\W*$",
    re.IGNORECASE,
)


_MOST_ADDRESSES = 500


@dataclass(frozen=True, slots=True)
class Mention:
    """An address that stands in a text: where, and how surely it is the recipient (3 is surest)."""

    address: str
    start: int
    weight: int


def addresses_in(text: str) -> list[str]:
    """Return the addresses in a text, in lower case, each once, in order."""
    found = (each[0].strip(".'").lower() for each in _ADDRESS.finditer(text[:20_000]))
    return list(dict.fromkeys(each for each in found if "@" in each))


def first_address(text: str) -> str:
    """Return the first address in a text, or an empty string."""
    return next(iter(addresses_in(text)), "")


def mentions_in(text: str, *, not_of: Iterable[str]) -> list[Mention]:
    """Return where a text speaks of somebody who may be the recipient; ``not_of`` never are."""
    never = set(not_of)
    found = []
    text = re.sub(r"(?i)\b(smtp|rfc822)=", r"\1:", text)
    for each in islice(_ADDRESS.finditer(text), _MOST_ADDRESSES):
        address = each[0].strip(".'").lower()
        if address in never and not _stands_alone(text, each):
            continue
        weight = _weight(text, each)
        if weight:
            found.append(Mention(address, each.start(), weight))
    return found


def _weight(text: str, found: re.Match[str]) -> int:
    line_start = text.rfind("\n", 0, found.start()) + 1
    line_end = text.find("\n", found.end())
    before = text[max(line_start, found.start() - 120) : found.start()]
    after = text[found.end() : line_end if line_end >= 0 else len(text)][:120]
    if _SENDERS.search(before) or re.match(r"\s*<[^<>\s]+@", after):
        return 0
    is_role = bool(_ROLES.match(found[0].lower()))
    if _stands_alone(text, found):
        return 1 if is_role else 4
    if _LABELS.search(before):
        return 1 if is_role else 4
    if re.match(r"^[\s>*\-\"'<(\[]*$", before) and re.match(
        r"^[>\"')\]]*\s*(?::|\.\.\.|\[|\()", after
    ):
        return 4
    if re.search(r"(?i)(?:^|\s)[<#(]*[45]\d\d[\s\-]|rcpt to\W*$", before) or after.startswith(
        ">..."
    ):
        return 3
    if re.match(r"^[\s>*\-\"'<(\[]*$", before):
        return 2 if is_role else 3
    if _TO_WHOM.search(before):
        return 1 if is_role else 2
    return 0 if is_role else 1


def _stands_alone(text: str, found: re.Match[str]) -> bool:
    line_start = text.rfind("\n", 0, found.start()) + 1
    line_end = text.find("\n", found.end())
    line = text[line_start : line_end if line_end >= 0 else len(text)]
    rest = line[: found.start() - line_start] + line[found.end() - line_start :]
    return not re.search(r"\w", rest.replace(found[0], ""))
