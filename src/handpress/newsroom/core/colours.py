"""Colours that can be read: contrast as WCAG 2.2 counts it. Pure.

``static/newsroom/outlet-colours.js`` says the same while somebody chooses; a test holds them equal.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

TEXT_CONTRAST = 4.5
"""What text needs against what it stands on (WCAG 2.2, success criterion 1.4.3)."""
LONG_TEXT_CONTRAST = 7.0
"""What long reading needs (WCAG 2.2, success criterion 1.4.6)."""

# What Broadsheet prints with, in light and in dark.
INK, INK_DARK = "#1a1815", "#ece8df"
PAPER, PAPER_DARK = "#fdfcf8", "#161513"
WASH, WASH_DARK = "#f4f0e6", "#211f1c"
SOFT, SOFT_DARK = "#524d45", "#b8b1a5"
ACCENT, ACCENT_DARK, BUTTON_DARK = "#8c1c13", "#ff9f8c", "#a3261b"
BLACK, WHITE = "#000000", "#ffffff"

Theme = Mapping[str, str]
"""The colours of a theme by name: `BROADSHEET` has all; what another does not say is as there."""
BROADSHEET: Theme = {
    "ink": INK, "ink_dark": INK_DARK, "soft": SOFT, "soft_dark": SOFT_DARK,
    "paper": PAPER, "paper_dark": PAPER_DARK, "wash": WASH, "wash_dark": WASH_DARK,
    "accent": ACCENT, "accent_dark": ACCENT_DARK, "button": ACCENT, "button_dark": BUTTON_DARK,
}  # fmt: skip

# How much of the ink is in what is printed on a paper of one's own: tinted boxes, and lines.
_WASH_SHARE = 0.05
_LINE_SHARE = 0.18
_STEPS = 40

_HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_LOOSE = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that must be readable: ``field`` is the colour that is chosen."""

    field: str
    against: str
    least: float
    why: str


RULES = (
    Rule("accent", "wash", TEXT_CONTRAST, "Links could not be read on the paper"),
    Rule("accent_dark", "wash_dark", TEXT_CONTRAST, "Links could not be read on the dark paper"),
    Rule("paper", "ink", LONG_TEXT_CONTRAST, "Long texts would be hard to read on it"),
    Rule("paper", "soft", TEXT_CONTRAST, "Captions and dates would be hard to read on it"),
    Rule("paper", "accent", TEXT_CONTRAST, "Links could not be read on it"),
    Rule("paper_dark", "ink_dark", LONG_TEXT_CONTRAST, "Long texts would be hard to read on it"),
    Rule(
        "paper_dark", "soft_dark", TEXT_CONTRAST, "Captions and dates would be hard to read on it"
    ),
    Rule("paper_dark", "accent_dark", TEXT_CONTRAST, "Links could not be read on it"),
)
"""What is asked of an outlet's colours. A paper is judged by its wash, where text is weakest."""

FIELDS = ("accent", "accent_dark", "paper", "paper_dark")
_TOWARDS = {"accent": BLACK, "accent_dark": WHITE, "paper": WHITE, "paper_dark": BLACK}


def is_colour(text: str) -> bool:
    """Say whether a text is a colour as #rrggbb."""
    return bool(_HEX.fullmatch(text))


def read_colour(text: str) -> str:
    """Return a colour as #rrggbb where it was written without #, short or in capitals."""
    found = _LOOSE.fullmatch(text.strip())
    if not found:
        return text.strip()
    digits = found[1].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def readable_on(colour: str, ground: str, *, towards: str, least: float = TEXT_CONTRAST) -> str:
    """Return the colour, moved towards another (black or white) until it can be read on a ground.

    In steps of a fortieth, so the result is the nearest that will do.
    """
    for step in range(_STEPS + 1):
        mixed = _mix(colour, towards, step / _STEPS)
        if contrast(mixed, ground) >= least:
            return mixed
    return towards


def _mix(colour: str, other: str, share: float) -> str:
    parts = []
    for at in (1, 3, 5):
        a, b = int(colour[at : at + 2], 16), int(other[at : at + 2], 16)
        parts.append(math.floor(a + (b - a) * share + 0.5))
    return "#" + "".join(f"{part:02x}" for part in parts)


