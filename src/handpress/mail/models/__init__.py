from handpress.mail.models.letters import OPEN_STATES, Letter, LetterState
from handpress.mail.models.relays import RelayDay
from handpress.mail.models.returned import (
    EventKind,
    MailEvent,
    Outcome,
    ReceiverDay,
    Suppression,
    SuppressionReason,
)

__all__ = [
    "OPEN_STATES",
    "EventKind",
    "Letter",
    "LetterState",
    "MailEvent",
    "Outcome",
    "ReceiverDay",
    "RelayDay",
    "Suppression",
    "SuppressionReason",
]
