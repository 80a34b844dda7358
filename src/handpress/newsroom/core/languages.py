"""Languages by tag and by name, as people write them. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from handpress.conf.faults import WrongValueError, guess_meant
from handpress.conf.kinds import LANGUAGE

OFTEN_CHOSEN = (
    "am ar az be bg bn ca ckb cs cy da de el en es et eu fa fi fr ga gl he hi hr hu hy id is it ja "
    "ka kk km ko ku ky lt lv mk mn ms my nb ne nl pa pl ps pt pt-BR ro ru sk sl so sq sr sv sw ta "
    "th ti tl tr uk ur uz vi yi zh-Hans zh-Hant"
).split()
"""Languages that a form proposes; every other tag may be written."""

_TAG_BEHIND = re.compile(r".*\(([A-Za-z0-9-]+)\)\s*")


def split_tags(text: str) -> list[str]:
    """Return the tags of a stored list."""
    return [tag for tag in re.split(r"[\s,;]+", text) if tag]


def read_language(text: str) -> str:
    """Return the tag for a tag, a name ("Korean", "한국어") or both ("Korean (ko)").

    Raises `WrongValueError` for what is neither.
    """
    written = text.strip()
    behind = _TAG_BEHIND.fullmatch(written)
    tag = behind[1] if behind else _tags_by_name().get(written.casefold(), written)
    try:
        tag = str(LANGUAGE.read(tag))
    except WrongValueError:
        meant = guess_meant(written.casefold(), _tags_by_name())
        hint = f"Did you mean {language_label(_tags_by_name()[meant])}?" if meant else ""
        raise WrongValueError(
            f"“{written}” is no language that is known here.",
            hint or "Write a name, such as Korean, or a tag, such as ko or pt-BR.",
        ) from None
    return tag


def language_name(tag: str, in_language: str = "en") -> str:
    """Return what a language is called; the tag itself where nobody has told us."""
    try:
        return Locale.parse(tag, sep="-").get_display_name(in_language) or tag
    except (UnknownLocaleError, ValueError):
        return tag


def language_label(tag: str) -> str:
    """Return name and tag, as in "Korean (ko)": what forms show, and `read_language` reads."""
    name = language_name(tag)
    return tag if name == tag else f"{_without_brackets(name)} ({tag})"


def _without_brackets(name: str) -> str:
    # No comma: lists of languages have those between them.
    return name.replace(" (", " – ").replace(")", "").replace(",", "")


@lru_cache(maxsize=1)
def _tags_by_name() -> dict[str, str]:
    names: dict[str, str] = {}
    for tag in OFTEN_CHOSEN:
        own = Locale.parse(tag, sep="-").get_display_name() or tag
        for name in (language_name(tag), _without_brackets(language_name(tag)), own):
            names.setdefault(name.casefold(), tag)
    return names
