"""Money: whole minor units and a currency, never a float; read as people type it, shown
as they read it.

How many decimals a currency has is a table of ours (ISO 4217), because stored amounts must not
change their meaning when a library does. What amounts look like in a language comes from CLDR.
"""

from __future__ import annotations

import re
import unicodedata
from copy import copy
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.numbers import get_currency_name, get_currency_symbol

LARGEST_MINOR = 2**63 - 1
"""What a database column of whole numbers holds."""

# ISO 4217, list one; what is not named here has two decimals.
_EXPONENTS = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
_LONGEST = 60
_DECIMAL, _GROUP = "\u066b", "\u066c"
"""The Arabic marks are never mistaken for each other, so they stand for what is certain."""
_INVISIBLE = re.compile("[\u200b-\u200f\u061c\u2066-\u2069\u202a-\u202e\u2060\ufeff]")
_SIGNS = "".join(chr(n) for n in range(0x10000) if unicodedata.category(chr(n)) == "Sc")
_BEFORE = re.compile(rf"^([^\W\d_]*[{_SIGNS}]?[^\W\d_]*)\s*(?=\S)")
_AFTER = re.compile(rf"(?<=\S)\s*([^\W\d_]*[{_SIGNS}]?[^\W\d_]*)$")
_NO_CENTS = re.compile(r"[.,]\s*[-\u2013\u2014]$")
_MINUS = re.compile(r"^\(.*\)$|[-\u2010-\u2015\u2212]")
_BLANKS_AND_APOSTROPHES = re.compile(r"[\s'\u2018\u2019\u02bc]")
_GROUPED = re.compile(r"\d{1,3}(?:G\d{3})+|\d{1,2}(?:G\d{2})*G\d{3}")
"""By thousands, or as in India by hundreds above the first thousand."""


class AmountError(ValueError):
    """What was typed is no amount of that currency; the message says so to whoever typed it."""


