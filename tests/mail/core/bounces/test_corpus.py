"""Real bounces; they lie beside the repository. Their labels are those of who collected them."""

import json
from collections import Counter
from pathlib import Path

import pytest

from handpress.mail.core.bounces import Notice, NoticeKind, Refusal, read_notice

REPOSITORY = Path(__file__).resolve().parents[4]
CORPUS = REPOSITORY.parent / "shared" / "data" / "bounces"

pytestmark = pytest.mark.skipif(
    not (CORPUS / "expected.json").exists(),
    reason="the real bounces are not in ../shared/data/bounces: NOT TESTED on real bounces",
)


def _found(notice: Notice, row: dict, *, is_alone: bool) -> tuple[Refusal | None, bool]:
    names = {row["rcpt"], row["alias"]} - {""}
    for each in notice.refusals:
        if names & {each.recipient, *each.aliases}:
            return each, True
    is_known = is_alone and len(notice.refusals) == 1
    return (notice.refusals[0] if is_known else None), False


def test_real_bounces():
    counted = Counter()
    for name, labels in json.loads((CORPUS / "expected.json").read_text("utf-8")).items():
        notice = read_notice((CORPUS / "mail" / name).read_bytes())
        rows = labels["expected"]
        if {row["reason"] for row in rows} <= {"feedback", "vacation", "delivered"}:
            harms = (NoticeKind.BOUNCE, NoticeKind.DELAY)
            assert notice.kind not in harms, name
            continue
        for row in rows:
            refusal, is_named = _found(notice, row, is_alone=len(rows) == 1)
            is_hard = refusal is not None and refusal.verdict.is_hard
            counted["rows"] += 1
            counted["named"] += is_named
            if refusal is not None:
                counted["class"] += refusal.verdict.is_permanent == row["status"].startswith("5")
            if row["reason"] != "filtered":
                counted["hard", is_hard, row["hard"]] += 1
    hits = counted["hard", True, True]
    assert counted["named"] >= 0.97 * counted["rows"]
    assert counted["class"] >= 0.97 * counted["rows"]
    assert hits >= 0.97 * (hits + counted["hard", True, False])
    # A delay is none yet, whatever it says; and "inactive" may come back.
    assert hits >= 0.95 * (hits + counted["hard", False, True])
