"""What time brings about for readers, by the background process."""

from __future__ import annotations

from datetime import datetime, timedelta

from handpress.digest.actions.readers import forget_unconfirmed, paused_until_now, wake_paused
from handpress.digest.actions.uploads import forget_uploads

_FORGET_EVERY = timedelta(hours=1)


class ReaderKeeper:
    """Does for readers what time brings about; cheap to ask every second."""

    def __init__(self) -> None:
        self._forget_at: datetime | None = None

    def keep(self, now: datetime) -> None:
        """End pauses that are over; once an hour, forget what is to be forgotten."""
        if paused_until_now(now).exists():
            wake_paused(now)
        if self._forget_at is None or now >= self._forget_at:
            self._forget_at = now + _FORGET_EVERY
            forget_unconfirmed(now)
            forget_uploads(now)
