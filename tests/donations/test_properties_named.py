"""What must hold whatever goes wrong with money, by number; each has tests that bear its number."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

PROPERTIES = {
    1: "events one to five times, in any order, late: the books say the same, nobody is told twice",
    2: "what is forged, replayed, too large or no event at all moves nothing",
    3: "a company that fails at any call: the donor sees the other ways, the sum is kept",
    4: "killed at every commit: each month is taken once, no key is sent after its time",
    5: "the same form again, at once or later: one promise, one page",
    6: "sums are exact or refused; no broken numbers anywhere; shares add up",
    7: "the database refuses what does not balance and every change; the chain finds the rest",
    8: "every difference from a company's list is told with both sides, and none without one",
    9: "who tries stolen cards gets few pages; whoever else gives notices nothing",
    10: "no promise to what is over; late money is booked, marked and thanked for",
    11: "a sponsor is replaced with everything under way; nobody is charged by both",
    12: "what an old company goes on taking is booked, counted once, and its donor told once",
    13: "the link that asks anew acts by its button alone, once, for thirty days, for one plan",
    14: "bank files twice, overlapping, broken, hostile: each line counts once or is named",
    15: "a reference is seen through noise of form; a wrong one is never taken",
    16: "an erased donor is gone, also after a backup is restored; sums stay",
    17: "receipts: no gap and no double among eight workers; replaced after a refund; whose year",
    18: "after an outage what was missed is caught up, never two months close together",
    19: "a way without its keys, or with those of the other mode, cannot be offered",
    20: "no key, no account, no address in logs, errors or the database",
}
_TEST = re.compile(r"^(?:async )?def test_4_(\d+)_\w+\(", re.MULTILINE)


def test_each_property_has_tests_of_its_number() -> None:
    found: Counter[int] = Counter()
    for file in Path(__file__).parent.rglob("test_*.py"):
        found.update(int(number) for number in _TEST.findall(file.read_text("utf-8")))
    assert sorted(found) == sorted(PROPERTIES) == list(range(1, 21))
