"""Bounces that only say in words what happened: qmail, Exim, the big providers, and odd ones."""

from __future__ import annotations

import re

from handpress.mail.core.bounces.opened import Fields, Opened, header_text, parse_text
from handpress.mail.core.bounces.replies import classify_text
from handpress.mail.core.bounces.verdicts import Refusal
from handpress.mail.core.bounces.who import Mention, addresses_in, first_address, mentions_in

# Where the message that is given back begins.
_GIVEN_BACK = re.compile(
    r"""(?imx)
    ^[ \t>*\-=_#+]*
    (?: (?:this|below|here|enclosed|following|attached)[ ](?:is|follows)[ ].{0,30}
            (?:copy|original[ ]message|headers?)
      | (?:the[ ])?(?:header|headers|text|content|body|first[ ]\d+[ ]lines)[ ]of[ ]
            (?:the|your)[ ](?:original[ ])?message
      | below[ ]this[ ]line
      | (?:begin(?:ning)?[ ]of[ ]|start[ ]of[ ]|the[ ])?
            (?:original|returned|unsent|undelivered|bounced)[ ](?:original[ ]|mail[ ])?
            (?:e-?mail[ ])?(?:message|mail|letter|text|headers?)
            (?:[ ](?:header|headers|follows?|below|text|begins?))*\W*$
      | message[ ](?:header|headers|follows|text)[ ]?(?:follows?)?\W*$
      | .{0,30}copy[ ]of[ ](?:the|your)[ ](?:original[ ]|returned[ ])?message
      | content-type:[ ]*message/rfc822
      | (?:received|return-path|x-originating-ip|dkim-signature|x-apparently-to)[ ]?:
      | (?:message-id|mime-version|x-mailer):
    )"""
)
# What stands in every notice and says nothing about this one.
_PLATITUDE = re.compile(
    r"(?i)this (?:message|is an? automat\w+|e-?mail|mail) [^.\n]{0,20}(?:was |is )?(?:created"
    r"|generated|sent)? ?automatically[^.\n]{0,80}"
    r"|mail delivery (?:system|software|subsystem|agent|failed|failure)"
    r"|delivery (?:status )?notification[^\n]{0,20}|for further assistance[^\n]{0,80}"
    r"|please (?:include this|do not (?:reply|respond))[^\n]{0,80}|(?:the )?mail system\b"
    r"|delete your own text[^\n]{0,60}|attached returned message"
    r"|do not reply to this[^\n]{0,60}|if you (?:have|need) [^\n]{0,100}"
    r"|smtp error from remote (?:mail )?server"
    r"|could not be delivered to one or more[^.]{0,40}|this is a permanent error|i've given up"
    r"|google tried to deliver your message[^.]{0,60}\.?"
    r"|we recommend contacting[^.]{0,160}\.|technical details of (?:permanent|temporary) failure"
    r"|fail(?:ed)? permanently|mime-encapsulated message"
    r"|this is a multi-?part[^\n]{0,80}|this message is in mime format[^\n]{0,120}"
    r"|may not be legible"
)
_DELAY = re.compile(
    r"(?i)warning (?:message )?only|this is (?:only )?a warning|has been delayed|delayed mail"
    r"|still being retried|will (?:be )?(?:retried|continue|keep trying|try again)"
    r"|not yet been delivered|could not send message for past"
    r"|do not need to resend|delivery .{0,30}delayed"
    r"|could not (?:yet )?be delivered .{0,20}will"
)
_A_REPLY = re.compile(r"\s{0,20}[45]\d\d[ -][^\n@]{0,20}<?[^\n\s@]+@[^\n]*\.\.\.")
_SURE = 3
# Each of our messages has one recipient; a notice of thousands is somebody else's.
MOST_REFUSALS = 50


def part_prose(text: str) -> tuple[str, Fields]:
    """Return what a notice says itself, and the headers of the message that it quotes below."""
    text = _unquoted(text)
    for found in _GIVEN_BACK.finditer(text):
        if re.search(r"\w{3}", text[: found.start()]):
            return text[: found.start()], _headers_in(text[found.start() :])
    return text, {}


