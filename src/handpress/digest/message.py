"""An edition as a message: what templates get, both parts, and the fields of its head."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

import css_inline
from django.conf import settings

from handpress.digest.core.compose import (
    MOST_SHOWN,
    Contents,
    Piece,
    Section,
    View,
    shortened,
    subject_of,
    view_of,
)
from handpress.digest.models import Edition, Frequency
from handpress.lib.languages import direction_of, tidy_tag
from handpress.lib.money import format_money
from handpress.mail.core.headers import mailbox, phrase, unstructured
from handpress.mail.core.wire import NONCHARACTERS, Compiled, compile_message, slot
from handpress.mail.envelopes import from_address, in_ascii, own_domain
from handpress.mail.keys import signers
from handpress.newsroom.cards import date_in_words
from handpress.press.answers import spoken
from handpress.press.registry import registry
from handpress.press.site import site_facts

MOST_BYTES = 78_000
"""Of the HTML part: Gmail cuts off what is longer than 102 kB, headers and all."""
_LEAD_CHARACTERS, _EXCERPT_CHARACTERS = 600, 280
_HEADLINE_CHARACTERS, _NOTE_CHARACTERS, _APPEAL_CHARACTERS = 300, 3000, 2000
_PICTURE_WIDTH = 560
_READERS_OWN = ("unsubscribe_url", "preferences_url")


def mail_root() -> str:
    """Return what the addresses in mail begin with: the site's address, else this machine's."""
    return site_facts().address or f"http://127.0.0.1:{settings.HANDPRESS.server.port}/"


def web_path(edition: Edition) -> str:
    """Return where an edition stands on the site."""
    ending = "" if edition.frequency == Frequency.DAILY else f"-{edition.get_frequency_display()}"
    return f"digest/{edition.edition_on.isoformat()}{ending}.html"


def parts_of(
    edition: Edition, contents: Contents, choice: frozenset[int] | None = None, language: str = ""
) -> tuple[str, str, str]:
    """Return subject, text and HTML for the readers of a choice of topics, with slots.

    The HTML is cut to what mail programs show whole: sections lose pieces from their ends. Where
    nobody wrote words in a reader's ``language``, all around the articles is in the outlet's.
    """
    language = spoken(language)
    most = MOST_SHOWN
    while True:
        view = view_of(contents, choice, most=most)
        subject = shortened(
            clean(subject_of(contents, view, edition.subject)), _HEADLINE_CHARACTERS
        )
        context = mail_context(edition, contents, view, subject, language)
        html = inlined(_render("mail/digest.html", context))
        size = len(html.encode())
        if size <= MOST_BYTES or most <= 1:
            return subject, _tidy(_render("mail/digest.txt", context)), html
        most = max(1, min(most - 1, view.shown * MOST_BYTES // size))


def compile_edition(
    edition: Edition, contents: Contents, choice: frozenset[int] | None = None, language: str = ""
) -> Compiled:
    """Compile an edition for the readers of a choice of topics."""
    subject, text, html = parts_of(edition, contents, choice, language)
    stamped = edition.frozen_at or edition.composed_at
    return compile_message(
        headers=_headers(edition, subject, spoken(language) or site_facts().language),
        text=text,
        html=html,
        signers=signers(),
        signed_at=int(stamped.timestamp()),
    )


def _headers(edition: Edition, subject: str, language: str) -> list[tuple[str, str]]:
    mail, site, root = settings.HANDPRESS.mail, site_facts(), mail_root()
    address = in_ascii(from_address())
    host = urlsplit(root).hostname or own_domain()
    stamped = edition.frozen_at or edition.composed_at
    pace = edition.get_frequency_display()
    headers = [
        ("From", mailbox(mail.from_name or site.name, address)),
        ("To", f"<{slot('address')}>"),
        ("Subject", unstructured(subject) or pace),
        ("Date", format_datetime(stamped)),
        ("Message-ID", f"<{slot('message_id')}>"),
        # The name in the settings, which no renaming on the desk changes: filters go by it.
        ("List-Id", f"{phrase(site.first_name)} <digest.{in_ascii(f'x@{host}')[2:]}>"),
        *leaving_fields(slot("unsubscribe_url"), slot("unsubscribe_mailto")),
        ("List-Subscribe", f"<{root}subscribe/>"),
        ("List-Archive", f"<{root}digest/>"),
        ("List-Help", f"<mailto:{in_ascii(mail.reply_to) if mail.reply_to else address}>"),
        ("List-Post", "NO"),
        ("Feedback-ID", f"{edition.pk}:{pace}:digest:handpress"),
        ("Precedence", "bulk"),
        ("Auto-Submitted", "auto-generated"),
        ("Content-Language", language),
    ]
    if mail.reply_to:
        headers.append(("Reply-To", in_ascii(mail.reply_to)))
    return headers


def leaving_fields(url: str, mailto: str) -> list[tuple[str, str]]:
    """Return the fields from which mail programs make a button that unsubscribes (RFC 8058)."""
    return [
        ("List-Unsubscribe", f"<{url}>, <mailto:{mailto}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ]


def mail_context(
    edition: Edition, contents: Contents, view: View, subject: str, language: str
) -> dict[str, Any]:
    """Return what the templates of the mail get."""
    site = site_facts()
    tag = language or site.language
    root = mail_root()
    is_weekly = edition.frequency == Frequency.WEEKLY
    return {
        "lang": tag,
        "dir": direction_of(tag),
        "site": site.as_context(),
        "is_weekly": is_weekly,
        "subject": subject,
        "day": date_in_words(edition.edition_on, tag),
        "note": note_paragraphs(edition.note),
        "lead": view.lead and _piece(view.lead, root, _LEAD_CHARACTERS),
        "picture": _picture(view.lead, root),
        "sections": [_section(section, root) for section in view.sections],
        "left_out": view.left_out,
        "appeal": contents.appeal and _appeal(_appeal_in(contents.appeal, tag), tag),
        "root": root,
        "web_url": f"{root}{web_path(edition)}",
        "donate_url": f"{root}donate/",
        "postal_address": settings.HANDPRESS.mail.postal_address,
        **{name: slot(name) for name in _READERS_OWN},
    }


def _section(section: Section, root: str) -> dict[str, Any]:
    heading = section.heading
    named = heading and {
        "name": clean(heading.name),
        "url": f"{root}topics/{heading.slug}/",
        **tongue(heading.language),
    }
    pieces = [_piece(each, root, _EXCERPT_CHARACTERS) for each in section.pieces]
    return {"heading": named, "pieces": pieces}


def _piece(piece: Piece, root: str, most: int) -> dict[str, Any]:
    return {
        "headline": shortened(clean(piece.headline), _HEADLINE_CHARACTERS),
        "excerpt": shortened(clean(piece.excerpt), most),
        "url": f"{root}{piece.path}",
        "source": clean(piece.source),
        "date": piece.date,
        **tongue(piece.language),
    }


def _picture(lead: Piece | None, root: str) -> dict[str, Any] | None:
    if lead is None or lead.picture is None or not settings.HANDPRESS.digest.pictures:
        return None
    picture = lead.picture
    width = min(_PICTURE_WIDTH, picture.width)
    height = round(picture.height * width / picture.width)
    alt = shortened(clean(picture.alt), _HEADLINE_CHARACTERS)
    return {"src": f"{root}{picture.path}", "width": width, "height": height, "alt": alt}


def _appeal_in(appeal: Mapping[str, Any], tag: str) -> Mapping[str, Any]:
    """Return the appeal in a mail's language, where there is one."""
    part = registry.parts.get("appeal")
    return part.in_language(appeal, tag) or appeal if part and part.in_language else appeal


