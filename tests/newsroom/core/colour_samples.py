"""Colours that people might choose, for the tests of server and browser alike."""

from __future__ import annotations

import random

KNOWN = {
    # From WCAG 2.2 and its usual examples.
    ("#000000", "#ffffff"): 21.0,
    ("#ffffff", "#ffffff"): 1.0,
    ("#777777", "#ffffff"): 4.4781,
    ("#767676", "#ffffff"): 4.5422,
    ("#0000ff", "#ffffff"): 8.5928,
    ("#ff0000", "#00ff00"): 2.9139,
}

FIELDS = ("accent", "accent_dark", "paper", "paper_dark")


def choices() -> list[dict[str, str]]:
    """Return the same few hundred choices every time: some empty, some no colours at all."""
    chance = random.Random(42)
    some = ["", "", "#8c1c13", "#ff8800", "#777777", "#eef6ff", "#101820", "red", "#12345"]
    found = [dict.fromkeys(FIELDS, "")]
    for _ in range(300):
        any_one = f"#{chance.randrange(2**24):06x}"
        light = "#" + "".join(f"{chance.randrange(190, 256):02x}" for _ in range(3))
        dark = "#" + "".join(f"{chance.randrange(0, 70):02x}" for _ in range(3))
        fitting = {"accent": dark, "accent_dark": light, "paper": light, "paper_dark": dark}
        found.append(
            {name: chance.choice([*some, any_one, *[fitting[name]] * 8]) for name in FIELDS}
        )
    return found
