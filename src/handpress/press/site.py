"""What the press knows of the outlet as a whole: name, language, address, theme, folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.signals import setting_changed

from handpress.lib.languages import direction_of
from handpress.press.catalogues import spoken_now
from handpress.press.registry import registry
from handpress.press.store import SiteStore
from handpress.press.theme import Theme
from handpress.press.theme_files import ThemeFiles
from handpress.press.theme_keeper import keeper
from handpress.press.theme_reading import theme_files

Colours = tuple[tuple[str, str], ...]
"""(name, #rrggbb) pairs; the names are those of `COLOURS`."""

COLOURS = tuple(
    f"{name}{scheme}"
    for name in ("accent", "button", "paper", "wash", "line")
    for scheme in ("", "_dark")
)


@dataclass(frozen=True, slots=True)
class OutletChoices:
    """What was chosen on the desk about the whole site. Empty: as handpress.toml has it."""

    name: str = ""
    tagline: str = ""
    language: str = ""
    time_zone: str = ""
    colours: Colours = ()
    feeds_are_full: bool = True


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
    latest_theme: ThemeFiles
    """The theme as it lay there then, with whatever was wrong with it."""
    giving: str
    """The settings on how to give, in a form that differs when they do."""
    feeds_are_full: bool
    first_name: str
    """The name in handpress.toml: what is known to others by it stays so when the desk renames."""

    def as_context(self) -> dict[str, Any]:
        """Return what templates call ``site``."""
        return {
            "name": self.name,
            "tagline": self.tagline,
            "address": self.address,
            "colours": {**dict.fromkeys(COLOURS, ""), **dict(self.theme.colours)},
        }

    def as_json(self) -> dict[str, Any]:
        """Return every fact that pages depend on, for the fingerprint."""
        others = {"language": self.language, "time_zone": str(self.zone), "giving": self.giving}
        others |= {"feeds": str(self.feeds_are_full), "theme": self.theme.fingerprint}
        others |= {"first_name": self.first_name}
        return {**self.as_context(), **others}


_known: SiteFacts | None = None
_in_hand: ContextVar[SiteFacts | None] = ContextVar("site_in_hand", default=None)


def site_facts() -> SiteFacts:
    """Return the outlet's facts; cheap enough to ask for on every card.

    What was chosen on the desk is read at the first call after `forget_outlet`, with a query.
    """
    global _known
    if (in_hand := _in_hand.get()) is not None:
        return in_hand
    known = _known
    if known is None:
        choices = registry.outlet.read() if registry.outlet else OutletChoices()
        known = _known = _facts(settings.HANDPRESS, choices)
    return known


@contextmanager
def as_if_chosen(choices: OutletChoices) -> Iterator[None]:
    """Have `site_facts` answer, for what is done inside, as if these choices had been made."""
    with _holding(_facts(settings.HANDPRESS, choices)):
        yield


@contextmanager
def as_if_themed(files: ThemeFiles) -> Iterator[SiteFacts]:
    """Have `site_facts` answer, for what is done inside, as if this were the newsroom's theme."""
    site = site_facts()
    site = replace(site, theme=_theme(files, site.language, site.theme.colours))
    with _holding(site):
        yield site


@contextmanager
def _holding(site: SiteFacts) -> Iterator[None]:
    token = _in_hand.set(site)
    try:
        yield
    finally:
        _in_hand.reset(token)


def forget_outlet(*args: Any, **kwargs: Any) -> None:
    """Have choices and theme looked at again: another process may have changed them."""
    global _known
    _known = None


def _forget_all(*args: Any, **kwargs: Any) -> None:
    forget_outlet()
    keeper.forget()


# Only tests replace settings in a living process.
setting_changed.connect(_forget_all, dispatch_uid="press.forget_outlet")


def _facts(source: Any, choices: OutletChoices) -> SiteFacts:
    newsroom = source.newsroom
    language = choices.language or newsroom.language
    latest = latest_theme()
    return SiteFacts(
        name=choices.name or newsroom.name,
        tagline=choices.tagline or newsroom.tagline,
        address=newsroom.address,
        language=language,
        direction=direction_of(language),
        zone=ZoneInfo(choices.time_zone or newsroom.time_zone),
        theme=_theme(keeper.usable(latest), language, choices.colours),
        latest_theme=latest,
        giving=repr(source.giving),
        feeds_are_full=choices.feeds_are_full,
        first_name=newsroom.name,
    )


@lru_cache(maxsize=4)
def _theme(files: ThemeFiles, language: str, colours: Colours) -> Theme:
    """Keep a theme's compiled templates for as long as its files stay as they are."""
    return Theme(files, language, colours)


def theme_tokens() -> dict[str, str]:
    """Return the colours as the theme itself has them, whatever the outlet chose; no query."""
    files = keeper.usable(latest_theme())
    return _theme(files, settings.HANDPRESS.newsroom.language, ()).tokens


def latest_theme() -> ThemeFiles:
    """Return the theme as it lies there now, with whatever is wrong with it."""
    return theme_files(settings.HANDPRESS.press.theme, settings.HANDPRESS.themes_folder)


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


def language_now() -> str:
    """Return the language in which something is said: that of `speaking`, else the outlet's."""
    return spoken_now() or site_facts().language


def theme() -> Theme:
    """Return the theme that the settings name: the newsroom's own, or one that is shipped."""
    return site_facts().theme
