"""The delivery ledger: who was sent what, such that nobody is mailed twice and nobody forgotten.

A delivery is claimed by a worker, *dotted* in a commit of its own before the end of the message
is said to the relay, and then given the relay's answer. Whatever dies at whatever moment, what is
dotted without an answer is all that can be in doubt, and it is held for a person.
"""

from handpress.digest.ledger.books import Ledger
from handpress.digest.ledger.freezing import begin_sending, freeze_deliveries
from handpress.digest.ledger.values import Claimed, Intent, NotDurable, Recovered, Result

__all__ = [
    "Claimed",
    "Intent",
    "Ledger",
    "NotDurable",
    "Recovered",
    "Result",
    "begin_sending",
    "freeze_deliveries",
]
