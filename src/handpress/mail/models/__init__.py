from handpress.mail.models.letters import OPEN_STATES, Letter, LetterState

__all__ = ["OPEN_STATES", "Letter", "LetterState"]
