"""What the donations print: the appeal on every page, and how to give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q

from handpress.donations.actions import adopt_settings, erase_again, run_campaigns
from handpress.donations.actions.list_uploads import tidy_uploads
from handpress.donations.asking import ask_context
from handpress.donations.models import Campaign, CampaignWords
from handpress.donations.nightly import verify_nightly
from handpress.donations.outputs_accounts import ACCOUNTS, costs_of, funded_words
from handpress.donations.queries.books import raised
from handpress.donations.queries.ways import known_rails
from handpress.lib.html import SafeHtml
from handpress.lib.languages import direction_of, tidy_tag
from handpress.lib.money import format_money, format_percent
from handpress.newsroom.cards import language_context
from handpress.newsroom.models.outlet import EVERYWHERE, FRONT_PAGE, NOWHERE
from handpress.newsroom.outlet import accounts_until, appeal_places
from handpress.press.core.plan import FIRST, Plan
from handpress.press.prepared import Prepared
from handpress.press.registry import (
    Due,
    FramePart,
    Page,
    PageKind,
    Preview,
    Watch,
    only_key,
    registry,
)
from handpress.press.site import site_facts, theme

PROGRESS = "appeal/progress.svg"
_RUNNING = Prepared(lambda: Campaign.objects.filter(is_running=True).order_by("pk")[:1])
_WORDS = Prepared(lambda pk: CampaignWords.objects.filter(campaign=pk).order_by("pk"))
_SHOWS_PROGRESS = Q(is_running=True, goal_minor__isnull=False)


def _appeal_facts() -> dict[str, Any] | None:
    row = _RUNNING.first()
    if row is None:
        return None
    return _facts_of(row, *appeal_places(), others=_WORDS.rows(row.pk))


def _facts_of(
    row: Campaign, full_on: str, compact_on: str, *, others: Iterable[CampaignWords] = ()
) -> dict[str, Any]:
    return {
        "heading": row.heading,
        "full": paragraphs(row.full_text),
        "compact": paragraphs(row.compact_text),
        "language": row.language,
        "has_goal": row.goal_minor is not None,
        "full_on": full_on,
        "compact_on": compact_on,
        "others": {
            tidy_tag(each.language): {
                "heading": each.heading,
                "full": paragraphs(each.full_text),
                "compact": paragraphs(each.compact_text),
                "language": each.language,
            }
            for each in others
        },
    }


def _in_language(facts: dict[str, Any] | None, language: str) -> dict[str, Any] | None:
    """Return the appeal in a language, or in another form of it; else as it is."""
    others = facts.get("others") if facts else None
    if not facts or not others:
        return facts
    tag, own = tidy_tag(language), tidy_tag(facts["language"] or site_facts().language)
    if tag in others:
        return {**facts, **others[tag]}
    alike = [each for each in others if each.partition("-")[0] == tag.partition("-")[0]]
    is_own = own.partition("-")[0] == tag.partition("-")[0]
    return facts if is_own or not alike else {**facts, **others[alike[0]]}


def _progress() -> dict[str, Any]:
    """Return how far the campaign is: no page prints it, but a mail is read once, on its day."""
    row = Campaign.objects.filter(is_running=True, goal_minor__isnull=False).first()
    if row is None:
        return {}
    return {
        "progress": {
            "raised_minor": raised(row),
            "goal_minor": row.goal_minor,
            "currency": row.currency,
        }
    }


def _progress_keys() -> Iterator[tuple[str, int]]:
    if Campaign.objects.filter(_SHOWS_PROGRESS).exists():
        yield "", FIRST


def _progress_drawing(keys: Sequence[str]) -> Iterator[Page]:
    """Make the one file that a gift changes, however many pages show it."""
    row = Campaign.objects.filter(_SHOWS_PROGRESS).first()
    if row is None or not row.goal_minor:
        return
    there, language = raised(row), row.language or site_facts().language
    percent = min(100, max(0, there) * 100 // row.goal_minor)
    shown = [
        format_money(minor, row.currency, language, hides_zeros=True)
        for minor in (there, row.goal_minor)
    ]
    words = theme().translate("{raised} of {goal}", language, raised=shown[0], goal=shown[1])
    context = {
        "progress": {
            "words": words,
            "percent": percent,
            "percent_words": format_percent(percent, language),
            "lang": language,
            "is_rtl": direction_of(language) == "rtl",
        }
    }
    yield Page("", PROGRESS, context)


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of plain text, one a line, nothing else changed."""
    lines = text.replace("\r\n", "\n").split("\n")
    return [line for line in lines if line.strip(" \t\r")]


