"""4.3: a name that is not found, a certificate that does not fit, as a donor meets it."""

from __future__ import annotations

import time

import pytest

from donations.companies.unreachable import FAULTS, SILENT, opened_at, unreachable
from donations.test_giving import Somebody
from donations.ways.kinds import WAYS, ByCompany
from factories import giving
from handpress.donations.actions import beginning
from handpress.donations.companies import NAMES, http
from handpress.donations.models import AttemptState, Movement, Pledge

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
# The practice company is asked over no line.
REAL = [name for name in NAMES if name != "practice"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", REAL)
def test_4_3_who_cannot_be_led_on_sees_the_other_ways_and_the_sum(
    monkeypatch: pytest.MonkeyPatch, name: str, fault: str
) -> None:
    assert http.CONNECT_S < beginning.WAITS_S < 5
    if fault in SILENT:
        monkeypatch.setattr(http, "CONNECT_S", 0.5)
    way = WAYS[name]
    assert isinstance(way, ByCompany)
    with way.at_work(monkeypatch):
        rail = way.rail()
        giving.rail("bank", of=rail.sponsor)
        somebody = Somebody().send(choice="once EUR 2501")
        with unreachable(way.double, fault, monkeypatch) as host:
            with way.closed():
                way.company = opened_at(way.double, host.base)
            began = time.monotonic()
            somebody.press(0, way=str(rail.pk))
            took = time.monotonic() - began
        assert took < 5
        assert somebody.response.status_code == 503
        assert "does not answer just now. Nothing was taken" in somebody.said
        assert somebody.ways() == ["By bank transfer"]
        assert "€25.01" in somebody.said
        attempt = Pledge.objects.get().attempts.get()
        # It is known that nothing was asked: neither is it looked for, nor does anybody wait.
        assert (attempt.state, attempt.url) == (AttemptState.DEAD, "")
        assert host.heard == []
        assert way.double.asked == []
        somebody.press().follow()
        assert "€25.01" in somebody.said
        assert not Movement.objects.exists()
