"""How often gifts may be promised. Whoever comes after that is still told how to give.

A promise costs a row, and a flood of them would bury the real ones. A letter costs more: it goes to
whatever address was typed.
"""

from __future__ import annotations

from datetime import timedelta

from handpress.accounts.core.limits import Limit

NETWORK = Limit("donations.network", 20, timedelta(hours=1))
"""Promises from one network."""

EVERYBODY = Limit("donations.everybody", 600, timedelta(hours=1))
"""Promises from all networks together."""

LETTER = Limit("donations.letter", 3, timedelta(days=1))
"""Letters to one mailbox, whoever asks for them."""

LETTERS = Limit("donations.letters", 60, timedelta(hours=1))
"""Letters to all mailboxes together."""
