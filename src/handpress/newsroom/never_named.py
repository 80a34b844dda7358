"""What nothing that is printed names: the accounts that gifts come to.

They may be others tomorrow, and copies of a page go on showing what it said. Who knows of such
accounts says so with `names_never`; the desk's forms refuse what names one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from html import unescape
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from stdnum import iban
from wagtail.blocks import StreamValue

_TOLD: list[Callable[[], Iterable[str]]] = []
_SHORTEST = 6
"""Signs of an account; what is shorter stands in any text."""
_BETWEEN = r"[\s.\-/\u00a0\u2009\u202f]{0,2}"
_LOOKS_LIKE_IBAN = re.compile(rf"(?<![A-Z0-9])[A-Z]{{2}}[0-9]{{2}}(?:{_BETWEEN}[A-Z0-9]){{11,30}}")
_LEAST_OF_IBAN = 15


def names_never(told: Callable[[], Iterable[str]]) -> None:
    """Register what returns accounts' numbers and addresses of pages that take gifts."""
    if told not in _TOLD:
        _TOLD.append(told)


def named_in(text: str, accounts: Iterable[str]) -> Iterator[str]:
    """Yield those of the accounts that stand in a text, however their signs are grouped."""
    upper = text.upper()
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
    """Yield what stands in a text and has the check digits of an IBAN, as it is written there."""
    for found in _LOOKS_LIKE_IBAN.finditer(text):
        written = found[0]
        for end in range(len(written), _LEAST_OF_IBAN - 1, -1):
            if iban.is_valid(written[:end]):
                yield written[:end].strip()
                break


def refuse_accounts(form: forms.BaseForm, *, any_iban: Iterable[str] = ()) -> None:
    """Say at each field what it names that must not be printed.

    In the fields ``any_iban`` that is any account at all, whoever's.
    """
    texts = {name: _text(value) for name, value in form.cleaned_data.items()}
    texts = {name: text for name, text in texts.items() if text}
    accounts = _accounts() if texts else []
    strict = set(any_iban)
    for name, text in texts.items():
        found = [*named_in(text, accounts), *(ibans_in(text) if name in strict else ())]
        if found:
            form.add_error(name, _why(found[0]))


def refuse_account(text: str) -> None:
    """Raise ValidationError where a text names an account that gifts come to."""
    for found in named_in(text, _accounts()):
        raise ValidationError(_why(found))


def _accounts() -> list[str]:
    return sorted({each for told in _TOLD for each in told()})


def _why(found: str) -> str:
    return (
        f"“{found}” is where gifts go. Nothing that is printed names it, since copies would go on "
        "showing it when it is lost. Lead readers to /donate/ instead."
    )


def _text(value: Any) -> str:
    if isinstance(value, StreamValue):
        written = json.dumps(list(value.get_prep_value()), ensure_ascii=False, default=str)
        # Whatever is between two signs: a change of weight, an entity.
        return unescape(re.sub(r"<[^>]*>", "", written))
    return value if isinstance(value, str) else ""
