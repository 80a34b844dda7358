from handpress.mail.models.letters import Letter, LetterState

__all__ = ["Letter", "LetterState"]
