"""How companies that take gifts are named in prose, in the scripts in which they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

NAMES: Sequence[re.Pattern[str]] = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"pay[\s-]?pal|페이팔|ペイパル|贝宝|(?:باي\s?بال|بيبال|پی\s?پال)(?![\u0621-\u064a])|пэйпал|пейпал",
        r"go[\s-]?cardless|고카드리스|جو\s?كاردليس",
        r"btc[\s-]?pay",
        r"(?<![a-z0-9])(?:stripe|mollie)\.(?:com|me)(?![a-z0-9])",
    )
)
"""Names that are nothing else, and addresses of those that are."""

NAMES_THAT_ARE_WORDS: Mapping[str, re.Pattern[str]] = {
    # “Papers of every stripe”; Mollie is a forename.
    "stripe": re.compile(r"(?<![A-Za-z])(?:Stripe|STRIPE)(?![A-Za-z])|스트라이프|سترايب|страйп"),
    "mollie": re.compile(r"(?<![A-Za-z])(?:Mollie|MOLLIE)(?![A-Za-z])"),
}
"""By kind of rail: names as a company writes its own, in small letters a word of every day."""
