"""Letters about what has happened: it has happened whether or not the letter can be written."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError, transaction

logger = logging.getLogger(__name__)


def write_if_possible(write: Callable[..., Any], *about: Any, **more: Any) -> None:
    """Write a letter in the caller's transaction, or note that it could not be.

    Money that came stands in the books also where a theme is broken or the donors' key is away.
    """
    try:
        with transaction.atomic():
            write(*about, **more)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        # Its words may hold what a donor told.
        logger.error(
            "letter_not_written",
            extra={"letter": write.__name__, "error": type(error).__name__},
        )
