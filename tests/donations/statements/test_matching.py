"""4.15: what payers and banks do to a reference on its way; `make soak` brings all 20,000 in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from random import Random
from uuid import UUID

import pytest

from factories import giving
from factories.camt import entry, statement
from handpress.donations.actions import statements
from handpress.donations.core.matching import references_in
from handpress.donations.core.references import ALPHABET, grouped, new_reference, rf_of
from handpress.donations.models import Movement, Pledge
from handpress.donations.queries.books import walk

KNOWN = 20_000
BROUGHT = int(os.environ.get("HANDPRESS_TEST_REFERENCES") or 300)
"""Of these, how many come in bank statements, in the end into the books."""

_BREAKS = ("", "", "", " ", "-", ".", "/", "\n", " - ", "\u00a0", "\u2009", "\u2011", "\u200b")
_AROUND = (
    "{}",
    "EREF+NOTPROVIDED KREF+NONREF SVWZ+{} ABWA+Mara Quill",
    "Spende {} Müller, Zürich",
    "gift ref.: {} (thank you)",
    "HP {} HP",
    "DE89370400440532013000 {} 26.11.2026 25,00 EUR",
    "/INV/{}/RFB/2026-11",
    "후원 {} 감사합니다",
)
_WORDS = (
    "HP LaserJet HP-Toner Rechnung Miete Gehalt invoice rent gift donation thank you"
    " Spende danke REF NR 4711 2026 11 26 EUR 25,00 DE89370400440532013000 RF18539007547034"
    " SHP2345 PHP HPHP"
).split()


@cache
def known() -> list[str]:
    """Return 20,000 references, each once."""
    draw = Random(415)
    found: dict[str, None] = {}
    while len(found) < KNOWN:
        found[new_reference(draw.randrange)] = None
    return list(found)


def noisy(reference: str, draw: Random) -> str:
    """Return a reference as a payer writes and a bank passes it on: every sign is still there."""
    word = draw.choice([reference, reference, grouped(reference), rf_of(reference)])
    word = "".join(sign + draw.choice(_BREAKS) for sign in word)
    word = draw.choice([word, word.lower(), word.swapcase()])
    if draw.random() < 0.05:
        word = "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in word)
    return draw.choice(_AROUND).format(word)


def mistyped(reference: str, draw: Random) -> str:
    """Return it with one mistake: a wrong sign, one too few or too many, neighbours exchanged."""
    at = draw.randrange(2, len(reference))
    others = [sign for sign in ALPHABET if sign != reference[at]]
    return draw.choice(
        [
            reference[:at] + draw.choice(others) + reference[at + 1 :],
            reference[:at] + reference[at + 1 :],
            reference[:at] + draw.choice(others) + reference[at:],
            reference[: at - 1] + reference[at : at + 1] + reference[at - 1] + reference[at + 1 :],
        ]
    )


def unrelated(draw: Random) -> str:
    """Return words that name no promise; half of them look as if they did."""
    if draw.random() < 0.5:
        return " ".join(draw.choices(_WORDS, k=draw.randrange(1, 12)))
    signs = ALPHABET + "HP 01OIL-"
    return "HP" + "".join(draw.choice(signs) for _ in range(draw.randrange(4, 60)))


def test_4_15_whatever_its_form_a_reference_is_found_and_no_other():
    draw, there = Random(1), set(known())
    found = [references_in(noisy(each, draw)) & there for each in known()]
    right = sum(one == {each} for one, each in zip(found, known(), strict=True))
    assert right >= KNOWN * 0.995
    assert not any(one - {each} for one, each in zip(found, known(), strict=True))


def test_4_15_a_mistake_names_nobody_else():
    draw, there = Random(2), set(known())
    found = [
        references_in(draw.choice(_AROUND).format(mistyped(each, draw))) & there for each in known()
    ]
    assert not any(one - {each} for one, each in zip(found, known(), strict=True))
    # A sign too many after the last one, or neighbours that are alike, is no mistake.
    assert sum(map(bool, found)) < KNOWN * 0.02


def test_4_15_of_100_000_other_texts_none_names_a_promise():
    draw, there = Random(3), set(known())
    assert not any(references_in(unrelated(draw)) & there for _ in range(100_000))


def _in_files(lines: list[str]) -> Iterator[bytes]:
    for first in range(0, len(lines), 5_000):
        yield statement(*lines[first : first + 5_000])


@pytest.mark.django_db
@pytest.mark.usefixtures("own_folder")
def test_4_15_of_what_comes_each_is_booked_for_its_own_promise_or_waits():
    bank = giving.rail("bank", account_ref=giving.OTHER_IBAN)
    draw, wanted = Random(4), known()[:BROUGHT]
    rows = [
        Pledge(reference=each, rail=bank, amount_minor=100 + number, currency="EUR",
               form_nonce=UUID(int=number))
        for number, each in enumerate(wanted)
    ]  # fmt: skip
    Pledge.objects.bulk_create(rows)
    lines = []
    for number, each in enumerate(wanted):
        amount = f"{(100 + number) // 100}.{number % 100:02}"
        lines += [
            entry(amount, noisy(each, draw), name=f"A{number}"),
            entry("7.00", mistyped(each, draw), name=f"B{number}"),
            entry("8.00", unrelated(draw), name=f"C{number}"),
        ]
    draw.shuffle(lines)
    for file in _in_files(lines):
        statements.bring_statement(bank, file, file_name="november.xml")
    booked = Movement.objects.values_list("amount_minor", "pledge__amount_minor")
    right = sum(amount == promised for amount, promised in booked)
    # Whoever doubles the last sign names the promise all the same; that is right, too.
    wrong = [line for line in booked if line[0] not in {line[1], 700}]
    assert not wrong
    assert right >= BROUGHT * 0.995
    assert not Movement.objects.exclude(amount_minor=700).filter(pledge=None).exists()
    assert list(walk()) == []
