"""How often one may ask for mail: whom a limit counts, how many, in what time.

A flood must send a handful of mails, and must not stand in anybody's way. So there are two
steps: what comes fast is asked to press once more, on a page made for that address at that
moment, which costs a person a second and a flood of forms everything. Only a network that
answers even that many times has to wait.
"""

from __future__ import annotations

from datetime import timedelta

from handpress.accounts.core.limits import Limit

ADDRESS = Limit("address", 3, timedelta(days=1))
"""Mails to one mailbox, whoever asks for them."""

NETWORK = Limit("network", 3, timedelta(hours=1))
"""From one network, straight from the form."""

EVERYBODY = Limit("everybody", 10, timedelta(minutes=10))
"""From all networks together, straight from the form."""

PATIENT_NETWORK = Limit("patient network", 12, timedelta(hours=1))
"""From one network, by those who pressed once more."""

OWN_DATA = Limit("own data", 3, timedelta(days=1))
"""Links to a reader's own data."""

WISHES = Limit("wishes to leave", 30, timedelta(hours=1))
"""Links to leave that are mailed because somebody wrote in a reader's name, for all together."""

STAMP = Limit("stamp", 1, timedelta(days=1))
"""A page on which to press once more is good for one answer."""

SOONEST = timedelta(seconds=2)
"""Nobody reads such a page and presses its button faster."""
LATEST = timedelta(hours=1)
