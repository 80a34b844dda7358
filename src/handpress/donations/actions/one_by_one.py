"""Doing something for many rows, each in a transaction of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from django.db import InterfaceError, OperationalError

logger = logging.getLogger(__name__)


def one_by_one(rows: Iterable[int], job: Callable[[int], int], most: int) -> int:
    """Do something for each, until it was done ``most`` times; a fault with one hinders no other.

    Those for which there is nothing to do yet do not count: they must not keep others waiting.
    Returns how often it was done.
    """
    done = 0
    for pk in list(rows):
        if done >= most:
            break
        try:
            done += job(pk)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            # Its words may hold what a donor told.
            logger.error("one_failed", extra={"about": pk, "error": type(error).__name__})
    return done
