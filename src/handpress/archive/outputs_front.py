"""The front page: a lead story, what editors picked, what is new, and sections by topic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from handpress.archive.listings import (
    newest,
)
from handpress.archive.models import EVERYTHING, FrontPage
from handpress.archive.outputs_common import feeds_to, live_topics
from handpress.newsroom.cards import (
    CardRow,
    card_context,
    load_cards,
    topic_context,
)
from handpress.newsroom.outlet import NAVIGATION_TOPICS
from handpress.press.core.paths import root_of
from handpress.press.core.plan import Plan
from handpress.press.registry import (
    Page,
    PageKind,
    Preview,
    Watch,
    only_key,
    registry,
)
from handpress.press.site import site_facts
from handpress.press.sql import Row, fetch

_LATEST = 13
_SECTION_CARDS = 4
_LEAD_AMONG = 5


def _home(keys: Sequence[str]) -> Iterator[Page]:
    yield _front(*_chosen(), root_of("index.html"))


def _front_preview(front: FrontPage, root: str) -> Page:
    page = _front(front.lead_id, [pick.article_id for pick in front.picks.all()], root)
    return replace(page, robots="noindex")


def _front(chosen: int | None, picked: Sequence[int], root: str) -> Page:
    topics = live_topics()
    shown_topics = topics[:NAVIGATION_TOPICS]
    ids = newest([EVERYTHING, *(topic[0] for topic in shown_topics)])
    wanted = {pk for some in ids.values() for pk in some}
    cards = load_cards({*wanted, *picked, *([chosen] if chosen else [])}, with_topics=True)
    top = [cards[pk] for pk in ids.get(EVERYTHING, ())[:_LATEST] if pk in cards]
    lead = cards.get(chosen or 0) or _natural_lead(top)
    picks = [cards[pk] for pk in picked if pk in cards and cards[pk] is not lead]
    latest = [card for card in top if card is not lead and card not in picks]
    shown = {card.id for card in (*top, *picks, *([lead] if lead else []))}
    site = site_facts()
    context = {
        "lead": lead and card_context(lead, root),
        "latest": [card_context(card, root) for card in latest],
        "picks": [card_context(card, root) for card in picks],
        "sections": _sections(shown_topics, ids, cards, shown, root),
        "topics": [topic_context(name, slug, tag, root) for _, name, slug, tag, _ in topics],
    }
    return Page(
        "", "index.html", context, title=site.name, description=site.tagline, feeds=feeds_to(root)
    )


def _chosen() -> tuple[int | None, list[int]]:
    """Return the lead story that editors chose, if any, and their picks in order."""
    picks = fetch("SELECT article_id FROM archive_frontpick ORDER BY sort_order, id")
    return _chosen_lead(), [row[0] for row in picks]


def _chosen_lead() -> int | None:
    lead = fetch("SELECT lead_id FROM archive_frontpage")
    return lead[0][0] if lead else None


def _headed_by() -> tuple[str, str] | None:
    lead = _chosen_lead()
    return ("article", str(lead)) if lead else None


def _natural_lead(top: Sequence[CardRow]) -> CardRow | None:
    """Return the newest story with a picture, of the first few; else the newest."""
    return next((card for card in top[:_LEAD_AMONG] if card.picture), top[0] if top else None)


def _sections(
    topics: Iterable[Row],
    ids: Mapping[int, Sequence[int]],
    cards: Mapping[int, CardRow],
    shown: set[int],
    root: str,
) -> list[dict[str, Any]]:
    sections = []
    for pk, name, slug, language, _ in topics:
        rest = [cards[article] for article in ids.get(pk, ()) if article in cards]
        rest = [card for card in rest if card.id not in shown][:_SECTION_CARDS]
        # A front page prints a story once, under the first of its topics that comes up.
        shown = shown | {card.id for card in rest}
        if rest:
            section = topic_context(name, slug, language, root)
            sections.append({**section, "cards": [card_context(card, root) for card in rest]})
    return sections


def _front_page_changed(ids: set[int], plan: Plan) -> None:
    plan.touch("home", "")


registry.add(
    PageKind("home", "home.html", only_key(), _home, headed_by=_headed_by),
    Preview("front-page", "home.html", _front_preview),
    Watch(
        "front-page",
        (("archive.FrontPage", "id"), ("archive.FrontPick", "front_page_id")),
        _front_page_changed,
    ),
)
