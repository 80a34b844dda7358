"""What came to the bounce address: a bounce, a complaint, a note that somebody is away."""

from __future__ import annotations

import re
from dataclasses import replace

from handpress.mail.core.bounces.opened import OF_BOUNCES, Fields, Opened, groups_in, open_message
from handpress.mail.core.bounces.prose import (
    MOST_REFUSALS,
    part_prose,
    refusals_in_prose,
    segments_of,
    sure_recipients,
)
from handpress.mail.core.bounces.replies import classify_text, has_reply
from handpress.mail.core.bounces.verdicts import Notice, NoticeKind, Reason, Refusal
from handpress.mail.core.bounces.who import addresses_in, first_address
from handpress.mail.core.complaints import read_complaint
from handpress.mail.core.provider_notes import read_provider_note

_ARRIVED = ("delivered", "relayed", "expanded")
_DAEMON = re.compile(
    r"mailer.?daemon|post[ _-]?master|mail(?:er)?[ _-]?(?:delivery|system|router|service)"
    r"|delivery|smtp"
    r"|mta\b|daemon|bounce|returned|administrator|mail-?system|microsoft exchange"
    r"|listserv|majordomo|notification|undeliver",
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"undeliver|fail|return(?:ed|ing)|delay|delivery|not deliver|could not|couldn't|unable"
    r"|rejected|warning|bounce|nondeliverable|non-?delivery"
    r"|unzustellbar|zustell|échec|non remis|no se puede|rebotad|error|mancata|недостав"
    r"|не доставлен|エラー|配信|不達|配送|戻|退信|退回|반송|user unknown|status",
    re.IGNORECASE,
)
_UNDELIVERED = re.compile(
    r"(?:could not|cannot|can't|couldn't|was not|not) be delivered|undeliverable|failed to deliver"
    r"|delivery (?:to|of|has|failed)[^.]{0,80}fail|unable to deliver|not able to deliver"
    r"|did not reach|permanent (?:fatal )?errors?|not a member of this mailing list",
    re.IGNORECASE,
)
_ARRIVED_SAFELY = re.compile(
    r"success(?:ful(?:ly)?)? (?:mail )?deliver|deliver(?:ed|y) (?:was )?success|return receipt"
    r"|(?:has|have|was) been (?:successfully )?delivered(?! to the (?:queue|relay))|zugestellt am",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"out of (?:the )?office|auto(?:mat\w*|mated)?[- ]?(?:reply|response|respon|antwort|answer"
    r"|responder)|automatic reply|vacation|on (?:holiday|leave)|away from"
    r"|abwesen|absence|absent|r[ée]ponse automatique|respuesta autom|fuera de (?:la )?oficina"
    r"|risposta automatica|fuori (?:sede|ufficio)|resposta autom"
    r"|автоответ|вне офиса|自動返信|自动回复|自動回覆|不在|부재중|자동 ?응답|frånvaro|afwezig",
    re.IGNORECASE,
)
# Lists of what was held back or counted name many other messages and what became of them.
_OF_OTHER_MAIL = re.compile(
    r"quarantin|spam[- ](?:digest|report|summary)|held messages|\breport[- ]domain:.*\breport-id:"
    r"|quarantäne|cuarentena|карантин|隔離|隔离",
    re.IGNORECASE,
)
# Rules of readers' own give what reason they like.
_BY_A_RULE = re.compile(r"\bwas automatically rejected\b", re.IGNORECASE)
_OF_ANSWERING = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-vacation")


def read_notice(raw: bytes) -> Notice:
    """Understand a message that came to the bounce address. Raises for none, however broken."""
    opened = open_message(raw)
    notice = (
        read_complaint(opened)
        or read_provider_note(opened.prose)
        or _from_report(opened)
        or _from_prose(opened)
    )
    if "message/disposition-notification" in opened.types and _is_hard(notice):
        # Somebody's own program says what became of a message that it had (RFC 8098).
        notice = Notice(NoticeKind.AUTOMATIC)
    return replace(
        notice,
        message_id=notice.message_id or opened.returned.get("message-id", ""),
        own_id=opened.headers.get("message-id", "")[:400],
        subject=opened.headers.get("subject", "")[:200],
        addressed_to=_addressed_to(opened.headers),
    )


def _is_hard(notice: Notice) -> bool:
    return any(each.verdict.is_hard for each in notice.refusals)


def _addressed_to(headers: Fields) -> tuple[str, ...]:
    names = ("x-original-to", "delivered-to", "envelope-to", "x-envelope-to", "to")
    return tuple(
        dict.fromkeys(each for name in names for each in addresses_in(headers.get(name, "")))
    )


def _from_report(opened: Opened) -> Notice | None:
    head, returned = part_prose(opened.prose)
    opened.returned = opened.returned or returned
    groups = [each for each in opened.groups if _is_of_recipient(each)]
    if not groups:
        inline = re.sub(r"(?m)^>[> ]?", "", opened.prose)
        groups = [each for each in groups_in(inline) if _is_stated(each)]
    if not groups:
        return None
    told = _refusals(groups[:MOST_REFUSALS], head, opened)
    refusals = tuple({each.recipient: each for each in told}.values())
    if not refusals:
        return Notice(NoticeKind.DELIVERED) if all(map(_has_arrived, groups)) else None
    if len(refusals) == 1:
        refusals = (_also_named(refusals[0], head, opened),)
    is_delay = all(each.is_delay for each in refusals)
    return Notice(NoticeKind.DELAY if is_delay else NoticeKind.BOUNCE, refusals)