def palette(
    theme: Theme = BROADSHEET,
    /,
    *,
    accent: str = "",
    accent_dark: str = "",
    paper: str = "",
    paper_dark: str = "",
) -> dict[str, str]:
    """Return every colour that a page would have, for what an outlet chose in a theme.

    One accent is enough: what it is in the dark, and the buttons, follow from it; boxes and lines
    follow from the paper.
    """
    found = {**BROADSHEET, **{name: theme[name] for name in BROADSHEET if name in theme}}
    if paper:
        found |= {"paper": paper, "wash": _mix(paper, found["ink"], _WASH_SHARE)}
    if paper_dark:
        wash = _mix(paper_dark, found["ink_dark"], _WASH_SHARE)
        found |= {"paper_dark": paper_dark, "wash_dark": wash}
    if accent:
        button = readable_on(accent, WHITE, towards=BLACK)
        lit = readable_on(accent, found["wash_dark"], towards=WHITE)
        found |= {"accent": accent, "accent_dark": lit, "button": button, "button_dark": button}
    if accent_dark:
        found["accent_dark"] = accent_dark
    return found


def theme_colours(
    theme: Theme = BROADSHEET,
    /,
    *,
    accent: str = "",
    accent_dark: str = "",
    paper: str = "",
    paper_dark: str = "",
) -> tuple[tuple[str, str], ...]:
    """Return the (name, colour) pairs a theme takes, for what an outlet chose; empty: its own."""
    chosen = {"accent": accent, "accent_dark": accent_dark, "paper": paper}
    found = palette(theme, **chosen, paper_dark=paper_dark)
    names = ["accent", "button", "accent_dark", "button_dark"] if accent else []
    names += ["accent_dark"] if accent_dark and not accent else []
    if paper:
        names += ["paper", "wash", "line"]
        found["line"] = _mix(paper, found["ink"], _LINE_SHARE)
    if paper_dark:
        names += ["paper_dark", "wash_dark", "line_dark"]
        found["line_dark"] = _mix(paper_dark, found["ink_dark"], _LINE_SHARE)
    return tuple((name, found[name].lower()) for name in names)


def colour_faults(
    theme: Theme = BROADSHEET,
    /,
    *,
    accent: str = "",
    accent_dark: str = "",
    paper: str = "",
    paper_dark: str = "",
) -> dict[str, str]:
    """Return what is wrong with an outlet's colours, by field, in words for who chooses them."""
    chosen = dict(zip(FIELDS, (accent, accent_dark, paper, paper_dark), strict=True))
    faults = {
        name: f"“{colour}” is not a colour. Write it as #rrggbb, such as #8c1c13."
        for name, colour in chosen.items()
        if colour and not is_colour(colour)
    }
    if faults:
        return faults
    for name in (name for name, colour in chosen.items() if colour):
        for rule in _asked_of(name, chosen):
            if name not in faults and (found := _measure(theme, rule, chosen)) < rule.least:
                faults[name] = _too_weak(rule, found, nearest_colour(name, theme, **chosen))
    return faults


def _too_weak(rule: Rule, found: float, better: str) -> str:
    # Cut, not rounded: 4.46 is not 4.5.
    shown = math.floor(found * 10) / 10
    words = f"{rule.why}: the contrast is {shown:.1f} and must be at least {rule.least:.1f}."
    return f"{words} {better} would do." if better else words


def _asked_of(field: str, chosen: dict[str, str]) -> list[Rule]:
    """Return the rules of a field; where two chosen colours meet, the accent is to blame."""
    rules = (rule for rule in RULES if rule.field == field)
    return [rule for rule in rules if not chosen.get(rule.against)]


def _measure(theme: Theme, rule: Rule, chosen: dict[str, str]) -> float:
    found = palette(theme, **chosen)
    ground = rule.field.replace("paper", "wash")
    return contrast(found[ground], found[rule.against])


def nearest_colour(field: str, theme: Theme = BROADSHEET, /, **chosen: str) -> str:
    """Return what is nearest to a chosen colour and can be read with the others, or ""."""
    asked = _asked_of(field, chosen)
    for step in range(_STEPS + 1):
        mixed = _mix(chosen[field], _TOWARDS[field], step / _STEPS)
        tried = {**chosen, field: mixed}
        if all(_measure(theme, rule, tried) >= rule.least for rule in asked):
            return mixed
    return ""


def browser_rules(theme: Theme = BROADSHEET) -> dict[str, Any]:
    """Return what the browser must know to judge colours as this module does."""
    return {
        "rules": [asdict(rule) for rule in RULES],
        "towards": _TOWARDS,
        "theme": palette(theme),
        "shares": {"wash": _WASH_SHARE},
        "steps": _STEPS,
        "textContrast": TEXT_CONTRAST,
        "longTextContrast": LONG_TEXT_CONTRAST,
    }
