"""What nothing that is printed names: the accounts that gifts come to.

They may be others tomorrow, and copies of a page go on showing what it said. Who knows of such
accounts says so with `names_never`; the desk's forms refuse what names one. Appeals, and what
stands on every page, name no account at all and no company that takes gifts
(`names_no_company`). News may.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from html import unescape
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from stdnum import bitcoin, iban
from wagtail.blocks import StreamValue

_TOLD: list[Callable[[], Iterable[str]]] = []
_COMPANIES: list[Callable[[], Iterable[re.Pattern[str]]]] = []
_SHORTEST = 6
"""Signs of an account; what is shorter stands in any text."""
_BETWEEN = r"[\s.\-/_:\u2010-\u2015]{0,2}"
_LOOKS_LIKE_IBAN = re.compile(rf"(?<![A-Z0-9])[A-Z]{{2}}[0-9]{{2}}(?:{_BETWEEN}[A-Z0-9]){{11,30}}")
_LOOKS_LIKE_COINS = re.compile(
    r"(?<![A-Za-z0-9])(?:0x[0-9A-Fa-f]{40}|bc1[02-9ac-hj-np-z]{38,59}|BC1[02-9AC-HJ-NP-Z]{38,59}|"
    r"[13][1-9A-HJ-NP-Za-km-z]{25,34})(?![A-Za-z0-9])"
)
_LEAST_OF_IBAN = 15


def names_never(told: Callable[[], Iterable[str]]) -> None:
    """Register what returns accounts' numbers and addresses of pages that take gifts."""
    if told not in _TOLD:
        _TOLD.append(told)


def names_no_company(told: Callable[[], Iterable[re.Pattern[str]]]) -> None:
    """Register what returns how companies that take gifts are named, as patterns to search for."""
    if told not in _COMPANIES:
        _COMPANIES.append(told)


def named_in(text: str, accounts: Iterable[str]) -> Iterator[str]:
    """Yield those of the accounts that stand in a text, however their signs are grouped."""
    upper = _plain(text).upper()
    for account in accounts:
        signs = [sign for sign in account.upper() if sign.isalnum()]
        if len(signs) < _SHORTEST:
            continue
        if "://" in account:
            if account.rstrip("/").upper() in upper:
                yield account
        elif re.search(rf"(?<![A-Z0-9]){_BETWEEN.join(map(re.escape, signs))}(?![A-Z0-9])", upper):
            yield account


def ibans_in(text: str) -> Iterator[str]:
    """Yield what stands in a text and has the check digits of an IBAN, as it is written there.

    Signs of other scripts, and wide ones, come as those of ASCII.
    """
    for found in _LOOKS_LIKE_IBAN.finditer(_plain(text)):
        written = found[0]
        for end in range(len(written), _LEAST_OF_IBAN - 1, -1):
            if iban.is_valid(re.sub(_BETWEEN, "", written[:end])):
                yield written[:end].strip()
                break


def coins_in(text: str) -> Iterator[str]:
    """Yield the addresses in a text that coins can be sent to: Bitcoin's, and Ethereum's form."""
    for found in _LOOKS_LIKE_COINS.finditer(_plain(text)):
        if found[0][0] in "0bB" or bitcoin.is_valid(found[0]):
            yield found[0]


def refuse_accounts(form: forms.BaseForm, *, asks: Iterable[str] = ()) -> None:
    """Say at each field what it names that must not be printed.

    In the fields ``asks``, where readers are asked for something, that is any account at all,
    whoever's, and any company that takes gifts.
    """
    texts = {name: _text(value) for name, value in form.cleaned_data.items()}
    texts = {name: text for name, text in texts.items() if text}
    accounts = _accounts() if texts else []
    strict = set(asks)
    for name, text in texts.items():
        if why := _why_not(text, accounts, asks=name in strict):
            form.add_error(name, why)


def refuse_account(text: str, *, asks: bool = False) -> None:
    """Raise ValidationError where a text names what must not be printed, as `refuse_accounts`."""
    if why := _why_not(text, _accounts(), asks=asks):
        raise ValidationError(why)


def why_not_printed(*texts: str) -> str:
    """Return why words that ask readers for something must not be printed, or ""."""
    accounts = _accounts()
    return next(filter(None, (_why_not(text, accounts, asks=True) for text in texts)), "")


def _accounts() -> list[str]:
    return sorted({each for told in _TOLD for each in told()})


def _why_not(text: str, accounts: Iterable[str], *, asks: bool) -> str:
    for found in named_in(text, accounts):
        return f"“{found}” is where gifts go. {_COPIES}"
    if asks:
        for found in (*ibans_in(text), *coins_in(text)):
            return f"“{found}” is an account: for readers that is where gifts go. {_COPIES}"
        plain = _plain(text)
        for company in (each for told in _COMPANIES for each in told()):
            if named := company.search(plain):
                return f"“{named[0]}” takes gifts, or may tomorrow. {_NO_COMPANY}"
    return ""


_SINCE = "since copies would go on showing it when it is lost. Lead readers to /donate/ instead."
_COPIES = f"Nothing that is printed names it, {_SINCE}"
_NO_COMPANY = f"Nothing that asks readers for something names such a company, {_SINCE}"


def _plain(text: str) -> str:
    """Return a text with signs of the same meaning made one, and those that nobody sees left out.

    Digits of all scripts, wide letters and all blanks become those of ASCII.
    """
    signs = (sign for sign in unicodedata.normalize("NFKC", text) if _is_seen(sign))
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in signs)


def _is_seen(sign: str) -> bool:
    return unicodedata.category(sign) != "Cf"


def _text(value: Any) -> str:
    if isinstance(value, StreamValue):
        written = json.dumps(list(value.get_prep_value()), ensure_ascii=False, default=str)
        # Whatever is between two signs: a change of weight, an entity.
        return unescape(re.sub(r"<[^>]*>", "", written))
    return value if isinstance(value, str) else ""
