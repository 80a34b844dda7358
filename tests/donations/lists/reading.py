"""Reading lists of donors in tests."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from handpress.donations.lists import (
    Choices,
    Found,
    PlanFound,
    open_list,
)

SEOUL = ZoneInfo("Asia/Seoul")


def table(header: str, *rows: str, comma: str = ",") -> bytes:
    return "\r\n".join([header, *rows]).replace(",", comma).encode()


def read(data: bytes, zone: Any = SEOUL, **choices: Any) -> list[Found]:
    return list(open_list(data, Choices(**choices), zone=zone).found())


def one(data: bytes, **choices: Any) -> Found:
    (found,) = read(data, **choices)
    return found


def why(found: Found) -> str:
    (refusal,) = found.refusals
    return refusal.why


def plan(data: bytes, **choices: Any) -> PlanFound:
    found = one(data, **choices).plan
    assert found
    return found
