"""Colours that can be read: contrast as WCAG 2.2 counts it. Pure."""

from __future__ import annotations

import re

TEXT_CONTRAST = 4.5
"""What text needs against what it stands on (WCAG 2.2, success criterion 1.4.3)."""
LONG_TEXT_CONTRAST = 7.0
"""What long reading needs (WCAG 2.2, success criterion 1.4.6)."""

# What the shipped theme prints with, in light and in dark.
INK, INK_DARK = "#1a1815", "#ece8df"
PAPER, PAPER_DARK = "#fdfcf8", "#161513"
SOFT, SOFT_DARK = "#524d45", "#b8b1a5"

_HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)


def is_colour(text: str) -> bool:
    """Say whether a text is a colour as #rrggbb."""
    return bool(_HEX.fullmatch(text))


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

    In steps of a twentieth, so the result is the nearest that will do.
    """
    for step in range(21):
        mixed = _mix(colour, towards, step / 20)
        if contrast(mixed, ground) >= least:
            return mixed
    return towards


def _mix(colour: str, other: str, share: float) -> str:
    parts = []
    for at in (1, 3, 5):
        a, b = int(colour[at : at + 2], 16), int(other[at : at + 2], 16)
        parts.append(round(a + (b - a) * share))
    return "#" + "".join(f"{part:02x}" for part in parts)


def theme_colours(
    *, accent: str = "", accent_dark: str = "", paper: str = "", paper_dark: str = ""
) -> tuple[tuple[str, str], ...]:
    """Return the (name, colour) pairs a theme takes, for what an outlet chose; empty: its own.

    One accent is enough: what it is in the dark, and the buttons, follow from it.
    """
    pairs: list[tuple[str, str]] = []
    if accent:
        dark = accent_dark or readable_on(accent, paper_dark or PAPER_DARK, towards="#ffffff")
        button = readable_on(accent, "#ffffff", towards="#000000")
        pairs += [("accent", accent), ("button", button)]
        pairs += [("accent_dark", dark), ("button_dark", button)]
    elif accent_dark:
        pairs.append(("accent_dark", accent_dark))
    pairs += [("paper", paper)] if paper else []
    pairs += [("paper_dark", paper_dark)] if paper_dark else []
    return tuple((name, colour.lower()) for name, colour in pairs)


def colour_faults(
    *, accent: str = "", accent_dark: str = "", paper: str = "", paper_dark: str = ""
) -> dict[str, str]:
    """Return what is wrong with an outlet's colours, by field, in words for who chooses them."""
    chosen = {"accent": accent, "accent_dark": accent_dark, "paper": paper}
    chosen["paper_dark"] = paper_dark
    faults = {
        name: f"“{colour}” is not a colour. Write it as #rrggbb, such as #8c1c13."
        for name, colour in chosen.items()
        if colour and not is_colour(colour)
    }
    if faults:
        return faults
    checks = (
        ("paper", paper, INK, LONG_TEXT_CONTRAST, "Long texts would be hard to read on it"),
        ("paper", paper, SOFT, TEXT_CONTRAST, "Captions and dates would be hard to read on it"),
        (
            "paper_dark",
            paper_dark,
            INK_DARK,
            LONG_TEXT_CONTRAST,
            "Long texts would be hard to read on it",
        ),
        (
            "paper_dark",
            paper_dark,
            SOFT_DARK,
            TEXT_CONTRAST,
            "Captions would be hard to read on it",
        ),
        ("accent", accent, paper or PAPER, TEXT_CONTRAST, "Links could not be read on the paper"),
        (
            "accent_dark",
            accent_dark,
            paper_dark or PAPER_DARK,
            TEXT_CONTRAST,
            "Links could not be read on the dark paper",
        ),
    )
    for name, colour, against, least, why in checks:
        if colour and name not in faults and (found := contrast(colour, against)) < least:
            faults[name] = f"{why}: the contrast is {found:.1f} and must be at least {least:g}."
    return faults
