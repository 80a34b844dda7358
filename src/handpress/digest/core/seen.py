"""What an editor was shown of an edition when they began to change it; pure.

It comes back with their form, so that what they left alone can be told from what they changed.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """``version`` is a name for what was saved then, ``order`` the articles that were in it.

    ``headline`` is the lead's, which was the subject unless somebody had written another.
    """

    version: str = ""
    order: tuple[str, ...] = ()
    subject: str = ""
    headline: str = ""
    note: str = ""

    @property
    def lead(self) -> str:
        """The article that stood first, "" where there was none."""
        return self.order[0] if self.order else ""

    def as_text(self) -> str:
        """Return it as one line, for a form."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Self:
        """Return what `as_text` wrote; of anything else, that nothing was seen."""
        try:
            data = json.loads(text)
            words = {name: str(data[name]) for name in ("version", "subject", "headline", "note")}
            return cls(order=tuple(map(str, data["order"])), **words)
        except (ValueError, TypeError, KeyError, RecursionError):
            return cls()

    def left_alone(self, name: str, text: str) -> bool:
        """Say whether a text is what was shown, whatever a browser made of its spaces."""
        shown: Any = getattr(self, name)
        return text.split() == shown.split()
