"""4.1, 4.4: the other half of `test_schedule_property`, for another process."""

from __future__ import annotations

import pytest

from donations.charging.playing import PARTS, search
from handpress.donations.models import Rail

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("part", PARTS[1::2])
def test_4_4_each_month_is_taken_once_whatever_happens(practice_rail: Rail, part: int) -> None:
    search(practice_rail, part)
