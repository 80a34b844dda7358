"""Reads for the desk's form: what a few typed letters may mean."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from handpress.newsroom.models import Article, Contributor, Source, Topic
from handpress.newsroom.models.articles import DESK_ORDER

MOST_SUGGESTIONS = 12


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing that may be meant. ``note`` tells it from others of its name."""

    id: int
    name: str
    note: str = ""
    credit_line: str = ""
    licence: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


def suggest(kind: str, words: str) -> list[Suggestion]:
    """Return what may be meant, best first; one query. Kinds are those of `KINDS`."""
    return _SEARCHES[kind](words)


def describe(kind: str, ids: Iterable[int]) -> dict[int, Suggestion]:
    """Return what stands behind ids, as far as it is there; one query whatever their number."""
    wanted = set(ids)
    rows: Any = KINDS[kind].objects.filter(pk__in=wanted) if wanted else ()
    if kind == "article" and wanted:
        rows = rows.only("headline", "live", "published_at")
    return {row.pk: _suggestion(row) for row in rows}


def _best(found: Iterable[Suggestion], words: str) -> list[Suggestion]:
    """Names that begin with the words, then those with a word that does, then the others."""
    wanted = _bare(words)
    ranked = [(_rank(_bare(one.name), wanted), place, one) for place, one in enumerate(found)]
    return [one for rank, _, one in sorted(ranked, key=lambda r: r[:2]) if rank < 3][
        :MOST_SUGGESTIONS
    ]


def _bare(text: str) -> str:
    """Return a text without capitals and accents, as one types who is in a hurry."""
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    return " ".join(bare.casefold().split())


def _rank(name: str, wanted: str) -> int:
    if name.startswith(wanted):
        return 0
    return 1 if f" {wanted}" in name else 2 if wanted in name else 3


def _suggestion(row: Any) -> Suggestion:
    match row:
        case Topic():
            return Suggestion(row.pk, row.name, "" if row.live else "not public")
        case Source():
            return Suggestion(row.pk, row.name, row.url, row.credit_line, row.licence)
        case Article():
            day = f"{row.published_at:%Y-%m-%d}" if row.published_at else ""
            return Suggestion(row.pk, row.headline, day if row.live else "not public")
    return Suggestion(row.pk, row.name, row.description[:60])


def _by_name(model: type[Any]) -> Any:
    """There are hundreds of these, not millions: the database's own folding knows ASCII alone."""

    def search(words: str) -> list[Suggestion]:
        return _best((_suggestion(row) for row in model.objects.all()), words)

    return search


def _articles(words: str) -> list[Suggestion]:
    """Drafts first, then the newest."""
    rows = Article.objects.only("headline", "live", "published_at").order_by(*DESK_ORDER)
    if words.strip():
        rows = rows.filter(headline__icontains=words.strip())
    return [_suggestion(row) for row in rows[:MOST_SUGGESTIONS]]


KINDS: dict[str, Any] = {
    "topic": Topic,
    "contributor": Contributor,
    "source": Source,
    "article": Article,
}
_SEARCHES = {
    "topic": _by_name(Topic),
    "contributor": _by_name(Contributor),
    "source": _by_name(Source),
    "article": _articles,
}
