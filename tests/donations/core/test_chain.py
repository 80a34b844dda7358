"""4.7: the chain of seals, without a database."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from handpress.donations.core.chain import (
    FIRST,
    Link,
    SealedEntry,
    SealedPosting,
    faults_in,
    seal_of,
)

ENTRY = SealedEntry(
    number=1,
    booked_on="2026-11-26",
    movement=1,
    rail=1,
    kind="bank_in",
    remote_id="a",
    amount=1000,
    fee=0,
    currency="EUR",
    occurred_on="2026-11-26",
    campaign=None,
    pledge=None,
    of=None,
    postings=(SealedPosting("a", "EUR", 1000), SealedPosting("b", "EUR", -1000)),
)


def chain(count: int) -> list[Link]:
    links: list[Link] = []
    for number in range(1, count + 1):
        entry = replace(ENTRY, number=number, movement=number, remote_id=f"r{number}")
        previous = links[-1].hash if links else FIRST
        links.append(Link(entry, previous, seal_of(entry, previous)))
    return links


def test_a_whole_chain_has_no_faults() -> None:
    assert not list(faults_in(chain(20)))
    assert not list(faults_in([]))


def test_the_order_of_postings_is_no_fact() -> None:
    turned = replace(ENTRY, postings=ENTRY.postings[::-1])
    assert seal_of(turned, FIRST) == seal_of(ENTRY, FIRST)


def test_a_seal_is_what_it_was_in_every_version_before() -> None:
    """Of books that are kept for ten years the first entry must still fit."""
    entry = SealedEntry(
        number=7,
        booked_on="2026-11-26",
        movement=9,
        rail=2,
        kind="capture",
        remote_id='pi_é\u2028"',
        amount=5000,
        fee=140,
        currency="EUR",
        occurred_on="2026-11-25",
        campaign=None,
        pledge=41,
        of=None,
        postings=(
            SealedPosting("Income:Gifts:General:EUR", "EUR", -5000),
            SealedPosting("Assets:Rail2:EUR", "EUR", 4860),
            SealedPosting("Expenses:Fees:Rail2:EUR", "EUR", 140),
        ),
    )
    assert seal_of(entry, FIRST) == (
        "f0f8f14a3d6a42224ada0efa5c20ac5cf206939730673d15ec222df021fbacfd"
    )
    assert seal_of(entry, "ab" * 32) == (
        "2f5bf8ff7b9175e52ceda20b19480dc0f1c4fb24a1185488ed76dc99e576795f"
    )


CHANGES = {
    "booked_on": "2026-11-27",
    "movement": 99,
    "rail": 2,
    "kind": "cash_in",
    "remote_id": "b",
    "amount": 1001,
    "fee": 1,
    "currency": "USD",
    "occurred_on": "2026-11-27",
    "campaign": 1,
    "pledge": 1,
    "of": 1,
    "postings": (SealedPosting("a", "EUR", 999), SealedPosting("b", "EUR", -999)),
}


@given(st.integers(0, 9), st.sampled_from(sorted(CHANGES)))
def test_any_change_is_found_where_it_is(place: int, name: str) -> None:
    links = chain(10)
    forged = replace(links[place].entry, **{name: CHANGES[name]})  # type: ignore[arg-type]
    links[place] = replace(links[place], entry=forged)
    assert any(f"entry {place + 1} " in fault for fault in faults_in(links))


@given(st.integers(0, 8))
def test_what_is_resealed_no_longer_leads_on(place: int) -> None:
    links = chain(10)
    forged = replace(links[place].entry, amount=5)
    links[place] = Link(forged, links[place].previous, seal_of(forged, links[place].previous))
    assert list(faults_in(links)) == [f"entry {place + 2} does not follow on the one before it"]


@given(st.integers(0, 8))
def test_what_is_missing_is_found(place: int) -> None:
    links = chain(10)
    del links[place]
    assert f"entry {place + 1} is missing" in list(faults_in(links))
