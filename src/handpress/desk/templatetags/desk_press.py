"""What the press is at, for any page of the desk: ``{% load desk_press %}{% press_progress %}``."""

from __future__ import annotations

from typing import Any

from django import template

from handpress.desk.home.press_words import pages_words, press_words, verified_words
from handpress.lib import clock
from handpress.press.queries import press_progress as read_progress
from handpress.press.site import site_facts

register = template.Library()


@register.inclusion_tag("desk/press_progress_frame.html")
def press_progress() -> dict[str, Any]:
    """Show what the press is at; it keeps itself up to date where scripts run."""
    return progress_context()


def progress_context() -> dict[str, Any]:
    """Return what the templates of the press's progress show."""
    progress = read_progress(clock.now())
    return {
        "progress": progress,
        "words": press_words(progress),
        "last_pages": pages_words(progress.last_run_pages),
        "verified": verified_words(progress.verified),
        "zone": site_facts().zone,
    }


@register.simple_tag
def outlet_name() -> str:
    """Return what the outlet calls itself."""
    return site_facts().name
