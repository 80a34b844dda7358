"""4.16, 4.20: who gave is known under a key, found by a mark, and forgotten for good."""

from __future__ import annotations

import logging
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from factories import giving
from handpress.donations import actions, sealing
from handpress.donations.models import Donor
from handpress.donations.queries import books
from handpress.donations.queries.gifts import gifts

pytestmark = pytest.mark.django_db
NAME, EMAIL, ADDRESS = "Zuleika Canary", "zuleika.canary@example.org", "7 Birdcage Walk"
FACTS = {"name": NAME, "email": EMAIL, "address": ADDRESS}


def named_gift() -> Any:
    told = actions.Gift(rail=giving.rail(), key="k", amount=1000, currency="EUR", on=giving.DAY)
    return actions.record_named_gift(told, donor=FACTS, nonce=uuid.UUID(int=7))


def every_value() -> str:
    """Return all that stands in the donations' tables, as a dump would."""
    rows = []
    for model in apps.get_app_config("donations").get_models():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            rows.append(repr(cursor.fetchall()))
    return "\n".join(rows)


def test_4_20_nothing_of_a_donor_is_in_clear(
    own_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        gift, _ = named_gift()
        assert actions.facts_of(gift.pledge.donor) == FACTS
    key = sealing.key_file().read_text().strip()
    for canary in (NAME, EMAIL, ADDRESS, "Zuleika", "Birdcage", key):
        assert canary not in every_value()
        assert canary not in caplog.text
    assert sealing.key_file().stat().st_mode & 0o077 == 0


def test_a_donor_is_found_by_any_spelling_of_the_address(own_folder: Path) -> None:
    donor = actions.keep_donor(FACTS)
    again = actions.keep_donor({"email": EMAIL.upper(), "name": "", "address": "Elsewhere"})
    assert again == donor
    assert actions.facts_of(again) == {**FACTS, "email": EMAIL.upper(), "address": "Elsewhere"}
    assert actions.keep_donor({"name": NAME}) != donor
    assert Donor.objects.count() == 2


def test_gifts_are_found_by_reference_and_by_address(own_folder: Path) -> None:
    gift, _ = named_gift()
    other = giving.gift(gift.rail, 500)
    for sought in (gift.pledge.reference.lower(), EMAIL, gift.pledge.reference[:6]):
        assert list(gifts(sought)) == [gift], sought
    assert list(gifts("k")) == [gift]
    assert not gifts("nobody@example.org").exists()
    assert not gifts("HP!").filter(pk=other.pk).exists()
    assert not gifts("?").exists()


def test_the_same_form_keeps_one_donor(own_folder: Path) -> None:
    first, is_new = named_gift()
    rail = first.rail
    told = actions.Gift(rail=rail, key="k", amount=1000, currency="EUR", on=giving.DAY)
    again, is_new_again = actions.record_named_gift(
        told, donor={"name": NAME}, nonce=uuid.UUID(int=7)
    )
    assert (again, is_new, is_new_again) == (first, True, False)
    assert Donor.objects.count() == 1


def test_4_16_an_erased_donor_is_gone_and_stays_gone_after_a_restore(own_folder: Path) -> None:
    gift, _ = named_gift()
    donor = gift.pledge.donor
    before = books.trial_balance()
    kept = Donor.objects.filter(pk=donor.pk).values().get()
    assert actions.erase_donor(donor)
    donor.refresh_from_db()
    assert not actions.erase_donor(donor)
    assert actions.facts_of(donor) == {}
    assert (donor.sealed, donor.wrapped_key, donor.email_mark) == ("", "", None)
    assert books.trial_balance() == before
    assert not list(books.walk())
    # A backup made before the erasure is restored: its key comes back, and goes again.
    Donor.objects.filter(pk=donor.pk).update(**kept)
    assert actions.facts_of(Donor.objects.get()) == FACTS
    assert actions.erase_again() == 1
    assert actions.facts_of(Donor.objects.get()) == {}
    assert actions.erase_again() == 0
    assert EMAIL not in sealing.erased_file().read_text()


def test_a_key_that_is_gone_is_never_replaced_while_donors_need_it(own_folder: Path) -> None:
    donor = actions.keep_donor(FACTS)
    kept = sealing.key_file().rename(own_folder / "safe")
    with pytest.raises(sealing.KeysUnusable, match="is missing"):
        actions.keep_donor({"name": "Somebody else"})
    with pytest.raises(sealing.KeysUnusable, match="is missing"):
        actions.facts_of(donor)
    assert not sealing.key_file().exists()
    sealing.make_key()
    with pytest.raises(sealing.KeysUnusable, match="not the key"):
        actions.facts_of(donor)
    # A second key before the first: both can read, the last one finds.
    sealing.key_file().write_text(sealing.key_file().read_text() + kept.read_text())
    assert actions.facts_of(donor) == FACTS
    assert actions.keep_donor({"email": EMAIL}) == donor
