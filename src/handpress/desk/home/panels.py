"""The panels of the desk's home. Each shows itself only to who can act on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language
from wagtail.admin.ui.components import Component

from handpress.desk.home import access, queries
from handpress.desk.home.days import BAR_STEP, BAR_WIDTH, CHART_HEIGHT, bars, last_days
from handpress.desk.home.first_steps import first_steps
from handpress.desk.home.links import add_url, edit_url, list_url, named_url
from handpress.desk.home.money_chart import WIDTH, campaign_chart
from handpress.desk.home.queries import Lines
from handpress.digest.queries.day import editions_of_the_day
from handpress.donations.models import Campaign
from handpress.donations.queries.books import raised
from handpress.lib import clock
from handpress.lib.money import format_number
from handpress.mail.queries import letters_in_trouble
from handpress.newsroom.models import Article, Topic
from handpress.press.site import site_facts

DAYS = 30


class HomePanel(Component):
    """A panel: made for one request, `panels_for` decides whether it is shown."""

    order = 100
    width = ""

    def __init__(self, request: HttpRequest) -> None:
        self.user: Any = request.user
        self.now: datetime = clock.now()
        self.zone = site_facts().zone

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the panel's own context, and what all of them need."""
        return {**self.facts(), "zone": self.zone, "panel": self}

    def facts(self) -> dict[str, Any]:
        """Return what the panel shows."""
        raise NotImplementedError


class FirstStepsPanel(HomePanel):
    name, order, width = "first-steps", 10, "wide"
    template_name = "desk/home/first_steps.html"

    def facts(self) -> dict[str, Any]:
        return {"steps": first_steps(self.user)}


class TodayPanel(HomePanel):
    name, order, width = "today", 20, "tall"
    template_name = "desk/home/today.html"

    def facts(self) -> dict[str, Any]:
        today = last_days(self.now, self.zone, 1)[0]
        return {
            "published": _linked(queries.published_on(today), Article),
            "scheduled": _linked(queries.scheduled_articles(), Article),
            "list_url": list_url(Article),
            "write_url": add_url(Article) if access.may_write(self.user) else "",
        }


class ReviewPanel(HomePanel):
    name, order = "review", 30
    template_name = "desk/home/review.html"

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.reviews, self.waiting = queries.waiting_for(self.user)

    def facts(self) -> dict[str, Any]:
        # Wagtail's own report is for those who may edit pages of a tree, of which there is none.
        return {"waiting": self.waiting, "report_url": f"{list_url(Article)}?state=review"}


class DraftsPanel(HomePanel):
    name, order = "drafts", 40
    template_name = "desk/home/drafts.html"

    def facts(self) -> dict[str, Any]:
        write_url = add_url(Article) if access.may_write(self.user) else ""
        drafts = _linked(queries.drafts_of(self.user), Article)
        return {"drafts": drafts, "list_url": list_url(Article), "write_url": write_url}


class CampaignPanel(HomePanel):
    name, order = "campaign", 50
    template_name = "desk/home/campaign.html"

    def facts(self) -> dict[str, Any]:
        campaign = queries.campaign_of_the_day(self.now)
        if campaign is None:
            add = add_url(Campaign) if self.user.has_perm("donations.add_campaign") else ""
            return {"campaign": None, "add_url": add}
        return {
            "campaign": campaign,
            "chart": campaign_chart(
                campaign, self.now, get_language() or "en", raised=raised(campaign)
            ),
            "width": WIDTH,
            "edit_url": edit_url(Campaign, campaign.pk),
            "gifts_url": named_url("donations_gifts")
            if self.user.has_perm("donations.view_movement")
            else "",
        }


class PressPanel(HomePanel):
    name, order = "press", 60
    template_name = "desk/home/press.html"

    def facts(self) -> dict[str, Any]:
        return {}


class RhythmPanel(HomePanel):
    name, order = "rhythm", 70
    template_name = "desk/home/rhythm.html"

    def facts(self) -> dict[str, Any]:
        days = last_days(self.now, self.zone, DAYS)
        counts = queries.published_by_day(days)
        drawn = bars(days, counts)
        return {
            "bars": drawn,
            "bar_width": BAR_WIDTH,
            "chart": {"width": DAYS * BAR_STEP, "height": CHART_HEIGHT},
            "total": sum(counts),
            "total_shown": format_number(sum(counts)),
            "busiest": max(drawn, key=lambda bar: (bar.count, bar.on)) if any(counts) else None,
            "list_url": list_url(Article),
        }


class QuietTopicsPanel(HomePanel):
    name, order = "quiet-topics", 80
    template_name = "desk/home/quiet_topics.html"

    def facts(self) -> dict[str, Any]:
        topics, quiet = queries.quiet_topics(self.now)
        # Reporters are told too, for they write; what they may not open is no link.
        opens = self.user.has_perm("newsroom.change_topic")
        return {
            "topics": topics,
            "quiet": _linked(quiet, Topic) if opens else quiet,
            "days": queries.QUIET_DAYS,
            "list_url": list_url(Topic) if opens else "",
            "add_url": add_url(Topic) if self.user.has_perm("newsroom.add_topic") else "",
        }


def _linked(lines: Lines, model: Any) -> Lines:
    from dataclasses import replace

    shown = [replace(line, url=edit_url(model, line.pk)) for line in lines.shown]
    return Lines(shown, lines.has_more)


class DigestPanel(HomePanel):
    """Editions that wait, go out, or went out lately; which of them ask for a decision."""

    name, order = "digest", 45
    template_name = "desk/home/digest.html"

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.lines = editions_of_the_day(self.now) if access.may_see_editions(self.user) else []

    def facts(self) -> dict[str, Any]:
        return {"lines": self.lines}


class LettersPanel(HomePanel):
    """Mail to single people that did not arrive, or about which nobody knows."""

    name, order = "letters", 35
    template_name = "desk/home/letters.html"

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.count = letters_in_trouble(self.now) if access.may_see_letters(self.user) else 0

    def facts(self) -> dict[str, Any]:
        return {"count": self.count}


def panels_for(request: HttpRequest) -> list[HomePanel]:
    """Return the panels that this user can act on, in order."""
    user: Any = request.user
    is_fresh = not queries.has_public_articles()
    review = ReviewPanel(request)
    letters = LettersPanel(request)
    digest = DigestPanel(request)
    chosen: list[tuple[bool, HomePanel]] = [
        (is_fresh and access.may_write(user), FirstStepsPanel(request)),
        (access.may_edit(user), TodayPanel(request)),
        (review.reviews, review),
        (bool(letters.count), letters),
        (access.may_write(user), DraftsPanel(request)),
        (bool(digest.lines), digest),
        (access.may_raise(user), CampaignPanel(request)),
        (access.may_publish(user), PressPanel(request)),
        (access.may_edit(user) and not is_fresh, RhythmPanel(request)),
        (access.may_file(user), QuietTopicsPanel(request)),
    ]
    return [panel for is_shown, panel in chosen if is_shown]


def greeting(request: HttpRequest) -> dict[str, Any]:
    """Return what stands above the panels: the outlet, the day, and where to begin."""
    site = site_facts()
    user: Any = request.user
    return {
        "outlet": site.name,
        "today": clock.now().astimezone(site.zone),
        "zone": site.zone,
        "write_url": add_url(Article) if access.may_write(user) else "",
        "site_url": "/",
    }
