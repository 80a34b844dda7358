"""Hours that the clocks skip, and hours that they show twice."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from handpress.newsroom.core.moments import Gap, find_gap, is_twice

BERLIN, LORD_HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe")


@pytest.mark.parametrize(
    ("zone", "skipped", "before", "after"),
    [
        ("Europe/Berlin", "2027-03-28 02:30", "2027-03-28 01:30", "2027-03-28 03:30"),
        ("Europe/Berlin", "2027-03-28 02:00", "2027-03-28 01:00", "2027-03-28 03:00"),
        ("America/New_York", "2027-03-14 02:59", "2027-03-14 01:59", "2027-03-14 03:59"),
        # Half an hour only; and a whole day, when Samoa crossed the date line.
        ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-04 01:45", "2026-10-04 02:45"),
        ("Pacific/Apia", "2011-12-30 12:00", "2011-12-29 12:00", "2011-12-31 12:00"),
    ],
)
def test_a_skipped_hour_is_told_with_its_neighbours(
    zone: str, skipped: str, before: str, after: str
) -> None:
    wall = datetime.fromisoformat(skipped)
    expected = Gap(datetime.fromisoformat(before), datetime.fromisoformat(after))
    assert find_gap(wall, ZoneInfo(zone)) == expected
    assert not is_twice(wall, ZoneInfo(zone))


@pytest.mark.parametrize("hour", ["01:59", "03:00", "12:00"])
def test_an_hour_beside_the_gap_exists_once(hour: str) -> None:
    wall = datetime.fromisoformat(f"2027-03-28 {hour}")
    assert find_gap(wall, BERLIN) is None
    assert not is_twice(wall, BERLIN)


@pytest.mark.parametrize(("hour", "twice"), [("01:59", False), ("02:00", True), ("02:59", True)])
def test_an_hour_is_shown_twice_as_the_clocks_go_back(hour: str, twice: bool) -> None:
    wall = datetime.fromisoformat(f"2026-10-25 {hour}")
    assert is_twice(wall, BERLIN) is twice
    assert find_gap(wall, BERLIN) is None
