"""A message as it arrived in a mailbox of one's own: was anything done to it on the way?

What a receiver found (SPF, DKIM, DMARC) stands in Authentication-Results (RFC 8601). Anybody on the
way may have written one: those are believed that stand above where the mailbox's own servers took
the message in, or that bear the name of one of these (section 5).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from email import message_from_bytes
from email.message import Message
from urllib.parse import urlsplit

from handpress.lib.findings import Finding

_LINK = re.compile(r"""(?i)<a\b[^>]*?\bhref\s*=\s*["']?([^"'\s>]+)""")
_IMAGE = re.compile(r"(?i)<img\b[^>]*>")
_SOURCE = re.compile(r"""(?i)\bsrc\s*=\s*["']?([^"'\s>]+)""")
_TINY = re.compile(r"""(?i)\b(?:width|height)\s*[=:]\s*["']?\s*[01](?:px)?\b|display\s*:\s*none""")
_BARE_LINK = re.compile(r"https?://[^\s<>\"')\]]+")
_BEHIND = re.compile(r"""(?i)\bbackground\s*=\s*["']?([^"'\s>]+)|\burl\(\s*["']?([^"')\s]+)""")
_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"\b(spf|dkim|dmarc)\s*=\s*(\w+)", re.IGNORECASE)
_TAKEN_BY = re.compile(r"\bby\s+([^\s;()]+)", re.IGNORECASE)
_CAME_FROM = re.compile(r"\A\s*from\s+([^\s;()]+)", re.IGNORECASE)
_CLIPPED_BYTES = 102_000
# Hosts that an article may link to are not ours; a redirector carries the real address along.
_CARRIED = re.compile(r"(?:https?(?:%3a|:)(?:%2f|/){2}|[?&](?:url|u|target|redirect|to)=)", re.I)


def examine_seed(raw: bytes, *, own_hosts: Collection[str], sent: bytes = b"") -> list[Finding]:
    """Return what was done to a message on its way.

    ``own_hosts`` are the hosts that our links lead to. With ``sent``, the message as it was handed
    over, every link is compared with it.
    """
    message = message_from_bytes(raw)
    found = [
        *_authentication(message),
        *_leaving(message, own_hosts),
        *_links(message, own_hosts, message_from_bytes(sent) if sent else None),
        *_pictures(message, own_hosts),
        *_size(raw),
    ]
    return found


def _authentication(message: Message) -> Iterator[Finding]:
    fields = _believed(message)
    if not fields:
        what = "the mailbox does not tell what it found (no Authentication-Results)."
        yield Finding("seed: proof", "warn", what, "Use a mailbox at a large receiver.")
        return
    said = [(a.lower(), b.lower()) for each in fields for a, b in _RESULT.findall(_bare(each))]
    for name in ("spf", "dkim", "dmarc"):
        # One of two signatures is enough: many receivers know nothing of Ed25519.
        values = [value for each, value in said if each == name]
        value = next(iter(values), "not looked at")
        if "pass" in values:
            yield Finding(f"seed: {name.upper()}", "ok", "passed.")
        else:
            what = f"the mailbox says: {value}."
            mend = f"See what is found about {name.upper()} above."
            yield Finding(f"seed: {name.upper()}", "fail" if name != "spf" else "warn", what, mend)


def _believed(message: Message) -> list[str]:
    """Return what the mailbox's own servers wrote of what they found."""
    home, is_theirs, found = "", True, []
    for name, field in message.items():
        value = str(field)
        if name.lower() == "received" and is_theirs:
            home = home or _home(_first(_TAKEN_BY, value))
            came_from = _home(_first(_CAME_FROM, value))
            # Here it was taken in from elsewhere; whatever stands below came along.
            is_theirs = not came_from or came_from == home
        elif name.lower() == "authentication-results":
            writer = _home((_bare(value).partition(";")[0].split() or [""])[0])
            found.append((value, is_theirs, writer))
    return [value for value, above, writer in found if home and (above or writer == home)]


def _first(what: re.Pattern[str], text: str) -> str:
    found = what.search(text)
    return found[1] if found else ""


def _home(host: str) -> str:
    """Return the part of a host's name that one house has for all its servers; "" for none."""
    labels = host.strip(".[]").lower().split(".")
    if len(labels) < 2 or labels[-1].isdigit() or ":" in host or labels[-1] == "localdomain":
        return ""
    is_below_country = len(labels[-1]) == 2 and len(labels[-2]) <= 3 and len(labels) > 2
    return ".".join(labels[-3:] if is_below_country else labels[-2:])


def _bare(field: str) -> str:
    """Return a field without its comments, which may repeat what others said on the way."""
    while (shorter := _COMMENT.sub(" ", field)) != field:
        field = shorter
    return field


