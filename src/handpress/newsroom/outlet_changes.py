"""What was changed in the site settings, in words for the record of who did what."""

from __future__ import annotations

from typing import Any

from wagtail.log_actions import LogFormatter

CHANGED = "newsroom.settings_changed"
SILENT = {"languages"}
"""Choices that no page states."""

_LABELS = {
    "name": "name",
    "tagline": "tagline",
    "logo": "logo",
    "logo_dark": "logo on dark screens",
    "accent": "colour of links and buttons",
    "accent_dark": "colour of links on dark screens",
    "paper": "paper",
    "paper_dark": "paper on dark screens",
    "language": "language of the site",
    "languages": "languages you write in",
    "time_zone": "time zone",
    "navigation": "navigation",
    "footer": "words at the foot",
    "full_appeal_on": "where the full appeal stands",
    "compact_appeal_on": "where the compact appeal stands",
    "appeal_in_digest": "appeal in the digest",
    "feeds_are_full": "feeds",
    "shows_accounts": "public accounts",
}
_LONGEST = 80


def snapshot(row: Any) -> dict[str, str]:
    """Return every choice of a row in words."""
    values = {name: str(getattr(row, name) or "") for name in _LABELS if name != "navigation"}
    for name in ("full_appeal_on", "compact_appeal_on"):
        values[name] = str(getattr(row, f"get_{name}_display")())
    values["appeal_in_digest"] = "in every edition" if row.appeal_in_digest else "in none"
    values["feeds_are_full"] = "whole articles" if row.feeds_are_full else "excerpts"
    values["shows_accounts"] = "shown" if row.shows_accounts else "not shown"
    values["navigation"] = ", ".join(str(item) for item in row.navigation.all())
    return values


def changes_between(before: dict[str, str], after: dict[str, str]) -> list[dict[str, str]]:
    """Return what differs: field, what it was and what it is, cut where long."""
    return [
        {"field": name, "was": _cut(before[name]), "is": _cut(after[name])}
        for name in _LABELS
        if before[name] != after[name]
    ]


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


class ChangesFormatter(LogFormatter):
    """Says in the history of the settings what was changed, and from what to what."""

    label = "Change site settings"

    def format_message(self, log_entry: Any) -> str:
        changes = (log_entry.data or {}).get("changes", [])
        if not changes:
            return "Saved without a change"
        return "Changed " + "; ".join(_in_words(change) for change in changes)

    def format_comment(self, log_entry: Any) -> str:
        return ""


def _in_words(change: dict[str, str]) -> str:
    was, now = (f"“{change[key]}”" if change[key] else "nothing" for key in ("was", "is"))
    return f"{_LABELS.get(change['field'], change['field'])} from {was} to {now}"


def register(actions: Any) -> None:
    """Make the change of settings an action of the record."""
    actions.register_action(CHANGED)(ChangesFormatter)