def _appeal(appeal: Mapping[str, Any], tag: str) -> dict[str, Any]:
    lines = appeal.get("compact") or appeal.get("full") or ()
    words = shortened(clean("\n".join(lines)), _APPEAL_CHARACTERS) if _is_long(lines) else None
    return {
        "heading": shortened(clean(appeal["heading"]), _HEADLINE_CHARACTERS),
        "paragraphs": [words] if words else [clean(line) for line in lines],
        "progress": appeal.get("progress") and _progress(appeal["progress"], tag),
        **tongue(appeal.get("language", "")),
    }


def _progress(progress: Mapping[str, Any], tag: str) -> dict[str, Any]:
    raised, goal = progress["raised_minor"], progress["goal_minor"]
    shown = [
        format_money(minor, progress["currency"], tag, hides_zeros=True) for minor in (raised, goal)
    ]
    words = site_facts().theme.translate("{raised} of {goal}", tag, raised=shown[0], goal=shown[1])
    return {"percent": min(100, raised * 100 // goal), "words": words}


def _is_long(lines: Any) -> bool:
    return sum(map(len, lines)) > _APPEAL_CHARACTERS


def tongue(language: str) -> dict[str, str]:
    """Return language and direction of what an edition keeps; empty is the outlet's."""
    tag = tidy_tag(language) or site_facts().language
    return {"language": tag, "dir": direction_of(tag)}


def note_paragraphs(text: str) -> list[str]:
    """Return the paragraphs of an editor's note."""
    whole = clean(text)[:_NOTE_CHARACTERS]
    return [line.strip() for line in whole.splitlines() if line.strip()]


def clean(text: str) -> str:
    """Return a text without what could be taken for a slot."""
    return NONCHARACTERS.sub("", text)


def _render(template: str, context: Mapping[str, Any]) -> str:
    rendered: str = site_facts().theme.environment.render_template(template, **context)
    return rendered


def _tidy(text: str) -> str:
    """Return a text with at most one empty line between others."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    kept = [line for n, line in enumerate(lines) if line or (n and lines[n - 1])]
    return "\n".join(kept) + "\n"


_INLINER = css_inline.CSSInliner(
    keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False, minify_css=True
)


def inlined(html: str) -> str:
    """Return a page with its style sheet moved into its elements; rules for dark screens stay."""
    return _INLINER.inline(html)
