"""Slugs that stay unique."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from django.db import models

from handpress.lib.batches import batched
from handpress.lib.text import slugify

_LONGEST = 90


_NUMBER = re.compile(r"-[0-9]+$")
_SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


def is_slug(text: str) -> bool:
    """Return whether a slug may stand in an address as it is, on any file system."""
    return bool(_SLUG.fullmatch(text)) and slugify(text.replace("_", "-"), max_length=200) in {
        text,
        text.replace("_", "-"),
    }


def is_made_from(slug: str, text: str) -> bool:
    """Return whether a slug is what a text is given, with or without a number behind it."""
    made = slugify(text, max_length=_LONGEST)
    return slug == made or (slug.startswith(f"{made}-") and slug[len(made) + 1 :].isdecimal())


def give_slug(row: Any, text: str, *, never: Collection[str] = ()) -> None:
    """Give a row a slug of its own, made from ``text`` unless it has a usable one.

    ``never``: what no slug is made of, though somebody may have written it.
    """
    if row.slug and not is_slug(row.slug):
        row.slug = slugify(row.slug, max_length=_LONGEST)
    if not row.slug:
        wanted = [slugify(text, max_length=_LONGEST)]
        row.slug = unique_slugs(type(row), wanted, besides={row.pk} - {None}, never=never)[0]


def unique_slugs(
    model: type[models.Model],
    wanted: Sequence[str],
    *,
    besides: Collection[int] = (),
    never: Collection[str] = (),
) -> list[str]:
    """Return one free slug for each wanted one: itself, or with ``-2``, ``-3``, ... behind.

    The slugs of the rows ``besides`` are free: those rows are being given new ones. Two queries
    for every few hundred slugs, however many rows the table has.
    """
    taken = _taken(model, wanted, besides) | set(never)
    result = []
    for slug in wanted:
        free = slug
        number = 2
        while free in taken:
            free = f"{slug}-{number}"
            number += 1
        taken.add(free)
        result.append(free)
    return result


def _taken(model: type[models.Model], wanted: Sequence[str], besides: Collection[int]) -> set[str]:
    rows = model._default_manager.exclude(pk__in=besides).order_by()
    taken: set[str] = set()
    for some in batched(sorted(set(wanted)), 250):
        taken.update(rows.filter(slug__in=some).values_list("slug", flat=True))
    for some in batched(sorted(taken | _crowded(wanted)), 100):
        behind = models.Q()
        for slug in some:
            behind |= models.Q(slug__startswith=f"{slug}-")
        taken.update(rows.filter(behind).values_list("slug", flat=True))
    return taken


def _crowded(wanted: Sequence[str]) -> set[str]:
    """Return the slugs that some must get a number for, whatever stands in the table."""
    often = {slug for slug, count in Counter(wanted).items() if count > 1}
    numbered = {slug for slug in wanted if _NUMBER.sub("", slug) in often}
    return often | numbered
