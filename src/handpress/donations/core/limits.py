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

SESSIONS_NETWORK = Limit("donations.sessions.network", 5, timedelta(minutes=10))
"""Pages of companies that are made for one neighbourhood (a /24, a /56 of IPv6): who tries stolen
cards needs many, and has more than one address."""

SESSIONS = Limit("donations.sessions", 120, timedelta(hours=1))
"""Pages of companies for everybody together."""

SESSIONS_PLEDGE = Limit("donations.sessions.pledge", 4, timedelta(days=1))
"""Pages for one promise."""

EVENTS_NETWORK = Limit("donations.events.network", 6000, timedelta(minutes=10))
"""What one network sends in the name of a company that signs nothing."""

FORGED = Limit("donations.events.forged", 60, timedelta(minutes=10))
"""Forged events of one network that are written down; those after them leave no trace."""