def _appeal(facts: dict[str, Any] | None, root: str, is_front: bool) -> Mapping[str, Any]:
    if facts is None:
        return {"campaign": None}
    places = {EVERYWHERE, FRONT_PAGE} if is_front else {EVERYWHERE}
    shown = {
        "shows_full": facts["full_on"] in places,
        "shows_compact": facts["compact_on"] in places,
        "donate_url": SafeHtml(f"{root}donate/"),
        # Every other page keeps to three requests, and to the bytes of one round trip.
        "progress_url": SafeHtml(f"{root}{PROGRESS}") if is_front and facts["has_goal"] else "",
    }
    return {"campaign": {**facts, **language_context(facts["language"]), **shown}}


def _donate(keys: Sequence[str]) -> Iterator[Page]:
    """Ask how much. Accounts and companies are named by what answers: nothing goes stale."""
    campaign = Campaign.objects.filter(is_running=True).first()
    context = {
        "contact_email": settings.HANDPRESS.giving.contact_email,
        "ask": ask_context(known_rails(), campaign, SafeHtml("../-/donate")),
        "costs": costs_of(campaign) if campaign else None,
        "progress_url": SafeHtml(f"../{PROGRESS}") if campaign and campaign.goal_minor else "",
        "funded_until": funded_words(campaign) if campaign else "",
        "accounts_url": SafeHtml(f"../{ACCOUNTS.removesuffix('index.html')}")
        if accounts_until()
        else "",
    }
    yield Page("", "donate/index.html", context, title=theme().translate("Donate"))


def _giving_changed(ids: set[int], plan: Plan) -> None:
    plan.touch("donate", "")


def _campaign_changed(ids: set[int], plan: Plan) -> None:
    plan.touch_frame()
    plan.touch("progress", "")


def _money_moved(ids: set[int], plan: Plan) -> None:
    plan.touch("progress", "")


def _run_due(now: datetime) -> None:
    run_campaigns(now)


_done_at_start: set[str] = set()


def _run_at_start(now: datetime) -> None:
    """Do once in a process what follows from files beside the database: settings, erasures."""
    if not _done_at_start:
        erase_again()
        adopt_settings()
        _done_at_start.add("done")


def _preview(row: Campaign, root: str) -> Page:
    """Make a short page to bear the appeal, called what the campaign is called on the desk."""
    shown = {"title": row.name, "body": "", **language_context("")}
    return Page("preview", "preview.html", {"plain": shown}, title=row.name)


def _preview_full(row: Campaign) -> dict[str, Any]:
    return {"appeal": _facts_of(row, EVERYWHERE, NOWHERE)}


def _preview_compact(row: Campaign) -> dict[str, Any]:
    return {"appeal": _facts_of(row, NOWHERE, EVERYWHERE)}


registry.add(
    Due("campaigns", _run_due),
    Due("giving", _run_at_start),
    Due("books", verify_nightly),
    Due("donor-lists", tidy_uploads),
    FramePart("appeal", "frame/appeal.html", _appeal_facts, _appeal, _progress, _in_language),
    PageKind("donate", "donate.html", only_key(), _donate),
    PageKind("progress", "frame/progress.xml", _progress_keys, _progress_drawing),
    Preview("appeal-full", "page.html", _preview, _preview_full),
    Preview("appeal-compact", "page.html", _preview, _preview_compact),
    Watch("giving", (("donations.Rail", "id"),), _giving_changed),
    Watch(
        "campaign",
        (("donations.Campaign", "id"), ("donations.CampaignWords", "campaign_id")),
        _campaign_changed,
    ),
    Watch("campaign-money", (("donations.Movement", "campaign_id"),), _money_moved),
)
