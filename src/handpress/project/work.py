"""All that is done in the background: the press, and mail and companies in threads beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from handpress.digest.tasks import editions_forever, letters_forever
from handpress.donations.tasks import companies_forever
from handpress.mail.inbound.tasks import mailbox_forever
from handpress.press import tasks as press_tasks

_LOOK_EVERY_S = 0.5


class _Either:
    """Is set when either of two events is."""

    def __init__(self, asked: press_tasks.Stop, ended: threading.Event) -> None:
        self._asked = asked
        self._ended = ended

    def is_set(self) -> bool:
        return self._asked.is_set() or self._ended.is_set()

    def wait(self, timeout: float) -> bool:
        while timeout > 0 and not self.is_set():
            step = min(timeout, _LOOK_EVERY_S)
            self._asked.wait(step)
            timeout -= step
        return self.is_set()


def work_forever(stop: press_tasks.Stop) -> None:
    """Work until ``stop`` is set, or until the press ends since the settings have changed."""
    ended = threading.Event()
    beside: list[Callable[[_Either], None]] = [
        editions_forever,
        letters_forever,
        mailbox_forever,
        companies_forever,
    ]
    threads = [
        threading.Thread(target=work, args=(_Either(stop, ended),), name=work.__name__)
        for work in beside
    ]
    for thread in threads:
        thread.start()
    try:
        press_tasks.work_forever(stop)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