def _also_named(refusal: Refusal, head: str, opened: Opened) -> Refusal:
    """Add who the words name: what was forwarded is reported under another address."""
    known = (refusal.recipient, *refusal.aliases)
    others = tuple(each for each in sure_recipients(head, opened) if each not in known)
    return replace(refusal, aliases=(*refusal.aliases, *others[:3]))


def _is_of_recipient(group: Fields) -> bool:
    return any(name in group for name in ("final-recipient", "original-recipient", "action"))


def _is_stated(group: Fields) -> bool:
    has_recipient = "final-recipient" in group or "original-recipient" in group
    return has_recipient and ("action" in group or "status" in group)


def _action(group: Fields) -> str:
    found = re.match(r"[a-z]+", group.get("action", "").lower())
    return found[0] if found else ""


def _has_arrived(group: Fields) -> bool:
    action = _action(group)
    is_good = group.get("status", "").strip().startswith("2.")
    return action in _ARRIVED or (is_good and action not in ("failed", "delayed"))


def _refusals(groups: list[Fields], head: str, opened: Opened) -> list[Refusal]:
    named = [(group, _names(group)) for group in groups if not _has_arrived(group)]
    if not all(names for _, names in named):
        prose = [each.recipient for each in refusals_in_prose(head, opened)][:1]
        named = [(group, names or prose) for group, names in named]
    everybody = list(dict.fromkeys(name for _, names in named for name in names))
    if len(named) < 2:
        return [_refusal(group, names, head) for group, names in named if names]
    # What is said of one says nothing of the others.
    segments = segments_of(head, everybody)
    return [
        _refusal(group, names, " ".join(segments[name] for name in names))
        for group, names in named
        if names
    ]


def _names(group: Fields) -> list[str]:
    """Return what the recipient of a group is called, whole addresses first."""
    fields = ("final-recipient", "original-recipient", "x-actual-recipient")
    found = [who for name in fields if (who := first_address(group.get(name, "")))]
    return sorted(dict.fromkeys(found), key=lambda who: "." not in who.partition("@")[2])


def _refusal(group: Fields, names: list[str], head: str) -> Refusal:
    said = re.sub(r"^\s*[\w.-]+\s*;", "", group.get("diagnostic-code", "")[:2_000])
    is_delay = _action(group) == "delayed"
    verdict = classify_text(said, group.get("status", ""), otherwise=head, is_delay=is_delay)
    if verdict.is_hard and _BY_A_RULE.search(head):
        verdict = replace(verdict, reason=Reason.NOT_WANTED)
    return Refusal(names[0], verdict, said[:400], tuple(names[1:]), is_delay)


def _from_prose(opened: Opened) -> Notice:
    headers = opened.headers
    head, _ = part_prose(opened.prose)
    subject = headers.get("subject", "")
    has_failed = "x-failed-recipients" in headers
    sender = re.sub(r"@[^\s>]*", "@", f"{headers.get('from', '')} {headers.get('sender', '')}")
    # A machine may write in nobody's name, people never do.
    is_daemon = bool(_DAEMON.search(sender)) or not first_address(headers.get("from", ""))
    is_told = bool(_UNDELIVERED.search(f"{subject}\n{head[:3_000]}"))
    # A daemon's subject is its own; anybody else's may be a headline of ours.
    is_told = is_told or (is_daemon and bool(_FAILURE.search(subject)))
    is_sure = has_failed or (is_daemon and is_told)
    if not is_sure and _is_automatic(opened, subject):
        return Notice(NoticeKind.AUTOMATIC)
    if not has_failed and (_OF_OTHER_MAIL.search(subject) or not (is_daemon or is_told)):
        return Notice(NoticeKind.OTHER)
    if _ARRIVED_SAFELY.search(f"{subject}\n{head[:3_000]}") and not has_reply(head):
        return Notice(NoticeKind.DELIVERED)
    refusals = tuple(refusals_in_prose(head, opened))
    is_bounce = (
        has_failed or is_daemon or has_reply(head) or not opened.types.isdisjoint(OF_BOUNCES)
    )
    is_delay = all(each.is_delay for each in refusals)
    notice = Notice(NoticeKind.DELAY if is_delay else NoticeKind.BOUNCE, refusals)
    return notice if refusals and (is_bounce or not _is_hard(notice)) else Notice(NoticeKind.OTHER)


def _is_automatic(opened: Opened, subject: str) -> bool:
    headers = opened.headers
    if "message/disposition-notification" in opened.types or _AWAY.search(subject):
        return True
    if any(name in headers for name in _OF_ANSWERING):
        return True
    if "auto_reply" in headers.get("precedence", "").lower():
        return True
    return headers.get("auto-submitted", "").lower().startswith(("auto-replied", "auto-notified"))
