"""Serve the newsroom that Django's settings name."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from handpress.conf import Settings
from handpress.project.options import ServeOptions
from handpress.project.server import CannotServe, look, serve

FAILED = 1


def serve_newsroom(
    *,
    say: Callable[[str], None],
    host: str | None = None,
    port: int | None = None,
    workers: int | None = None,
) -> int:
    """Serve until asked to stop, and return the exit status; `say` tells a person one line.

    What is None is taken from the settings; `workers` 0 is one for each core.
    """
    # Mail leads here as long as the site has no address, and the desk answers by no other name: all
    # our processes must know.
    if port:
        os.environ["HANDPRESS_SERVER_PORT"] = str(port)
    if host:
        os.environ["HANDPRESS_SERVER_HOST"] = host
    options = _options(host, port, workers or 0)
    try:
        return serve(options, say=say)
    except CannotServe as reason:
        say(f"handpress: {reason}")
        return FAILED


def why_not(*, host: str | None = None, port: int | None = None) -> str:
    """Return what keeps the newsroom from being served right now, or nothing; changes nothing."""
    try:
        look(_options(host, port, 0))
    except CannotServe as reason:
        return f"handpress: {reason}"
    return ""


def _options(host: str | None, port: int | None, workers: int) -> ServeOptions:
    newsroom: Settings = settings.HANDPRESS
    return ServeOptions(
        host=host or newsroom.server.host,
        port=newsroom.server.port if port is None else port,
        workers=workers,
        site_folder=Path(newsroom.press.site_dir),
        static_folder=Path(settings.STATIC_ROOT),
        scratch_folder=newsroom.var_folder / "serve",
        address=newsroom.newsroom.address,
        behind_proxy=newsroom.server.behind_proxy,
    )
