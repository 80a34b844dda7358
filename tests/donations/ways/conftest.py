"""Each kind of way to give in turn, with whatever stands behind it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from donations.ways.kinds import WAYS, Way
from handpress.donations.queries.books import trial_balance, walk
from handpress.donations.rails import RAIL_KINDS


@pytest.fixture(params=sorted(RAIL_KINDS))
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
    """Each kind in turn. Whatever comes of it, the books add up when the test ends."""
    with WAYS[request.param].at_work(monkeypatch) as found:
        yield found
        assert sum(each.minor for each in trial_balance()) == 0
        assert not list(walk())
