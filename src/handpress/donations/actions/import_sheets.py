"""The balance of a list: donors, monthly gifts, gifts; everything found is counted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from handpress.donations.lists import Refusal

_REFUSALS_KEPT = 200
PARTS = (("donors", "donors"), ("plans", "monthly gifts"), ("gifts", "gifts"))
FATES = (
    ("imported", "new"),
    ("updated", "known, and completed"),
    ("unchanged", "known, nothing to add"),
    ("refused", "not taken over"),
)
"""What became of what was found, and how that is said."""


@dataclass(slots=True)
class Count:
    """``found`` is the sum of all the others."""

    found: int = 0
    imported: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0

    def add(self, fate: str, count: int = 1) -> None:
        """Count something that was found."""
        self.found += count
        setattr(self, fate, getattr(self, fate) + count)

    @property
    def is_even(self) -> bool:
        """Say whether everything found is in one of the others."""
        return self.found == self.imported + self.updated + self.unchanged + self.refused


@dataclass(slots=True)
class Sheet:
    """What an import came to. ``passed_over`` are gifts that nobody asked to be booked.

    ``left_out`` counts lines that are about neither of the three, by why; ``plans_are`` how the
    monthly gifts that came new stand here. ``refusals`` are the first ones, with line and reason.
    """

    kind: str
    rows: int = 0
    donors: Count = field(default_factory=Count)
    plans: Count = field(default_factory=Count)
    gifts: Count = field(default_factory=Count)
    passed_over: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    plans_are: Counter[str] = field(default_factory=Counter)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    is_dry: bool = False

    def count(self, part: str, fate: str) -> None:
        """Count a donor, plan or gift."""
        counts: Count = getattr(self, f"{part}s")
        counts.add(fate)

    def refuse(self, refusal: Refusal) -> None:
        """Count what is not taken over; the first are listed."""
        self.count(refusal.what, "refused")
        if len(self.refusals) < _REFUSALS_KEPT:
            self.refusals.append(asdict(refusal))

    def refuse_all(self, refusals: Iterable[Refusal]) -> None:
        """Count several."""
        for each in refusals:
            self.refuse(each)

    @property
    def refused(self) -> int:
        """How much was not taken over, in all."""
        return self.donors.refused + self.plans.refused + self.gifts.refused

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        values = asdict(self)
        values["left_out"], values["plans_are"] = dict(self.left_out), dict(self.plans_are)
        values["dry_run"] = values.pop("is_dry")
        return values