def refusals_in_prose(head: str, opened: Opened) -> list[Refusal]:
    """Return who was refused and why, as far as the words tell."""
    plain = _PLATITUDE.sub(" ", head)
    named = addresses_in(opened.headers.get("x-failed-recipients", ""))
    mentions = _best(mentions_in(plain, not_of=_never(opened)))
    people = list(dict.fromkeys(each.address for each in mentions))
    aliases: dict[str, tuple[str, ...]] = {}
    if named and len(named) == len(people) and mentions[0].weight > _SURE:
        aliases = {who: (other,) for who, other in zip(people, named, strict=True) if who != other}
    elif named:
        people = named
    if not people:
        unsure = [each.address for each in mentions_in(plain, not_of=_never(opened))]
        people = [each for each in (_addressee(opened), *unsure) if each][:1]
    people = people[:MOST_REFUSALS]
    is_delay = bool(_DELAY.search(f"{opened.headers.get('subject', '')}\n{head}"))
    segments = segments_of(plain, people)
    return [
        Refusal(
            each,
            classify_text(segments[each], otherwise=plain, is_delay=is_delay),
            " ".join(segments[each].split())[:400],
            aliases.get(each, ()),
            is_delay,
        )
        for each in people
    ]


def sure_recipients(head: str, opened: Opened) -> list[str]:
    """Return whom the words surely name as recipients."""
    mentions = _best(mentions_in(_PLATITUDE.sub(" ", head), not_of=_never(opened)))
    return list(dict.fromkeys(each.address for each in mentions if each.weight > _SURE))


def _best(mentions: list[Mention]) -> list[Mention]:
    """Keep the surest mentions; of unsure ones, the first."""
    weight = max((each.weight for each in mentions), default=0)
    best = [each for each in mentions if each.weight == weight]
    if weight >= _SURE:
        return best
    return best[:1] if weight > 1 else []


def _never(opened: Opened) -> set[str]:
    """Return those who cannot be the recipient: who gets the notice, and who wrote the message."""
    ours = ("to", "delivered-to", "from", "reply-to")
    theirs = ("from", "sender", "return-path", "reply-to")
    return {
        each
        for fields, names in ((opened.headers, ours), (opened.returned, theirs))
        for name in names
        for each in addresses_in(fields.get(name, ""))
    }


def _addressee(opened: Opened) -> str:
    names = ("x-failed-recipients", "x-original-to", "envelope-to", "delivered-to", "to", "cc")
    return next(
        (who for name in names if (who := first_address(opened.returned.get(name, "")))), ""
    )


def segments_of(text: str, people: list[str]) -> dict[str, str]:
    """Return for each what is said from where they are named up to where the next one is.

    What is said where nobody is named is of the one, if there is but one.
    """
    folded = text.lower()
    starts = sorted(
        (each.start(), who)
        for who in people
        for each in re.finditer(rf"(?<![\w.-]){re.escape(who)}(?![\w-])", folded)
    )
    segments = dict.fromkeys(people, "")
    for number, (start, who) in enumerate(starts):
        if segments[who]:
            continue
        begin = folded.rfind("\n", 0, start) + 1
        if number and starts[number - 1][0] >= begin:
            # On one line with others, what stands before belongs to the one before.
            begin = start
        end = next((at for at, other in starts[number + 1 :] if other != who), len(text))
        line_end = folded.find("\n", start)
        # In a transcript each line is a reply of its own, and the next may be about another.
        if len(people) > 1 and _A_REPLY.match(folded, begin) and line_end > 0:
            end = line_end
        segments[who] = text[begin:end]
    if len(people) == 1 and not segments[people[0]]:
        segments[people[0]] = text
    return segments


def _unquoted(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    quoted = sum(line.startswith(">") and not line.startswith(">>>") for line in lines)
    return re.sub(r"(?m)^>(?:(?=>>>)| ?(?!>))", "", text) if quoted * 2 > len(lines) else text


def _headers_in(text: str) -> Fields:
    lines = text.splitlines()[:200]
    first = next(
        (n for n, line in enumerate(lines) if re.match(r"[A-Za-z][\w-]{1,40}:", line)), None
    )
    if first is None:
        return {}
    message = parse_text("\n".join(lines[first:]))
    return {name.lower(): header_text(value) for name, value in message.raw_items()}
