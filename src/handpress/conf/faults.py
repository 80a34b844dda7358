"""What is wrong with the settings, in words for the person who wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

# What people write when they know another system's word for it.
_SYNONYMS = {
    "title": "name",
    "site_name": "name",
    "slogan": "tagline",
    "description": "tagline",
    "lang": "language",
    "locale": "language",
    "tz": "time_zone",
    "url": "address",
    "base_url": "address",
    "domain": "address",
    "site": "site_dir",
    "output": "site_dir",
    "bind": "host",
    "allowed_hosts": "trusted_hosts",
    "hosts": "trusted_hosts",
    "processes": "workers",
    "email": "contact_email",
    "check": "cheque",
    "holder": "account_holder",
    "swift": "bic",
    "payee": "payable_to",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where it stands, what it is, what would be right."""

    where: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem} {self.remedy}".rstrip()


class SettingsError(Exception):
    """The settings cannot be used; `faults` names everything that was found."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: Sequence[Fault] = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        count = len(self.faults)
        head = "One setting needs" if count == 1 else f"{count} settings need"
        lines = "\n".join(f"  - {fault}" for fault in self.faults)
        return f"{head} attention before Handpress can start:\n{lines}"


class WrongValueError(ValueError):
    """Raised by a kind for a value it cannot take: what is wrong, what would be right."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        self.problem = problem
        self.remedy = remedy
        super().__init__(problem)


def guess_meant(word: str, known: Iterable[str]) -> str:
    """Return the one of `known` that `word` was probably meant to be, or ""."""
    choices = list(known)
    synonym = _SYNONYMS.get(word)
    if synonym in choices:
        return synonym
    return next(iter(get_close_matches(word, choices, n=1, cutoff=0.6)), "")