class AmountUnclear(AmountError):
    """What was typed can be read in two ways; `readings` are both, in minor units."""

    def __init__(self, message: str, readings: tuple[int, int]) -> None:
        super().__init__(message)
        self.readings = readings


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency, in its minor units (cents, fils, or whole won)."""

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + other._in(self.currency), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - other._in(self.currency), self.currency)

    def _in(self, currency: str) -> int:
        if currency != self.currency:
            raise ValueError(f"{self.currency} and {currency} do not add up")
        return self.minor


def exponent_of(currency: str) -> int:
    """Return how many decimals a currency has (ISO 4217)."""
    return _EXPONENTS.get(currency, 2)


@lru_cache(maxsize=1)
def currencies() -> tuple[str, ...]:
    """Return the codes of all currencies that are legal tender somewhere today, in order."""
    used = get_global("territory_currencies").values()
    return tuple(
        sorted({code for some in used for code, _, end, legal in some if legal and not end})
    )


def currency_of(territory: str) -> str:
    """Return the currency that is legal tender in a territory (ISO 3166) today, or ""."""
    rows = get_global("territory_currencies").get(territory, ())
    return next((str(code) for code, _, end, legal in rows if legal and not end), "")


def currency_name(currency: str, language: str = "en") -> str:
    """Return what a currency is called in a language, or its code where nobody knows."""
    return str(get_currency_name(currency, locale=_locale(language)))


def parse_amount(text: str, currency: str) -> int:
    """Read an amount as people type it and return it in minor units.

    "1234,5", "1,234.50", "1.234,50", "1 234.50", "1'234.50", "12,34,567", "€ 1.234,50", digits
    of any script. Raises `AmountUnclear` where two readings are possible ("1.234" of a currency
    with three decimals), `AmountError` where none is; never rounds.
    """
    number = _bare_number(text, currency)
    readings = _readings(number, exponent_of(currency))
    if not readings:
        raise AmountError(_complaint(number, currency))
    if len(readings) > 1:
        one, other = (plain_amount(each, currency) for each in readings)
        message = (
            f"“{text.strip()}” can mean {one} or {other}. Please write it in one of these ways."
        )
        raise AmountUnclear(message, (readings[0], readings[1]))
    if readings[0] > LARGEST_MINOR:
        raise AmountError("That is more money than there is. Please check the number of zeros.")
    return readings[0]


def plain_amount(minor: int, currency: str) -> str:
    """Write an amount for a form, without grouping; `parse_amount` reads it back as the same."""
    exponent = exponent_of(currency)
    whole, part = divmod(abs(minor), 10**exponent)
    sign = "-" if minor < 0 else ""
    if not exponent:
        return f"{sign}{whole}"
    text = f"{sign}{whole}.{part:0{exponent}d}"
    # Three decimals after a short number look like thousands; a fourth says that they are none.
    return f"{text}0" if exponent == 3 and 1 <= whole < 1000 else text


def format_money(
    minor: int, currency: str, language: str = "en", *, hides_zeros: bool = False
) -> str:
    """Write an amount as readers of a language do.

    With ``hides_zeros`` round sums have no decimals.
    Exact for all that a column holds; a language that CLDR does not know is shown as English.
    """
    locale = _locale(language)
    exponent = exponent_of(currency)
    is_round = minor % 10**exponent == 0
    pattern = copy(locale.currency_formats["standard"])
    shown = 0 if hides_zeros and is_round else exponent
    pattern.frac_prec = (shown, shown)
    value = Decimal(minor).scaleb(-exponent, Context(prec=60))
    return str(pattern.apply(value, locale, currency=currency, currency_digits=False))


def format_number(number: int, language: str = "en") -> str:
    """Write a whole number with the grouping of a language."""
    locale = _locale(language)
    return str(locale.decimal_formats[None].apply(Decimal(number), locale))


def format_percent(percent: int, language: str = "en") -> str:
    """Write a whole number of hundredths as readers of a language do."""
    locale = _locale(language)
    return str(locale.percent_formats[None].apply(Decimal(percent).scaleb(-2), locale))


# Reading --------------------------------------------------------------------------------------


def _bare_number(text: str, currency: str) -> str:
    """Return digits and separators alone: ASCII digits, ".", ",", and the two certain marks."""
    if len(text) > _LONGEST:
        raise AmountError("That is too long for an amount.")
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip()
    if not text:
        raise AmountError("Please write an amount.")
    text = _NO_CENTS.sub("", _without_currency(text, currency))
    if _MINUS.search(text):
        raise AmountError("An amount cannot be below zero.")
    text = _BLANKS_AND_APOSTROPHES.sub(_GROUP, text)
    number = "".join(_digit(character) for character in text)
    if not re.fullmatch(rf"[0-9.,{_DECIMAL}{_GROUP}]*[0-9][0-9.,{_DECIMAL}{_GROUP}]*", number):
        raise AmountError("That is no amount. Please write figures, such as 1234.50.")
    return number


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


def _without_currency(text: str, currency: str) -> str:
    """Take the currency's code or symbol off either end; refuse another's."""
    for affix in (_BEFORE, _AFTER):
        found = affix.search(text)
        if found and _is_own(found[1], currency):
            text = text.replace(found[0], "", 1)
    names = set(re.findall("[A-Z]{3}", text.upper())).intersection(currencies())
    if names or any(sign in _SIGNS for sign in text):
        raise AmountError(f"Please write the amount in {currency}.")
    return text


def _is_own(name: str, currency: str) -> bool:
    """Say whether a name such as EUR, €, US$ or kr stands for the currency."""
    symbols = _symbols(currency)
    if name.casefold() in symbols:
        return True
    signs = {one for one in name if one in _SIGNS}
    letters = "".join(one for one in name.upper() if one not in _SIGNS)
    known = {sign for symbol in symbols for sign in symbol}
    return signs <= known and bool(signs) and currency.startswith(letters)


@lru_cache(maxsize=200)
def _symbols(currency: str) -> frozenset[str]:
    """Return the code of a currency and what it goes by in English and where it is at home."""
    names = {currency, get_currency_symbol(currency, locale="en")}
    for territory, some in get_global("territory_currencies").items():
        if any(code == currency and legal and not end for code, _, end, legal in some):
            names |= _symbols_in(territory, currency)
    return frozenset(name.casefold() for name in names)


def _symbols_in(territory: str, currency: str) -> set[str]:
    names = set()
    for language in get_global("territory_languages").get(territory, {}):
        try:
            names.add(get_currency_symbol(currency, locale=f"{language}_{territory}"))
        except (UnknownLocaleError, ValueError):
            continue
    return names


def _readings(number: str, exponent: int) -> list[int]:
    """Return every amount that a bare number can stand for."""
    number, marks = _settle_certain(number)
    dots, commas = number.count("."), number.count(",")
    found: set[int] = set()
    if dots and commas:
        decimal = max(".,", key=number.rindex)
        found |= _as_decimal(number, decimal, exponent)
    elif dots or commas:
        mark = "." if dots else ","
        whole = set() if marks else _as_whole(number.replace(mark, "G"), exponent)
        # Nobody writes 84.000 for eighty-four euros, but somebody may write 1.234 dinars.
        is_strict = bool(whole)
        found |= whole | _as_decimal(number, mark, exponent, is_strict=is_strict)
    elif _DECIMAL in number:
        found |= _as_decimal(number, _DECIMAL, exponent)
    else:
        found |= _as_whole(number, exponent)
    return sorted(found, reverse=True)


def _settle_certain(number: str) -> tuple[str, bool]:
    """Write certain groups as G; once a decimal mark or group is certain, the rest is too."""
    has_marks = _GROUP in number or _DECIMAL in number
    if _DECIMAL in number:
        number = re.sub("[.,]", "G", number)
    return number.replace(_GROUP, "G"), has_marks


def _as_decimal(number: str, mark: str, exponent: int, *, is_strict: bool = False) -> set[int]:
    """Read ``mark`` as what parts whole from decimals; what else stands there must group.

    Zeros beyond what the currency has are left out, unless the reading must be strict.
    """
    if number.count(mark) != 1:
        return set()
    whole, part = number.split(mark)
    whole = re.sub("[.,]", "G", whole)
    if not re.fullmatch(r"\d*", part) or not (whole or part):
        return set()
    if len(part) > exponent and not is_strict:
        part = part[:exponent] + part[exponent:].rstrip("0")
    if len(part) > exponent:
        return set()
    return {
        value * 10**exponent + int(part.ljust(exponent, "0") or 0)
        for value in _whole_numbers(whole or "0")
    }


def _as_whole(number: str, exponent: int) -> set[int]:
    return {value * 10**exponent for value in _whole_numbers(number)}


def _whole_numbers(number: str) -> set[int]:
    if number.isascii() and number.isdigit():
        return {int(number)}
    is_grouped = _GROUPED.fullmatch(number) and not number.startswith("0")
    return {int(number.replace("G", ""))} if is_grouped else set()


def _complaint(number: str, currency: str) -> str:
    exponent = exponent_of(currency)
    marks = re.split(rf"[.,{_DECIMAL}]", number)
    if len(marks) == 2 and len(marks[1]) > exponent:
        words = {0: "no decimals", 2: "two decimals", 3: "three decimals", 4: "four decimals"}
        return f"{currency} has {words[exponent]}; this amount has more."
    return "The points and commas do not make an amount. Please write it as 1234.50."


# Showing --------------------------------------------------------------------------------------


@lru_cache(maxsize=200)
def _locale(language: str) -> Locale:
    parts = language.replace("_", "-").split("-")
    while parts:
        try:
            return Locale.parse("_".join(parts))
        except (UnknownLocaleError, ValueError, TypeError):
            parts.pop()
    return Locale.parse("en")
