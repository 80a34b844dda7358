"""What can go wrong with a company, by what may be done about it."""

from __future__ import annotations

from datetime import timedelta


class CompanyError(Exception):
    """Something went wrong; the message holds no secret and nothing about a donor."""


class CompanyDown(CompanyError):
    """Nothing was sent, or it was refused before anything was done: another way may be tried."""


class OutcomeUnknown(CompanyError):
    """Something was sent, and no answer came that says what became of it. Only looking helps."""


class CompanyRevoked(CompanyError):
    """Our key is refused, or the account is closed."""


class Declined(CompanyError):
    """The donor's bank or wallet said no; ``code`` is the company's word, ``again`` when to try
    once more, None for never."""

    def __init__(self, code: str, *, again: timedelta | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.again = again


class NeedsDonor(CompanyError):
    """The donor must be there for this one, as where the bank asks for a second factor."""


class Refused(CompanyError):
    """The company says that we ask for what cannot be: a fault of ours, or a limit of theirs."""


class Unsupported(CompanyError):
    """The company has no such thing."""


class Forged(CompanyError):
    """An event that the company did not send, or not to us; the message says which sign failed."""


class CannotVerify(CompanyError):
    """Whether an event is true cannot be asked now; it is kept, and asked later."""
