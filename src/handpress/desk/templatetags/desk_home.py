"""What stands above the panels of the desk's home."""

from __future__ import annotations

from typing import Any

from django import template

from handpress.desk.home import panels

register = template.Library()


@register.simple_tag(takes_context=True)
def greeting(context: Any) -> dict[str, Any]:
    """Return the outlet, the day, and where to begin."""
    return panels.greeting(context["request"])
