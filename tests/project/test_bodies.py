"""Bodies that do not come."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from handpress.project import bodies
from handpress.project.bodies import Bodies, BodyRefused


class _NeverComes:
    """What Granian gives to wait for: it can be waited for, and nothing can be thrown into it."""

    def __init__(self) -> None:
        self._future: Any = asyncio.get_running_loop().create_future()

    def __await__(self) -> _NeverComes:
        return self

    def __next__(self) -> Any:
        self._future._asyncio_future_blocking = True
        return self._future


class _Request:
    method, headers = "POST", {"content-length": "10"}

    def __aiter__(self) -> _Request:
        return self

    def __anext__(self) -> _NeverComes:
        return _NeverComes()


def test_a_body_that_does_not_come_in_time_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "_PATIENCE_S", 0.05)
    request: Any = _Request()

    async def send_slowly() -> None:
        await Bodies(tmp_path).receive(request, request)

    with pytest.raises(BodyRefused) as refused:
        asyncio.run(send_slowly())
    assert refused.value.status == 408
