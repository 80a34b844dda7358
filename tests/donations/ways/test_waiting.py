"""4.3: a company that does not answer keeps nobody waiting, and no sum is lost by it."""

from __future__ import annotations

import time
from collections.abc import Callable
from socket import create_server
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from donations.companies import world
from donations.test_giving import Somebody
from donations.ways.kinds import WAYS, ByCompany
from factories import giving
from handpress.donations.actions import beginning
from handpress.donations.companies import NAMES, waiting
from handpress.donations.companies.errors import OutcomeUnknown
from handpress.donations.companies.http import Http
from handpress.donations.companies.waiting import hurry, is_hurried, patience
from handpress.donations.models import AttemptState, Movement, Pledge

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
# The practice company is asked over no line.
REAL = [name for name in NAMES if name != "practice"]


@pytest.mark.parametrize("name", REAL)
def test_4_3_who_looks_on_waits_for_five_seconds_at_most(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert beginning.WAITS_S < 5
    monkeypatch.setattr(beginning, "WAITS_S", 1.0)
    way = WAYS[name]
    assert isinstance(way, ByCompany)
    with way.at_work(monkeypatch):
        rail = way.rail()
        giving.rail("bank", of=rail.sponsor)
        somebody = Somebody().send(choice="once EUR 2501")
        world.spoil(way.double, "begin", "stall")
        began = time.monotonic()
        somebody.press(0, way=str(rail.pk))
        took = time.monotonic() - began
        assert 0.9 < took < 4
        assert somebody.response.status_code == 503
        assert somebody.ways() == ["By bank transfer"]
        assert "€25.01" in somebody.said
        attempt = Pledge.objects.get().attempts.get()
        assert (attempt.state, attempt.url) == (AttemptState.UNKNOWN, "")
        assert not Movement.objects.exists()


def test_one_hurry_is_for_all_that_is_asked_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(waiting, "time", SimpleNamespace(monotonic=lambda: now[0]))
    assert (patience(20), is_hurried()) == (20, False)
    with hurry(4):
        assert (patience(20), patience(1), is_hurried()) == (4, 1, True)
        now[0] += 3
        assert patience(20) == 1
        now[0] += 3
        assert 0 < patience(20) < 0.1
    assert (patience(20), is_hurried()) == (20, False)


@pytest.fixture
def dripping() -> Any:
    """A host that sends a byte now and then, and never ends."""
    with create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            line, _ = server.accept()
            with line:
                line.recv(65536)
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                try:
                    for _ in range(100):
                        line.sendall(b" ")
                        time.sleep(0.05)
                except OSError:
                    return

        thread = Thread(target=drip)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def test_4_3_what_drips_is_not_waited_for_either(dripping: str) -> None:
    http = Http(dripping, headers={})
    ask: Callable[[], Any] = lambda: http.ask("POST", "/", changes=True)  # noqa: E731
    began = time.monotonic()
    with hurry(0.5), pytest.raises(OutcomeUnknown):
        ask()
    assert time.monotonic() - began < 2
