"""A changed theme is tried on pages of the newsroom before it is let at the site."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

import minijinja
from django.db import DatabaseError

from handpress.conf.faults import Fault
from handpress.press.registry import Page, registry
from handpress.press.render import Renderer, no_queries
from handpress.press.theme_faults import template_fault

_TRIED = 20
"""How many pages of each kind are made."""


def try_theme(renderer: Renderer) -> tuple[Fault, ...]:
    """Make the newest pages of each kind, print none, and return what their templates trip over.

    What else may go wrong with a page is not the theme's fault, and is told when it is printed.
    """
    files = renderer.site.theme.files
    faults: dict[str, Fault] = {}
    for kind in registry.kinds.values():
        for name, error in _failures(renderer, kind.name):
            fault = template_fault(files, error, name)
            faults.setdefault(f"{fault.where} {error.kind}", fault)
            if error.kind == "OutOfFuel":
                # The others may not come to an end either, and readers wait for the site's pages.
                return tuple(faults.values())
    return tuple(faults.values())


def _failures(renderer: Renderer, name: str) -> Iterator[tuple[str, minijinja.TemplateError]]:
    kind = registry.kinds[name]
    try:
        pages = list(kind.load([key for key, _ in islice(kind.every_key(), _TRIED)]))
    except (DatabaseError, OSError):
        raise
    except Exception:
        return
    with no_queries():
        for page in pages:
            error = _error_of(renderer, page, kind.template)
            if error:
                yield page.path, error


def _error_of(renderer: Renderer, page: Page, template: str) -> minijinja.TemplateError | None:
    with suppress(Exception):
        try:
            renderer.page(page, template=template)
        except minijinja.TemplateError as error:
            return error
    return None
