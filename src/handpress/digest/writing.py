"""Each reader's message of an edition: compiled once for each choice of topics, then joined."""

from __future__ import annotations

from handpress.digest import editions
from handpress.digest.ledger import Claimed
from handpress.digest.models import Edition
from handpress.digest.sender import Message
from handpress.mail.core.wire import Compiled
from handpress.mail.envelopes import in_ascii


class EditionWriter:
    """Makes the messages of one edition."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self._compiled: dict[tuple[int | None, str], Compiled | None] = {}

    def prepare(self, rows: list[Claimed]) -> None:
        """Compile what these readers chose, where nobody before them chose the same."""
        for key in {(row.choice_id, row.language) for row in rows}:
            if key not in self._compiled:
                self._compiled[key] = editions.compiled(self._edition, *key)

    def write(self, row: Claimed) -> Message | None:
        """Return a reader's message, with their own links and the address of their own bounces.

        None for whoever chose, while it was begun, topics of which it has nothing.
        """
        compiled = self._compiled[row.choice_id, row.language]
        if compiled is None:
            return None
        slots = editions.slots(self._edition.pk, row.reader_id, row.uuid, row.address)
        return Message(slots["envelope"], in_ascii(row.address), compiled.build(slots))
