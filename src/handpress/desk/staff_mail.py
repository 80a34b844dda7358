"""Mail for staff: links of the accounts leave as letters, where a relay takes mail.

Without one they would stand in the outbox, where a link for somebody else's password could be read
by others: they are then shown to whoever makes them, and to nobody else.
"""

from __future__ import annotations

import logging

from django.conf import settings

from handpress.mail.letters import write_letter

logger = logging.getLogger(__name__)


class Letters:
    """Letters as the way that links leave by."""

    def is_open(self) -> bool:
        """Say whether a relay takes mail."""
        return not settings.HANDPRESS.mail.uses_outbox

    def send(self, *, to: str, subject: str, text: str, kind: str, deadline_s: int) -> None:
        """Write a letter in the caller's transaction."""
        if not self.is_open():
            return
        try:
            write_letter(
                to=to,
                subject=subject,
                text=text,
                kind=kind,
                language=settings.LANGUAGE_CODE,
                deadline_s=deadline_s,
            )
        except ValueError:
            # An old address in a form that no relay takes; the link is shown all the same.
            logger.warning("staff_letter_not_written", extra={"kind": kind})
