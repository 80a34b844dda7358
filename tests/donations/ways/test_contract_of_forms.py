"""What the form of every way promises: the right is kept, the wrong is named, nothing breaks."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from donations.ways.kinds import ByCompany, Way
from factories import giving
from handpress.donations.companies import company_kind
from handpress.donations.companies.secrets import SecretsUnusable
from handpress.donations.forms_rails import rail_form
from handpress.donations.models import Rail
from handpress.donations.rails import rail_kind

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


def typed(way: Way, **changed: str) -> dict[str, str]:
    return {
        "name": "Ours",
        "account_ref": way.account,
        **way.details,
        "secret_name": "ours",
        "mode": "live",
        "currency": "EUR",
        "state": "paused",
        "position": "1",
        **changed,
    }


def form_of(way: Way, **changed: str) -> Any:
    rail = Rail(kind=way.kind, sponsor=giving.sponsor(f"Sponsor {uuid4()}"))
    return rail_form(rail)(typed(way, **changed), instance=rail)


def test_its_form_stores_what_the_kind_makes_of_it(way: Way) -> None:
    form = form_of(way)
    assert form.is_valid(), form.errors
    rail = form.save()
    rail.refresh_from_db()
    account, details = rail_kind(way.kind).check(way.account, way.details)
    # A company whose account has no name of its own is called like its keys.
    assert rail.account_ref in {account, "ours"}
    assert rail.details == details
    # Written down once more as it is stored, it is the same.
    again = rail_kind(way.kind).check(rail.account_ref, rail.details)
    assert again == (account or again[0], details)


def test_its_form_says_what_cannot_be_and_where(way: Way) -> None:
    common = (
        ({"name": ""}, "name", "required"),
        ({"state": "open"}, "state", "not one of"),
    )
    money = ({"currency": "EURO"}, "currency", ""), ({"currency": "XXY"}, "currency", "as banks do")
    wrong = (*way.wrong, *common, *(() if way.kind == "debit" else money))
    for changed, field, words in wrong:
        form = form_of(way, **changed)
        assert not form.is_valid(), changed
        assert set(form.errors) == {field}, changed
        assert words in str(form.errors[field][0]), changed
        assert len(str(form.errors[field][0])) > 10, changed


def test_one_account_is_one_way(way: Way) -> None:
    first = form_of(way, name="The first").save()
    form = form_of(way)
    if not first.account_ref:
        # Several cash boxes are told apart by nothing.
        assert form.is_valid()
        return
    assert not form.is_valid()
    assert "“The first”" in str(form.errors)
    with pytest.raises(IntegrityError), transaction.atomic():
        giving.rail(way.kind, account_ref=first.account_ref)
    # Written down once more by itself, it stands in nobody's way.
    assert rail_form(first)(typed(way, name="Renamed"), instance=first).is_valid()


def test_4_19_without_its_keys_a_company_cannot_be_offered(way: Way) -> None:
    rail = Rail(kind=way.kind, sponsor=giving.sponsor("Somebody"))
    if not isinstance(way, ByCompany):
        assert rail_form(rail)(typed(way, state="enabled"), instance=rail).is_valid()
        return
    with way.closed():
        form = rail_form(rail)(typed(way, state="enabled"), instance=rail)
        assert not form.is_valid()
        (words,) = (str(said[0]) for said in form.errors.values())
    assert "cannot be offered" in words
    assert ("demo newsroom" if way.kind == "practice" else " missing: write ") in words


@pytest.mark.parametrize(
    ("kind", "field", "live", "test"),
    [
        ("stripe", "secret_key", "sk_live_" + "a" * 24, "sk_test_" + "a" * 24),
        ("mollie", "api_key", "live_" + "a" * 30, "test_" + "a" * 30),
        ("gocardless", "access_token", "live_" + "a" * 30, "sandbox_" + "a" * 30),
    ],
)
def test_4_19_keys_of_the_other_mode_are_refused(
    kind: str, field: str, live: str, test: str
) -> None:
    """PayPal's and BTCPay's do not say which they are: there, the company itself says no."""
    found = company_kind(kind)
    others = dict.fromkeys(found.secret_fields, "whsec_" + "b" * 32)
    for mode, right, wrong in (("live", live, test), ("test", test, live)):
        found.check_secrets(mode, {**others, field: right})
        with pytest.raises(SecretsUnusable) as caught:
            found.check_secrets(mode, {**others, field: wrong})
        assert wrong not in str(caught.value)
        assert "trial" in str(caught.value) or "real" in str(caught.value)
