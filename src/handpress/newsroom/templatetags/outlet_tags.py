"""What templates of the desk may ask about the outlet."""

from __future__ import annotations

from django import template

from handpress.press.site import site_facts

register = template.Library()


@register.simple_tag
def outlet_name() -> str:
    """Return the outlet's name as it is now."""
    return site_facts().name
