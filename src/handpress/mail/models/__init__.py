from handpress.mail.models.letters import OPEN_STATES, Letter, LetterState
from handpress.mail.models.relays import RelayDay

__all__ = ["OPEN_STATES", "Letter", "LetterState", "RelayDay"]
