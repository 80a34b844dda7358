"""Invented pages, of every kind and of odd shapes: the contexts that templates get, as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from handpress.desk.theming.samples_giving import accounts, giving, no_giving
from handpress.lib.html import SafeHtml
from handpress.lib.languages import direction_of
from handpress.press.theme import Theme

Context = dict[str, Any]

SITE = {
    "name": "The Saltmarsh Courier",
    "tagline": "News of the estuary",
    "address": "https://courier.example.org/",
    "colours": {"paper": "", "paper_dark": ""},
}
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'"
ENGLISH = {"language": "en", "dir": "ltr"}
ARABIC = {"language": "ar", "dir": "rtl"}
KOREAN = {"language": "ko", "dir": "ltr"}
JAPANESE = {"language": "ja", "dir": "ltr"}
"""A language in which the theme has no words of its own."""
BODY = SafeHtml("<p>The board met for six hours.</p><h2>A leaflet</h2><p>It rose at night.</p>")

CAMPAIGN: Context = {
    "heading": "The Winter Appeal",
    "full": [
        "Keep the Courier afloat.\N{NO-BREAK SPACE}",
        "The paper bill is due.  Give & <help>.",
    ],
    "compact": ["Keep the Courier", "afloat.\N{NO-BREAK SPACE}", "The paper bill is due."],
    "shows_full": True,
    "shows_compact": True,
    **ENGLISH,
}
PITCH: Context = {
    "heading": "The Courier Each Morning",
    "paragraphs": ["Have the day’s paper sent to you.", "Nobody stands between us."],
    **ENGLISH,
}


def dated(iso: str = "2026-11-19", text: str = "19 November 2026") -> Context:
    """A stated date."""
    return {"iso": iso, "text": text}


def topic(root: str, name: str = "Housing", **changes: Any) -> Context:
    """A topic as navigation, home, topic index and articles get it."""
    return {
        "name": name,
        "url": SafeHtml(f"{root}topics/{name.lower()}/"),
        "description": "",
        **ENGLISH,
        **changes,
    }


def picture(root: str, **changes: Any) -> Context:
    """An image in two widths."""
    return {
        "src": SafeHtml(f"{root}images/a-1280.jpg"),
        "srcset": SafeHtml(f"{root}images/a-640.jpg 640w, {root}images/a-1280.jpg 1280w"),
        "width": 1280,
        "height": 853,
        "alt": "Two tugs",
        **changes,
    }


def card(root: str, **changes: Any) -> Context:
    """A card; without changes it is undated, our own and without a picture, as after an import."""
    return {
        "headline": "Rents Double In The Old Fish Market",
        "excerpt": "The figures, published late on Friday, show that rents have doubled.",
        "url": SafeHtml(f"{root}articles/rents-double.html"),
        **ENGLISH,
        "published": None,
        "dateline": "",
        "source_name": "",
        "topic": {"name": "Housing", "url": SafeHtml(f"{root}topics/housing/")},
        "image": None,
        **changes,
    }


def cards(root: str) -> list[Context]:
    """Cards of every shape: full, undated, from elsewhere, in other scripts, with hostile text."""
    return [
        card(root, published=dated(), source_name="Net Loft Gazette", image=picture(root)),
        card(root),
        card(root, headline="عمّال الميناء يرفضون", excerpt="اجتمع مجلس الميناء.", **ARABIC),
        card(root, headline="부두 노동자들", excerpt="위원회가 열렸다.", **KOREAN),
        card(
            root,
            headline="A <b>Bold</b> & “Curly” Claim",
            excerpt="“Who?”\xa0 he asked, -  twice...",
        ),
    ]


def article(root: str, **changes: Any) -> Context:
    """An article with everything that an article can have."""
    return {
        "headline": "Dockers Refuse To Load The Night Boat",
        "excerpt": "Nobody had told the night shift.",
        "show_excerpt": True,
        "body": BODY,
        **ENGLISH,
        "published": dated(),
        "modified": dated("2026-11-20", "20 November 2026"),
        "dateline": "Saltmarsh, East Quay",
        "credit": {
            "source_name": "Net Loft Gazette",
            "source_url": "https://gazette.example.org/a?b=1&c=2",
            "line": "",
        },
        "licence": "CC BY-SA 4.0",
        "contributors": [
            {"name": "Ada Fenwick", "role": ""},
            {"name": "Jun Oh", "role": "photographs"},
        ],
        "topics": [topic(root), topic(root, "أخبار", **ARABIC)],
        "corrections": [{**dated("2026-11-20", "20 November 2026"), "note": "It was a barge."}],
        "image": {**picture(root), "caption": "Two tugs lie idle.", "credit": "Picture: Ada"},
        "related": cards(root),
        "json_ld": SafeHtml('{"@type":"NewsArticle"}'),
        **changes,
    }


BARE: Context = {
    "body": SafeHtml(""),
    "published": None,
    "modified": None,
    "dateline": "",
    "credit": None,
    "licence": "",
    "contributors": [],
    "topics": [],
    "corrections": [],
    "image": None,
    "related": [],
}
"""What an imported article has beside headline and excerpt: nothing."""


def listing(root: str, **changes: Any) -> Context:
    """The head page of a topic."""
    return {
        "name": "Harbour & Docks",
        "description": "Work, trade and tides.",
        **ENGLISH,
        "number": None,
        "featured": (),
        "image": None,
        "cards": cards(root),
        "older": {"url": SafeHtml(f"{root}topics/harbour/7.html"), "number": 7},
        "newer": None,
        "feed_url": SafeHtml(f"{root}topics/harbour/feed.xml"),
        "head_url": SafeHtml(f"{root}topics/harbour/"),
        **changes,
    }


def _home(root: str) -> Context:
    section = {**topic(root), "cards": cards(root)}
    some = cards(root)
    return {
        "lead": some[0],
        "latest": some,
        "picks": some[:3],
        "sections": [section, {**section, **ARABIC}],
        "topics": [topic(root), topic(root, "أخبار", **ARABIC)],
    }


def _numbered(root: str) -> Context:
    newer = {"url": SafeHtml(f"{root}topics/harbour/"), "number": None}
    older = {"url": SafeHtml(f"{root}topics/harbour/6.html"), "number": 6}
    return {"listing": listing(root, number=7, newer=newer, older=older)}


def _edition(root: str) -> Context:
    heading = {"name": "Housing", "url": SafeHtml(f"{root}topics/housing/"), **ENGLISH}
    pieces = [_piece(root), _piece(root, headline="خبر", excerpt="", **ARABIC)]
    edition = {
        "day": "19 November 2026",
        "iso": "2026-11-19",
        "is_weekly": False,
        "note": ["We are back.", "Thank you."],
        "lead": _piece(root),
        "sections": [
            {"heading": heading, "pieces": pieces},
            {"heading": None, "pieces": [_piece(root, date="", source="")]},
        ],
        "all_url": SafeHtml(f"{root}digest/"),
    }
    return {"edition": edition}


def _piece(root: str, **changes: Any) -> Context:
    return {
        "headline": "Rents Double In The Old Fish Market",
        "excerpt": "The figures, published late on Friday, show that rents have doubled.",
        "url": SafeHtml(f"{root}articles/rents-double.html"),
        "date": "18 November 2026",
        "source": "Estuary Wire",
        **ENGLISH,
        **changes,
    }


def _editions(root: str) -> Context:
    edition = {
        "subject": "Rents double",
        "day": "19 November 2026",
        "iso": "2026-11-19",
        "is_weekly": False,
        "url": SafeHtml(f"{root}digest/2026-11-19.html"),
    }
    years = [{"year": 2026, "url": SafeHtml(f"{root}digest/2026/")}]
    return {"editions": [edition, {**edition, "is_weekly": True}], "year": None, "years": years}


def sign_up_form(root: str, **changes: Any) -> Context:
    """Return what stands in the form that readers fill in."""
    action = SafeHtml(f"{root}-/subscribe")
    empty = {"address": "", "frequency": "daily", "error": "", "consent": "1994"}
    return {"action": action, **empty, **changes}


PAGES: Mapping[str, tuple[str, str, Callable[[str], Context]]] = {
    "home": ("home.html", "./", _home),
    "home-empty": (
        "home.html",
        "./",
        lambda root: {"lead": None, "latest": [], "picks": [], "sections": [], "topics": []},
    ),
    "topics": (
        "topics.html",
        "../",
        lambda root: {
            "topics": [topic(root, description="Roofs."), topic(root, "أخبار", **ARABIC)]
        },
    ),
    "topic": ("topic.html", "../../", lambda root: {"listing": listing(root)}),
    "topic-featured": (
        "topic.html",
        "../../",
        lambda root: {
            "listing": listing(
                root, featured=cards(root)[:2], image={**picture(root), "credit": "Picture: Ada"}
            )
        },
    ),
    "topic-page": ("topic.html", "../../", _numbered),
    "topic-foreign": (
        "topic.html",
        "../../",
        lambda root: {"listing": listing(root, description="", older=None, **ARABIC)},
    ),
    "article": ("article.html", "../../", lambda root: {"article": article(root)}),
    "article-imported": ("article.html", "../", lambda root: {"article": article(root, **BARE)}),
    "article-foreign": (
        "article.html",
        "../../",
        lambda root: {"article": article(root, **ARABIC)},
    ),
    "article-unspoken": (
        "article.html",
        "../../",
        lambda root: {"article": article(root, **JAPANESE)},
    ),
    "donate": ("donate.html", "../", giving),
    "donate-unset": (
        "donate.html",
        "../",
        lambda root: no_giving(),
    ),
    "accounts": ("accounts.html", "../", accounts),
    "accounts-none": (
        "accounts.html",
        "../",
        lambda root: {"accounts": {**accounts(root)["accounts"], "tables": [], "costs": None}},
    ),
    "subscribe": (
        "subscribe.html",
        "../",
        lambda root: {
            "feeds": [{"title": "All", "url": SafeHtml(f"{root}feed.xml"), **ENGLISH}],
            "form": sign_up_form(root),
        },
    ),
    "edition": ("edition.html", "../", _edition),
    "edition-bare": (
        "edition.html",
        "../",
        lambda root: {
            "edition": {**_edition(root)["edition"], "note": [], "lead": None, "is_weekly": True}
        },
    ),
    "editions": ("editions.html", "../", _editions),
    "editions-none": (
        "editions.html",
        "../",
        lambda root: {"editions": [], "year": None, "years": []},
    ),
    "page": (
        "page.html",
        "../",
        lambda root: {"plain": {"title": "About us", "body": BODY, **ENGLISH}},
    ),
    "not-found": ("404.html", "/", lambda root: {}),
    "gone": ("gone.html", "../../", lambda root: {}),
    "moved": (
        "moved.html",
        "../../",
        lambda root: {
            "target": {"url": SafeHtml(f"{root}2026/11/b.html"), "title": "The Boat", **ENGLISH}
        },
    ),
}
"""Every HTML page of a site, and the odd shapes of some: name -> template, root, own context."""


def _campaign_urls(root: str) -> Context:
    return {
        "donate_url": SafeHtml(f"{root}donate/"),
        "progress_url": SafeHtml(f"{root}appeal/progress.svg") if root == "./" else "",
    }


def render_page(theme: Theme, name: str, **changes: Any) -> str:
    """Render one of `PAGES`; ``campaign``, ``pitch``, ``page`` and own values may be changed."""
    template, root, make = PAGES[name]
    lang = theme.language
    base: Context = {"root": SafeHtml(root), "lang": lang, "dir": direction_of(lang), "site": SITE}
    campaign = changes.pop("campaign", CAMPAIGN)
    pitch = changes.pop("pitch", PITCH)
    parts: dict[str, Context] = {
        "masthead": {"links": [topic(root), topic(root, "أخبار", **ARABIC)], "logo": None},
        "appeal": {"campaign": campaign and {**campaign, **_campaign_urls(root)}},
        "pitch": {"pitch": pitch and {**pitch, "url": SafeHtml(f"{root}subscribe/")}},
        "footer": {"pages": [topic(root, "About")], "lines": ["Printed by its readers."]},
    }
    render = theme.environment.render_template
    frame = {
        part: SafeHtml(render(f"frame/{part}.html", **base, **own)) for part, own in parts.items()
    }
    page = {
        "title": f"Title of {name}",
        "description": "What it says.",
        "canonical": SafeHtml(f"https://courier.example.org/{name}"),
        "robots": "",
        "feeds": [{"title": "The Saltmarsh Courier", "url": SafeHtml(f"{root}feed.xml")}],
        "type": "article" if template == "article.html" else "website",
        "image": "",
        **changes.pop("page", {}),
    }
    context = {**base, "page": page, "assets": theme.assets, "csp": POLICY, "frame": frame}
    text: str = render(template, **{**context, **make(root), **changes})
    return text
