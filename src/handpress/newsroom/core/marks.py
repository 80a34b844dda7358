"""What the theme says inside a stored body: marked when it is stored, said when it is printed.

So a body knows no language of the interface, and a better translation needs no article saved.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from handpress.lib.html import WORD_MARK, SafeHtml

SAID, BACK = "said", "back"
"""The attributes of an element that says such a thing, and those that lead back inside it."""
TABLE, NOTES, TO_TEXT = "table", "notes", "to-text"

_MARKED = re.compile(f"{WORD_MARK}([a-z-]+)=?([0-9.]*){WORD_MARK}")


def marked(what: str, number: str = "") -> SafeHtml:
    """Return the mark at which the theme will say `what`, of a thing of this number."""
    return SafeHtml(f"{WORD_MARK}{what}{'=' if number else ''}{number}{WORD_MARK}")


def said_at_marks(fragment: str, say: Callable[[str, str], str]) -> str:
    """Return stored HTML with what ``say(what, number)`` returns at each mark."""
    if WORD_MARK not in fragment:
        return fragment
    return _MARKED.sub(lambda found: say(found[1], found[2]), fragment)
