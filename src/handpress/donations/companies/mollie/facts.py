"""What is fixed about Mollie: currencies and their decimals, languages, what it can do.

Currencies and decimals: docs.mollie.com/docs/multicurrency. Languages: the hosted page's, as the
reference of "create payment" lists them.
"""

from __future__ import annotations

from handpress.donations.companies.contract import Caps, Events
from handpress.donations.companies.errors import Refused

_DECIMALS = {
    **dict.fromkeys(
        """
        AED AUD BRL CAD CHF CZK DKK EUR GBP HKD HUF ILS MXN MYR NOK NZD PHP PLN RON SEK SGD THB TWD
        USD ZAR
        """.split(),
        2,
    ),
    **dict.fromkeys("ISK JPY".split(), 0),
}
_LOCALES = """
    ca_ES cs_CZ da_DK de_DE de_AT de_CH de_LU en_GB en_US es_ES fi_FI fr_FR fr_BE fr_LU hu_HU is_IS
    it_IT lt_LT lv_LV nb_NO nl_NL nl_BE pl_PL pt_PT sk_SK sv_SE
    """.split()
"""Of several for a language, the one that a bare language means stands first."""

CAPS = Caps(
    host="www.mollie.com",
    takes_mandates=True,
    gives_back=True,
    gives_back_parts=True,
    events=Events.HINT,
    needs_script=True,
    learns=("name", "account", "card"),
    currencies=frozenset(_DECIMALS),
)


def decimals_of(currency: str) -> int:
    """Return how many decimals Mollie wants of a currency; raises `Refused` where it takes none."""
    if currency not in _DECIMALS:
        raise Refused(f"Mollie takes no {currency}")
    return _DECIMALS[currency]


def locale_of(language: str) -> str:
    """Return the locale of Mollie's page for a language (BCP 47), or "" where it has none."""
    wanted = language.replace("-", "_")
    bare = wanted.partition("_")[0].lower()
    found = [each for each in _LOCALES if each.lower() == wanted.lower()]
    found += [each for each in _LOCALES if each.partition("_")[0] == bare]
    return found[0] if found else ""
