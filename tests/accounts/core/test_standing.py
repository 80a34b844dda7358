"""The gate's rule: what counts is what this session did."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handpress.accounts.core.standing import SessionFacts, Standing, judge

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


def facts(**changed: Any) -> SessionFacts:
    values: dict[str, Any] = {
        "signed_in_at": NOW - timedelta(hours=1),
        "seen_at": NOW - timedelta(minutes=1),
        "has_shown_factor": False,
        "has_factor": False,
        "must_have_factor": False,
    }
    return SessionFacts(**values | changed)


@pytest.mark.parametrize(
    ("changed", "standing"),
    [
        ({}, Standing.IN),
        ({"has_factor": True}, Standing.UNPROVEN),
        ({"has_factor": True, "must_have_factor": True}, Standing.UNPROVEN),
        ({"has_factor": True, "has_shown_factor": True}, Standing.IN),
        ({"has_factor": True, "has_shown_factor": True, "must_have_factor": True}, Standing.IN),
        ({"must_have_factor": True}, Standing.SETTING_UP),
        # A factor that was shown and is gone is none.
        ({"must_have_factor": True, "has_shown_factor": True}, Standing.SETTING_UP),
        ({"seen_at": NOW - timedelta(hours=12)}, Standing.IN),
        ({"seen_at": NOW - timedelta(hours=12, seconds=1)}, Standing.OUT_OF_TIME),
        ({"signed_in_at": NOW - timedelta(days=7, seconds=1)}, Standing.OUT_OF_TIME),
    ],
)
def test_what_a_session_is_good_for(changed: dict[str, Any], standing: Standing) -> None:
    assert judge(facts(**changed), NOW) is standing


def test_without_a_user_it_is_good_for_nothing() -> None:
    assert judge(None, NOW) is Standing.STRANGER