def _leaving(message: Message, own_hosts: Collection[str]) -> Iterator[Finding]:
    link = str(message.get("List-Unsubscribe", ""))
    post = str(message.get("List-Unsubscribe-Post", ""))
    if "https://" not in link or post.replace(" ", "").lower() != "list-unsubscribe=one-click":
        what = "the button that unsubscribes (RFC 8058) was lost on the way."
        yield Finding("seed: leaving", "fail", what, "Ask the relay to leave List-* fields alone.")
        return
    leads_to = [_host(each) for each in re.findall(r"<\s*(https://[^>\s]+)", link, re.IGNORECASE)]
    if not set(leads_to) <= set(own_hosts):
        what = "the button that unsubscribes leads elsewhere: who presses it stays in your book."
        yield Finding("seed: leaving", "fail", what, "Ask the relay to leave List-* fields alone.")
        return
    names = {
        name.strip().lower()
        for field in message.get_all("DKIM-Signature") or []
        for found in re.findall(r"\bh\s*=([^;]+)", str(field))
        for name in "".join(found.split()).split(":")
    }
    if not {"list-unsubscribe", "list-unsubscribe-post"} <= names:
        what = "the signature does not cover the button that unsubscribes."
        yield Finding("seed: leaving", "warn", what, "Let Handpress sign, or ask the relay to.")
    else:
        yield Finding("seed: leaving", "ok", "the button that unsubscribes is there and signed.")


def _links(message: Message, own_hosts: Collection[str], sent: Message | None) -> Iterator[Finding]:
    links = _all_links(message)
    if sent is not None:
        before = _all_links(sent)
        changed = sorted(links - before)
    else:
        changed = sorted(each for each in links if _is_rewritten(each, own_hosts))
    if changed:
        what = f"{len(changed)} links were rewritten on the way, such as {changed[0][:100]}"
        mend = "Switch click tracking off at the relay; readers are followed by it."
        yield Finding("seed: links", "fail", what, mend)
    elif not any(_host(each) in own_hosts for each in links):
        what = "no link leads to your own site: all were rewritten, or this is another message."
        yield Finding("seed: links", "fail", what, "Switch click tracking off at the relay.")
    else:
        yield Finding("seed: links", "ok", f"{len(links)} links, none rewritten.")


def _is_rewritten(link: str, own_hosts: Collection[str]) -> bool:
    if _host(link) in own_hosts or not link.lower().startswith("http"):
        return False
    rest = link.partition("://")[2].partition("/")[2]
    return bool(_CARRIED.search(rest)) or any(host in rest for host in own_hosts) or len(rest) > 150


def _pictures(message: Message, own_hosts: Collection[str]) -> Iterator[Finding]:
    pixels = foreign = 0
    for html in _texts(message, "text/html"):
        for tag in _IMAGE.findall(html):
            source = _SOURCE.search(tag)
            address = source[1] if source else ""
            is_remote = address.lower().startswith(("http:", "https:", "//"))
            pixels += is_remote and bool(_TINY.search(tag))
            foreign += is_remote and _host(address) not in own_hosts
        for pair in _BEHIND.findall(html):
            address = pair[0] or pair[1]
            is_remote = address.lower().startswith(("http:", "https:", "//"))
            foreign += is_remote and _host(address) not in own_hosts
    if pixels or foreign:
        what = f"{max(pixels, foreign)} pictures were put in that tell somebody who reads."
        mend = "Switch open tracking off at the relay."
        yield Finding("seed: pixels", "fail", what, mend)
    else:
        yield Finding("seed: pixels", "ok", "no picture but those of your own site.")


def _size(raw: bytes) -> Iterator[Finding]:
    if len(raw) > _CLIPPED_BYTES:
        what = f"it arrived with {len(raw) // 1000} kB; some readers see only the first 102."
        yield Finding("seed: size", "warn", what, "Send fewer pieces, or see what the relay adds.")
    else:
        yield Finding("seed: size", "ok", f"{len(raw) // 1000} kB.")


def _all_links(message: Message) -> set[str]:
    found = {each for html in _texts(message, "text/html") for each in _LINK.findall(html)}
    found |= {
        each.rstrip(".,")
        for text in _texts(message, "text/plain")
        for each in _BARE_LINK.findall(text)
    }
    return {each.replace("&amp;", "&") for each in found if each.lower().startswith("http")}


def _texts(message: Message, kind: str) -> Iterator[str]:
    for part in message.walk():
        if part.get_content_type() != kind:
            continue
        data = part.get_payload(decode=True)
        if isinstance(data, bytes):
            yield data.decode("utf-8", "replace")


def _host(link: str) -> str:
    try:
        return (urlsplit(link if "//" in link else f"//{link}").hostname or "").lower()
    except ValueError:
        return ""
