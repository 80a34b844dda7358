"""The digest on the web: a page for each edition that went out, and lists of them.

An edition's page says what its mail said to readers of all topics, whole and for good. The list
shows the newest; each year has a list of its own, so that a new edition changes three pages and a
sitemap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from handpress.digest.core.compose import Contents, Piece, Section, shortened, view_of
from handpress.digest.message import clean, note_paragraphs, tongue, web_path
from handpress.digest.models import Edition, Frequency
from handpress.lib.html import SafeHtml
from handpress.newsroom.cards import date_in_words, topic_url
from handpress.press.core.paths import root_of
from handpress.press.core.plan import FIRST, Plan
from handpress.press.registry import Page, PageKind, Watch, only_key, registry
from handpress.press.site import site_facts, theme

_NEWEST = 30
_ALL = 1_000_000
_DESCRIPTION = 300


def _public() -> Any:
    return Edition.objects.filter(frozen_at__isnull=False)


def _rank(edition_on: date) -> int:
    return edition_on.toordinal()


def _edition_keys() -> Iterator[tuple[str, int]]:
    rows = _public().order_by("-edition_on", "-pk").values_list("pk", "edition_on")
    yield from ((str(pk), _rank(on)) for pk, on in rows.iterator(chunk_size=1000))


def _editions(keys: Sequence[str]) -> Iterator[Page]:
    for edition in _public().filter(pk__in=[int(key) for key in keys]):
        yield _edition(edition)


def _edition(edition: Edition) -> Page:
    path = web_path(edition)
    root = root_of(path)
    view = view_of(Contents.from_json(edition.contents), most=_ALL)
    site = site_facts()
    context = {
        **_dated(edition),
        "note": note_paragraphs(edition.note),
        "lead": view.lead and _piece(view.lead, root),
        "sections": [_section(section, root) for section in view.sections],
        "all_url": SafeHtml(f"{root}digest/"),
    }
    pace = "The weekly digest" if context["is_weekly"] else "The daily digest"
    said = theme().translate(pace, site.language)
    return Page(
        str(edition.pk),
        path,
        {"edition": context},
        title=f"{said}, {context['day']}",
        description=shortened(clean(edition.subject), _DESCRIPTION),
        rank=_rank(edition.edition_on),
    )


def _dated(edition: Edition) -> dict[str, Any]:
    return {
        "iso": edition.edition_on.isoformat(),
        "day": date_in_words(edition.edition_on, site_facts().language),
        "is_weekly": edition.frequency == Frequency.WEEKLY,
    }


def _piece(piece: Piece, root: str) -> dict[str, Any]:
    return {
        "headline": piece.headline,
        "excerpt": piece.excerpt,
        "url": SafeHtml(root + piece.path),
        "date": piece.date,
        "source": piece.source,
        **tongue(piece.language),
    }


def _section(section: Section, root: str) -> dict[str, Any]:
    heading = section.heading
    named = heading and {
        "name": heading.name,
        "url": topic_url(heading.slug, root),
        **tongue(heading.language),
    }
    return {"heading": named, "pieces": [_piece(each, root) for each in section.pieces]}


def _list_context(rows: Sequence[Edition], root: str, year: str = "") -> dict[str, Any]:
    years = [on.year for on in _public().dates("edition_on", "year", order="DESC")]
    return {
        "year": year,
        "years": [
            {"year": str(each), "url": SafeHtml(f"{root}digest/{each}.html")}
            for each in years
            if str(each) != year
        ],
        "editions": [
            {
                **_dated(edition),
                "subject": shortened(clean(edition.subject), _DESCRIPTION) or str(edition),
                "url": SafeHtml(f"{root}{web_path(edition)}"),
            }
            for edition in rows
        ],
    }


def _slim() -> Any:
    return _public().defer("contents", "note").order_by("-edition_on", "frequency")


def _index(keys: Sequence[str]) -> Iterator[Page]:
    path = "digest/index.html"
    context = _list_context(list(_slim()[:_NEWEST]), root_of(path))
    yield Page("", path, context, title=theme().translate("Digest"))


def _year_keys() -> Iterator[tuple[str, int]]:
    for day in _public().dates("edition_on", "year", order="DESC"):
        yield str(day.year), _rank(day)


def _years(keys: Sequence[str]) -> Iterator[Page]:
    found: dict[str, list[Edition]] = {}
    for edition in _slim().filter(edition_on__year__in=[int(key) for key in keys]):
        found.setdefault(str(edition.edition_on.year), []).append(edition)
    title = theme().translate("Digest")
    for year, rows in found.items():
        path = f"digest/{year}.html"
        yield Page(year, path, _list_context(rows, root_of(path), year), title=f"{title} {year}")


def _edition_changed(ids: set[int], plan: Plan) -> None:
    rows = Edition.objects.filter(pk__in=ids).values_list("pk", "edition_on", "frozen_at")
    for pk, on, frozen_at in rows:
        if frozen_at is not None:
            plan.touch("edition", pk, _rank(on))
            plan.touch("edition-year", on.year, FIRST)
            plan.touch("editions", "")
            plan.touch("sitemap-shard", 0)


def _listed() -> list[str]:
    years = [f"digest/{year}.html" for year, _ in _year_keys()]
    return ["digest/", *years, *map(web_path, _slim())]


registry.add(
    PageKind("editions", "editions.html", only_key(), _index, listed=_listed),
    PageKind("edition", "edition.html", _edition_keys, _editions, turn=1),
    PageKind("edition-year", "editions.html", _year_keys, _years, turn=1),
    Watch("edition", (("digest.Edition", "id"),), _edition_changed),
)
