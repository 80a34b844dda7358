"""A line of readers over days as points of a drawing; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 160


@dataclass(frozen=True, slots=True)
class Line:
    """What an SVG needs: ``points`` for a polyline, and the least and most it shows."""

    points: str
    area: str
    least: int
    most: int


def line_of(values: Sequence[int]) -> Line:
    """Return the line through values, at equal distances, from the left to the right.

    The ground of the drawing is nought unless the values are so close together, far from it,
    that their change could not be seen.
    """
    most, least = max(values, default=0), min(values, default=0)
    ground = least - (most - least) if least > 2 * (most - least) else 0
    ground = max(0, ground)
    span = max(1, most - ground)
    step = WIDTH / max(1, len(values) - 1)
    points = [
        f"{number * step:.1f},{HEIGHT - (value - ground) / span * (HEIGHT - 8):.1f}"
        for number, value in enumerate(values)
    ]
    line = " ".join(points)
    return Line(line, f"0,{HEIGHT} {line} {WIDTH},{HEIGHT}", ground, most)
