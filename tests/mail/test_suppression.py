"""The list of addresses that are not mailed any more."""

import pytest
from django.db import transaction

from handpress.mail import suppression
from handpress.mail.models import Suppression, SuppressionReason
from handpress.mail.suppression import (
    is_suppressed,
    lift,
    on_lifted,
    on_suppressed,
    suppress,
    suppress_many,
    suppressed_keys,
)

pytestmark = pytest.mark.django_db

GONE = "ottoline@harbour.example"


@pytest.fixture
def told(monkeypatch):
    """Who is told, and nobody else."""
    heard = []
    monkeypatch.setattr(suppression, "_SUPPRESSED", [])
    monkeypatch.setattr(suppression, "_LIFTED", [])
    on_suppressed(lambda key: heard.append(("suppressed", key)))
    on_lifted(lambda key: heard.append(("lifted", key)))
    return heard


def test_suppressing_is_said_once(told):
    assert suppress(GONE, SuppressionReason.BOUNCED, said="no such user")
    assert not suppress(GONE, SuppressionReason.COMPLAINED)
    assert is_suppressed(GONE)
    assert not is_suppressed("other@harbour.example")
    assert told == [("suppressed", GONE)]
    assert Suppression.objects.get().said == "no such user"


def test_who_keeps_readers_is_told_in_the_same_transaction(told):
    def fail(key: str) -> None:
        raise ZeroDivisionError

    on_suppressed(fail)
    with pytest.raises(ZeroDivisionError):
        suppress(GONE, SuppressionReason.BOUNCED)
    assert not is_suppressed(GONE)


def test_lifting_keeps_what_was(told):
    suppress(GONE, SuppressionReason.BOUNCED)
    assert lift(GONE)
    assert not lift(GONE)
    assert not is_suppressed(GONE)
    assert suppress(GONE, SuppressionReason.BY_HAND)
    assert Suppression.objects.count() == 2
    assert [what for what, _ in told] == ["suppressed", "lifted", "suppressed"]


def test_a_lost_race_is_no_error(told, monkeypatch):
    suppress(GONE, SuppressionReason.BOUNCED)
    monkeypatch.setattr(suppression, "is_suppressed", lambda key: False)
    with transaction.atomic():
        assert not suppress(GONE, SuppressionReason.COMPLAINED)
    assert len(told) == 1


def test_many_at_once(told, django_assert_num_queries):
    keys = [f"reader{number}@harbour.example" for number in range(1_100)]
    assert suppress_many(keys[:3], SuppressionReason.IMPORTED) == 3
    assert suppress_many(keys[:4], SuppressionReason.IMPORTED) == 1
    with django_assert_num_queries(3):
        assert suppressed_keys(keys) == set(keys[:4])
