"""What the press knows of the outlet as a whole: name, language, address, theme, folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

import handpress
from handpress.press.store import SiteStore
from handpress.press.theme import Theme

_RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"}


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """The outlet as every page states it. ``address`` ends in a slash, or is empty."""

    name: str
    tagline: str
    address: str
    language: str
    direction: str
    zone: ZoneInfo
    theme: Theme
    giving: str
    """The settings on how to give, in a form that differs when they do."""

    def as_context(self) -> dict[str, str]:
        """Return what templates call ``site``."""
        return {"name": self.name, "tagline": self.tagline, "address": self.address}

    def as_json(self) -> dict[str, str]:
        """Return every fact that pages depend on, for the fingerprint."""
        others = {"language": self.language, "time_zone": str(self.zone), "giving": self.giving}
        return {**self.as_context(), **others, "theme": self.theme.fingerprint}


@lru_cache(maxsize=200)
def direction_of(language: str) -> str:
    """Return "rtl" or "ltr" for a language tag (BCP 47)."""
    main, _, rest = language.lower().partition("-")
    if rest in {"latn", "cyrl"}:
        return "ltr"
    return "rtl" if main in _RIGHT_TO_LEFT or rest == "arab" else "ltr"


_known: tuple[Any, SiteFacts] | None = None


def site_facts() -> SiteFacts:
    """Return the outlet's facts from the settings; cheap enough to ask for on every card."""
    global _known
    source = settings.HANDPRESS
    if _known is None or _known[0] is not source:
        _known = (source, _read_facts(source))
    return _known[1]


def _read_facts(source: Any) -> SiteFacts:
    newsroom = source.newsroom
    own = source.themes_folder / source.press.theme
    folder = own if own.is_dir() else Path(handpress.__file__).parent / "themes" / own.name
    return SiteFacts(
        name=newsroom.name,
        tagline=newsroom.tagline,
        address=newsroom.address,
        language=newsroom.language,
        direction=direction_of(newsroom.language),
        zone=ZoneInfo(newsroom.time_zone),
        theme=Theme(folder, newsroom.language),
        giving=repr(source.giving),
    )


def settings_stamp() -> tuple[int, int]:
    """Return what tells one state of handpress.toml from the next; (0, 0) when it is missing."""
    try:
        stat = (settings.HANDPRESS.folder / "handpress.toml").stat()
    except OSError:
        return (0, 0)
    return (stat.st_mtime_ns, stat.st_size)


LOADED_STAMP = settings_stamp()
"""The state of handpress.toml when this process read it."""


def site_store() -> SiteStore:
    """Return the store of the newsroom's site folder."""
    return SiteStore(Path(settings.HANDPRESS.press.site_dir))


def theme() -> Theme:
    """Return the theme that the settings name: the newsroom's own, or one that is shipped."""
    return site_facts().theme
