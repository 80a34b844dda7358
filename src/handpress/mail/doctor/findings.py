"""Findings about mail: with the record to publish, where that is what mends it."""

from __future__ import annotations

from dataclasses import dataclass

from handpress.lib.findings import Finding, State
from handpress.mail.core.records import Record


@dataclass(frozen=True, slots=True)
class MailFinding(Finding):
    """A finding, and the record that mends it."""

    record: Record | None = None


def publish(
    check: str, state: State, what: str, record: Record, *, instead: bool = False
) -> MailFinding:
    """Return a finding that a record mends, to be published anew or instead of what stands."""
    verb = "Publish instead:" if instead else "Publish:"
    return MailFinding(check, state, what, f"{verb} {record}", record)
