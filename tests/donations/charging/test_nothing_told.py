"""4.20: no donor's address and no key stands in the clear, wherever a gift has come by."""

from __future__ import annotations

import logging

import pytest
from django.apps import apps
from django.db import connection

from donations.charging.company import CANARY, SECRET
from donations.charging.world import World
from handpress.donations.models import AttemptState

pytestmark = pytest.mark.django_db


def all_that_is_kept() -> str:
    """Return every row of this app's tables as text."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_app_config("donations").get_models():
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            found += [str(row) for row in cursor.fetchall()]
    return "\n".join(found)


def test_4_20_no_address_in_tables_or_logs(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        world.add_plan(amount=1000, due_in=0, donor="ana")
        declined = world.add_plan(amount=700, due_in=0, donor="ben")
        world.company.faults |= {
            "charge": ["nonsense", "declined"],
            "look_up": ["nonsense", "revoked"],
            "check": ["nonsense"],
        }
        page = world.begin(monthly=True)
        world.company.pay(page.remote_id)
        for number in range(len(world.company.events)):
            world.deliver(number)
        world.take_elsewhere(declined)
        for _ in range(6):
            world.due()
            world.work()
            world.pass_time(8)
        world.suspend()
        world.settle()
        page.refresh_from_db()
        assert page.state == AttemptState.DONE
    kept = all_that_is_kept()
    assert len(kept) > 3000
    for hidden in ("reader.example", CANARY, SECRET.decode()):
        assert hidden not in kept
        assert hidden not in caplog.text
