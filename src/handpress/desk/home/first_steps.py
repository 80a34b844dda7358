"""What a new newsroom does first, and what of it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model

from handpress.conf import Settings
from handpress.desk.home.links import add_url, found_url, named_url
from handpress.donations.models import Campaign
from handpress.donations.queries.ways import kinds_offered
from handpress.newsroom.models import Article, Outlet


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. Without an address it is done outside the desk, as the text says."""

    name: str
    text: str
    url: str = ""
    is_done: bool = False


def first_steps(user: Any) -> list[Step]:
    """Return the steps that are for this user; four queries."""
    steps = [
        Step("Write the first piece", "A headline is enough to begin.", add_url(Article)),
    ]
    if user.is_superuser:
        steps += [_import(), *_settings_steps(user)]
    elif user.has_perm("newsroom.change_outlet"):
        steps += _outlet_step(user)
    if user.has_perm("donations.add_campaign"):
        words = "The appeal for gifts that stands on every page."
        has_one = Campaign.objects.exists()
        steps.append(Step("Say what you need", words, add_url(Campaign), has_one))
    if user.has_perm("accounts.add_user"):
        staff = get_user_model()._default_manager.filter(is_active=True).count()
        words = "So that a second pair of eyes sees what is published."
        steps.append(
            Step("Invite colleagues", words, named_url("wagtailusers_users:add"), staff > 1)
        )
    if user.is_superuser:
        words = "Every day, to another place; docs/operating/backup.md says of what, and how."
        steps.append(Step("Keep a backup", words))
    return steps


def _import() -> Step:
    words = "“handpress import saved-page.txt --dry-run” shows what would come in."
    return Step("Bring your archive", words)


def _settings_steps(user: Any) -> list[Step]:
    newsroom: Settings = settings.HANDPRESS
    address = "Set “address” in handpress.toml, so that feeds and search engines know the site."
    giving = "Who receives gifts, and by which ways."
    can_give = bool(kinds_offered())
    return [
        *_outlet_step(user),
        Step("Give the site its address", address, is_done=bool(newsroom.newsroom.address)),
        Step("Say how to give", giving, named_url("donations_ways"), is_done=can_give),
    ]


def _outlet_step(user: Any) -> list[Step]:
    url = found_url(user, Outlet(pk=1))
    words = "Name, tagline, colours, languages, navigation."
    return [Step("Look at the site settings", words, url)] if url else []
