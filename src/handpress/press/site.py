"""What the press knows of the outlet as a whole: name, language, address, theme, folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

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
    time_zone: str

    @property
    def direction(self) -> str:
        return direction_of(self.language)

    def as_context(self) -> dict[str, str]:
        """Return what templates call ``site``."""
        return {"name": self.name, "tagline": self.tagline, "address": self.address}

    def as_json(self) -> dict[str, str]:
        """Return every fact that pages depend on, for the fingerprint."""
        return {**self.as_context(), "language": self.language, "time_zone": self.time_zone}


def direction_of(language: str) -> str:
    """Return "rtl" or "ltr" for a language tag (BCP 47)."""
    main, _, rest = language.lower().partition("-")
    if rest in {"latn", "cyrl"}:
        return "ltr"
    return "rtl" if main in _RIGHT_TO_LEFT or rest == "arab" else "ltr"


def site_facts() -> SiteFacts:
    """Return the outlet's facts from the settings."""
    newsroom: Any = settings.HANDPRESS.newsroom
    return SiteFacts(
        name=newsroom.name,
        tagline=newsroom.tagline,
        address=newsroom.address,
        language=newsroom.language,
        time_zone=newsroom.time_zone,
    )


def site_store() -> SiteStore:
    """Return the store of the newsroom's site folder."""
    return SiteStore(Path(settings.HANDPRESS.press.site_dir))


def theme() -> Theme:
    """Return the theme that the settings name: the newsroom's own, or one that is shipped."""
    name = settings.HANDPRESS.press.theme
    own = settings.HANDPRESS.themes_folder / name
    folder = own if own.is_dir() else Path(handpress.__file__).parent / "themes" / name
    return _theme(folder, settings.HANDPRESS.newsroom.language)


@lru_cache(maxsize=4)
def _theme(folder: Path, language: str) -> Theme:
    return Theme(folder, language)
