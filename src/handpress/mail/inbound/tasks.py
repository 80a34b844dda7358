"""The mailbox, looked into in the background beside the press."""

from __future__ import annotations

import logging
import time
from typing import Protocol

from django.conf import settings
from django.db import close_old_connections

from handpress.mail.inbound.mailbox import Emptied, MailboxTrouble, empty_mailbox
from handpress.mail.locks import only_one
from handpress.mail.returned import forget_old, take_notice

logger = logging.getLogger(__name__)

_EVERY_S = 300.0
_DAY_S = 86_400.0
_LOCK = "mailbox"


class Stop(Protocol):
    """What ends the work: an event of threads or processes."""

    def is_set(self) -> bool: ...
    def wait(self, timeout: float) -> bool: ...


def poll_once() -> Emptied:
    """Look into the mailbox of the settings, unless another process does; raise MailboxTrouble."""
    mailbox = settings.HANDPRESS.mailbox
    if not mailbox.host:
        return Emptied()
    with only_one(_LOCK) as is_ours:
        return empty_mailbox(mailbox, take_notice) if is_ours else Emptied()


def mailbox_forever(stop: Stop) -> None:
    """Look every five minutes until ``stop`` is set; trouble is logged, and nothing is lost.

    Once a day, what came back long ago is forgotten.
    """
    tidied = 0.0
    while not stop.is_set():
        try:
            if not tidied or time.monotonic() - tidied > _DAY_S:
                forget_old()
                tidied = time.monotonic()
            found = poll_once()
            if found.taken:
                logger.info("mailbox_emptied", extra={"taken": found.taken, "left": found.left})
        except MailboxTrouble as trouble:
            logger.warning("mailbox_trouble", extra={"why": str(trouble)})
        except Exception:
            # Whatever it is: nobody would start this work again before the server is.
            logger.exception("mailbox_failed")
        close_old_connections()
        stop.wait(_EVERY_S)
