"""What an excerpt's opening states: a republishing note, a dateline.

Only what is stated is taken. A date inside the text says when something happened, not when the
piece appeared, so a date counts only in a republishing note: date, source in quotation marks,
dash. Nothing here looks further than ``REACH`` characters, and every pattern is bounded.
"""

import re
from dataclasses import dataclass
from datetime import date

REACH = 400

_B = "[ \u00a0]{1,3}"
_ANY_B = "[ \t\u00a0\u2009\u202f]{0,4}"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    "(?P<month>January|February|March|April|May|June|July|August|September|October|November|"
    r"December|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?)"
)
_DAY = r"(?P<day>\d{1,2})"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_NAME = '(?:"(?P<straight>[^"“”\n]{2,80})"|“(?P<curly>[^"“”\n]{2,80})”)'
_NOTE_END = f",?{_B}{_NAME}{_ANY_B}[-–—]{_ANY_B}(?P<next>.)"
_NOTES = (
    re.compile(f"{_ANY_B}{_MONTH}{_B}{_DAY},{_B}{_YEAR}{_NOTE_END}", re.ASCII),
    re.compile(f"{_ANY_B}{_DAY}{_B}{_MONTH},?{_B}{_YEAR}{_NOTE_END}", re.ASCII),
)
_OUTLET_JOINERS = frozenset(
    "a an and at by de del der des di du el et for in la le les of on the to und von y &".split()
)

_PLACE_REACH = 90
_DASH = re.compile(
    "[ \u00a0\u2009\u202f]{0,3}(?P<dash>—|–|--|(?<=[ \u00a0])-)[ \u00a0\u2009\u202f]{1,3}"
)
_AGENCY = re.compile(r"[ \u00a0]{1,3}\([^()\n]{2,30}\)$")
_PLACE_WORD = re.compile(r"[^\W\d_][^\W\d_.’'-]{0,24}(?:[.’'-][^\W\d_]{1,24}){0,5}\.?")
_PLACE_JOINERS = frozenset("da das de del der do dos du e el la las le les los of sur the".split())
_ASIDE_REACH = 60
_OPENING_QUOTES = "\"'“‘«„¿¡(["
_NOT_PLACES = frozenset(
    """
    a about after all alert also although an analysis and another any as at background because
    before breaking but by chapter comment correction dear despite dr editor editorial even every
    exclusive explainer fact few first for from he her here his how i if in interview introduction
    is it its last letter like listen live look many more most mr mrs ms my no none not note now on
    once one only opinion or our part people photo photos podcast president press question read
    remember report review she since so some statement still summary that their then there
    these they this those though three to transcript translated translation two under until update
    updated video warning watch we what when where which while who why will with yes yet you your
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    monday tuesday wednesday thursday friday saturday sunday today yesterday tomorrow
    """.split()
)


@dataclass(frozen=True, slots=True)
class RepublishingNote:
    """Where and when a piece first appeared; ``end`` is where its own text begins."""

    published_on: date
    source_name: str
    end: int


def read_republishing_note(text: str) -> RepublishingNote | None:
    """Read an opening like ``May 4, 2019 "Some Outlet" - The text``; None where none is.

    The name must look like one (words with capitals) and what follows the dash must begin like a
    text, so that a quotation after a date is not taken for a source.
    """
    head = text[:REACH]
    match = next(filter(None, (pattern.match(head) for pattern in _NOTES)), None)
    if match is None or match["next"].islower():
        return None
    name = " ".join((match["straight"] or match["curly"]).split())
    published_on = _real_date(match["year"], match["month"], match["day"])
    if published_on is None or not _is_outlet_name(name):
        return None
    return RepublishingNote(published_on, name, match.start("next"))


def _real_date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), _MONTHS.index(month[:3].lower()) + 1, int(day))
    except ValueError:
        return None


def _is_outlet_name(name: str) -> bool:
    words = name.split()
    return (
        0 < len(words) <= 10
        and name[-1] not in ",;:?!"
        and _begins_large(words[0])
        and all(_begins_large(word) or word in _OUTLET_JOINERS for word in words)
    )


def _begins_large(word: str) -> bool:
    return word[0].isalnum() and not word[0].islower()


def read_dateline(text: str) -> str:
    """Read the place in an opening like ``Port Example, North Coast — The text``; "" where none.

    A dash in running text is a trap: before it must stand nothing but a place's name, after it a
    text must begin, and a second dash soon after means that the two enclose an aside.
    """
    head = text[:REACH]
    dash = _DASH.search(head, 0, _PLACE_REACH)
    if dash is None:
        return ""
    opening = head[: dash.start()]
    place = _AGENCY.sub("", opening).strip()
    if not _is_place(place) or not _opens_text(head[dash.end() :]):
        return ""
    is_certain = place != opening.strip() or "," in place or place.isupper()
    if not is_certain and _DASH.search(head, dash.end(), dash.end() + _ASIDE_REACH):
        return ""
    return " ".join(place.split())


def _opens_text(rest: str) -> bool:
    first = rest.lstrip(_OPENING_QUOTES)[:1]
    return first.isupper() or first.isdigit()


def _is_place(name: str) -> bool:
    parts = [part.split() for part in name.split(",")]
    if not 1 <= len(parts) <= 3 or any(not 1 <= len(words) <= 5 for words in parts):
        return False
    words = [word for part in parts for word in part]
    if words[0].lower() == "the" and len(parts) == 1 and words[1:] not in (["Hague"], ["HAGUE"]):
        return False
    return not any(word.rstrip(".").lower() in _NOT_PLACES for word in words) and all(
        _PLACE_WORD.fullmatch(word) and (word[0].isupper() or (i > 0 and word in _PLACE_JOINERS))
        for i, word in enumerate(words)
    )
