"""How far a session has come: the rule that the gate applies to every request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

# A working day without a sign of life, and a week at most (OWASP ASVS 5.0, 7.3.1 and 7.3.2).
IDLE_LIMIT = timedelta(hours=12)
WHOLE_LIMIT = timedelta(days=7)


class Standing(Enum):
    """What a session is good for."""

    STRANGER = "nobody is signed in"
    OUT_OF_TIME = "it has been idle or has lasted too long"
    UNPROVEN = "its user has a second factor, and it has not shown one"
    SETTING_UP = "its user must set up a second factor first"
    IN = "it may use the desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """What is known of a session in which somebody is signed in."""

    signed_in_at: datetime
    seen_at: datetime
    has_shown_factor: bool
    has_factor: bool
    must_have_factor: bool


def judge(facts: SessionFacts | None, now: datetime) -> Standing:
    """Return the standing of a session; None stands for one without a user.

    What counts is what this very session has done: that its user owns a factor opens nothing.
    """
    if facts is None:
        return Standing.STRANGER
    if now - facts.seen_at > IDLE_LIMIT or now - facts.signed_in_at > WHOLE_LIMIT:
        return Standing.OUT_OF_TIME
    if facts.has_factor and not facts.has_shown_factor:
        return Standing.UNPROVEN
    if facts.must_have_factor and not facts.has_factor:
        return Standing.SETTING_UP
    return Standing.IN
