"""Children that end with the process that started them, however that one ended."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait

# How long a child may take to finish what it is at.
_PATIENCE_S = 8.0


def follow_parent() -> None:
    """Ask this process to stop (SIGTERM) once its parent is gone, and make it stop soon after.

    A supervisor that is killed cannot stop its children; left alone, they would hold the port.
    Only in a child started by `multiprocessing`; elsewhere this does nothing.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()


def _follow(sentinel: int) -> None:
    wait([sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(_PATIENCE_S)
    os._exit(1)
