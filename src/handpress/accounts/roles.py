"""The roles of a newsroom: Django groups, known by these names.

What a role may do is granted on the desk's floor; here stands who must show more than a password.
"""

from __future__ import annotations

from enum import StrEnum

from django.utils.translation import gettext_lazy


class Role(StrEnum):
    """A role; its value is the name of its group."""

    REPORTER = "Reporter"
    EDITOR = "Editor"
    TREASURER = "Treasurer"
    ADMINISTRATOR = "Administrator"


# Whoever can publish to all, or touch money, or let others in.
NEEDS_SECOND_FACTOR = frozenset({Role.EDITOR, Role.TREASURER, Role.ADMINISTRATOR})
NO_POWER = frozenset(
    {
        "wagtailadmin.access_admin",
        "newsroom.add_article",
        "newsroom.change_article",
        "newsroom.view_article",
    }
)
"""Permissions that need no second factor: whoever has them writes, and others publish it.

Whatever else is granted, by a group of any name, is power over readers, money or people.
"""

LABELS = {
    Role.REPORTER: gettext_lazy("Reporter"),
    Role.EDITOR: gettext_lazy("Editor"),
    Role.TREASURER: gettext_lazy("Treasurer"),
    Role.ADMINISTRATOR: gettext_lazy("Administrator"),
}
