"""Log lines: a moment in UTC, a level, a module, a constant event and its fields."""

from __future__ import annotations

import logging
import re
import time
from typing import Any

# What every record has; the rest was given as `extra`.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Django adds these, and they hold whole objects.
_OBJECTS = frozenset({"request", "server_time", "exception", "stack"})
# What follows opens something to whoever has it: links of staff, readers and donors.
_OPENS = re.compile(r"(/desk/link/|/-/[\w-]+/)[^\s/'\"]+")


class FieldFormatter(logging.Formatter):
    """Write a record and its extra fields on one line: `event key=value key=value`."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (logging's name)
        """Return the line, with the fields after the event; no address that opens something."""
        fields = {
            name: value
            for name, value in vars(record).items()
            if name not in _OWN and name not in _OBJECTS
        }
        line = super().formatMessage(record) + "".join(
            f" {name}={_word(value)}" for name, value in fields.items()
        )
        return _OPENS.sub(r"\1…", line)


def _word(value: object) -> str:
    text = str(value)
    return repr(text) if not text or any(sign.isspace() for sign in text) else text


def logging_config(level: str = "INFO") -> dict[str, Any]:
    """Return the one logging configuration (logging.config.dictConfig): all to stderr.

    No handler sends mail, and none writes what a reader asked for: a request is logged
    only when it made the app fail.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"fields": {"()": FieldFormatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "fields"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "handpress": {"level": level},
            "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "django.request": {"level": "ERROR"},
            # Forms without a cookie, hosts that are not ours: any stranger could fill the log.
            "django.security": {"level": "CRITICAL"},
            "django.server": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        },
    }
