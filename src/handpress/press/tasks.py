"""The press at work in the background: what is due, what is stale, what is not yet packed."""

from __future__ import annotations

import logging
import time
from typing import Protocol

from django.conf import settings
from django.db import OperationalError, close_old_connections

from handpress.lib import clock
from handpress.press.actions import Notify, Press, PressBusy, SettingsChanged, check_settings
from handpress.press.packing import pack_pages
from handpress.press.queries import is_work_waiting
from handpress.press.registry import registry
from handpress.press.store import ForeignFolder
from handpress.press.theme_faults import ThemeUnfit
from handpress.press.theme_files import ThemeFiles

logger = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.2
_DUE_EVERY_S = 1.0
_PACK_AT_ONCE = 100
_AFTER_TROUBLE_S = 5.0
_AFTER_UNFIT_S = 30.0
_TRY_AGAIN_S = 30.0
"""How often pages are tried again that could not be made; what mends one is seen at once."""


class Stop(Protocol):
    """What ends the work: an event of threads or processes."""

    def is_set(self) -> bool: ...
    def wait(self, timeout: float) -> bool: ...


def work_forever(stop: Stop) -> None:
    """Press until ``stop`` is set: a change is on the site a fraction of a second after it.

    Ends early when handpress.toml has changed: whoever started it starts a new process, which
    reads the new settings.

    Trouble is logged and tried again; nothing is lost meanwhile, since marks wait in the
    database.
    """
    press = Press()
    due = _EverySecond()
    looks = True
    changed: ThemeFiles | None = None
    try_again_at = 0.0
    while not stop.is_set():
        try:
            if due():
                check_settings()
                # Whoever saves several files of a theme has a second between one and the next.
                former, changed = changed, press.changed_theme()
                looks = looks or (changed is not None and changed is former)
                looks = looks or (press.failed_pages > 0 and time.monotonic() >= try_again_at)
            if looks:
                try_again_at = time.monotonic() + _TRY_AGAIN_S
            # While a large site is printed, the hours of others come all the same.
            pause = work_once(press, look=looks, notify=lambda count: due())
            looks = False
        except SettingsChanged:
            logger.warning("settings_changed")
            return
        except ThemeUnfit as refusal:
            for fault in refusal.faults:
                logger.error("theme_unfit", extra={"theme": refusal.name, "fault": str(fault)})
            stop.wait(_AFTER_UNFIT_S)
            continue
        except ForeignFolder as refusal:
            # Mail and gifts go on beside this; only the site waits for somebody to look.
            logger.error("site_folder_foreign", extra={"reason": str(refusal)})
            stop.wait(_AFTER_UNFIT_S)
            continue
        except PressBusy:
            pause = _LOOK_EVERY_S
        except (OSError, OperationalError):
            logger.exception("press_failed")
            close_old_connections()
            stop.wait(_AFTER_TROUBLE_S)
            continue
        if pause:
            stop.wait(pause)


class _EverySecond:
    """Does what time has brought about, at most once a second; says whether it did."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self) -> bool:
        if time.monotonic() < self._next:
            return False
        run_due()
        self._next = time.monotonic() + _DUE_EVERY_S
        return True


def run_due() -> None:
    """Do what time has brought about: scheduled publishing, expiry, campaigns."""
    now = clock.now()
    for due in registry.due:
        due.run(now)


def work_once(press: Press, *, look: bool = False, notify: Notify | None = None) -> float:
    """Print what waits, else compress some pages; return how long to rest, in seconds.

    With ``look`` the press also looks whether theme, settings or version have changed, and tries
    pages again that could not be made. Until then those hold up nothing else.
    """
    if look or is_work_waiting(beyond=press.failed_pages) or press.is_never_pressed():
        report = press.press(notify=notify, looks=look)
        logger.info("pressed", extra={"written": report.written, "removed": report.removed})
        return 0.0
    if settings.HANDPRESS.press.compress:
        return 0.0 if pack_pages(press, limit=_PACK_AT_ONCE) else _LOOK_EVERY_S
    return _LOOK_EVERY_S
