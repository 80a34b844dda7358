"""The one process that works besides serving: it presses, schedules, and will send."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess

from handpress.project.parent import follow_parent

logger = logging.getLogger(__name__)

# Readers go first: the press yields the processor to the web processes.
_NICENESS = 5
_FIRST_DELAY_S = 1.0
_LONGEST_DELAY_S = 60.0
# Work that went well for so long has recovered from whatever it died of before.
_HEALTHY_AFTER_S = 60.0


class Background:
    """Keeps one process at `work` (a dotted name), and starts it anew should it end."""

    def __init__(self, work: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._work = work
        self._clock = clock
        self._stop = threading.Event()
        self._process: BaseProcess | None = None
        self._keeper = threading.Thread(target=self._keep, name="background-keeper")

    def start(self) -> None:
        """Start the process and the thread that watches over it."""
        self._keeper.start()

    def ask_to_stop(self) -> None:
        """Tell the process to finish what it is at; return at once."""
        self._stop.set()
        process = self._process
        if process is not None and process.is_alive():
            process.terminate()

    def stop(self, *, patience_s: float) -> None:
        """Stop the process, by force once `patience_s` have passed: its work allows for that."""
        self.ask_to_stop()
        if not self._keeper.is_alive():
            return
        self._keeper.join(patience_s)
        process = self._process
        if self._keeper.is_alive() and process is not None:
            logger.warning("Background work was stopped by force")
            process.kill()
            self._keeper.join()

    def _keep(self) -> None:
        delay_s = _FIRST_DELAY_S
        while not self._stop.is_set():
            started_s = self._clock()
            status = self._run_once()
            if self._stop.is_set():
                return
            if self._clock() - started_s > _HEALTHY_AFTER_S:
                delay_s = _FIRST_DELAY_S
            logger.error(
                "Background work ended and is started anew",
                extra={"exit_status": status, "after_s": delay_s},
            )
            self._stop.wait(delay_s)
            delay_s = min(2 * delay_s, _LONGEST_DELAY_S)

    def _run_once(self) -> int | None:
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=work_in_background, args=(self._work,), name="background")
        process.start()
        self._process = process
        if self._stop.is_set():  # asked between the start and now
            process.terminate()
        process.join()
        return process.exitcode


def work_in_background(work: str) -> None:
    """Run the function with the dotted name `work` until a signal asks this process to stop.

    SIGTERM is handled before anything slow is imported; what comes earlier ends the process.
    """
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    follow_parent()
    os.nice(_NICENESS)

    import django
    from django.utils.module_loading import import_string

    django.setup()
    begin = import_string(work)
    # What is imported stays: the collector would go through it again and again to free nothing.
    gc.freeze()
    begin(stop)
