"""Language tags (BCP 47): their form, script and direction."""

from __future__ import annotations

import re
from functools import lru_cache

_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)",
    re.IGNORECASE | re.ASCII,
)
RIGHT_TO_LEFT = frozenset("ar arc ckb dv fa he ks lrc mzn nqo ps sd syr ug ur yi".split())
"""Languages that read from right to left unless their tag names another script."""
_SCRIPTS = frozenset("Adlm Arab Aran Armi Hebr Mand Mend Nkoo Rohg Samr Syrc Thaa Yezi".split())


@lru_cache(maxsize=1_000)
def tidy_tag(text: str) -> str:
    """Return a language tag in its usual form ("pt-br" is "pt-BR"), or "" for what is none."""
    found = _TAG.fullmatch(text.strip())
    if not found:
        return ""
    parts = [found["language"].lower(), (found["script"] or "").title()]
    parts += [(found["region"] or "").upper(), found["variants"].strip("-").lower()]
    return "-".join(part for part in parts if part)


@lru_cache(maxsize=1_000)
def script_of(tag: str) -> str:
    """Return the script (ISO 15924) that a tag names, else the likely one (CLDR), else ""."""
    from babel.core import get_global  # Reading settings, which every verb does, goes without.

    language, *rest = tag.split("-")
    named = next((part for part in rest if len(part) == 4 and part.isalpha()), "")
    if named:
        return named.title()
    likely = get_global("likely_subtags")
    regions = [part.upper() for part in rest if len(part) in {2, 3}]
    for key in (*(f"{language.lower()}_{region}" for region in regions), language.lower()):
        if key in likely:
            return next((part for part in likely[key].split("_") if len(part) == 4), "")
    return ""


def direction_of(tag: str) -> str:
    """Return "rtl" or "ltr" for a language tag."""
    return "rtl" if script_of(tag) in _SCRIPTS else "ltr"
