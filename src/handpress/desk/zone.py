"""The desk counts hours as the newsroom does, whoever sits at it and wherever."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from wagtail.admin import localization

from handpress.press.site import site_facts


def in_newsroom_zone(ignored: Any = None) -> Any:
    """Return a context in which moments are read and shown in the newsroom's zone."""
    return timezone.override(site_facts().zone)


def use_newsroom_zone() -> None:
    """Have Wagtail's views use it, where they would take the user's own or Django's.

    Two people who schedule one article must mean the same hour. Wagtail has no setting for it:
    it enters this context around every view of the desk and around its late rendering.
    """
    localization.override_tz = in_newsroom_zone
