"""4.5: whoever sends the same at the same time is led to the same page, and charges once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.db import connections, transaction

from donations.charging.company import Faulty
from donations.charging.judging import judge
from donations.charging.world import World, at_work, lay_ground
from handpress.donations.actions import attempts
from handpress.donations.actions.attempts import send
from handpress.donations.actions.looking import look_again
from handpress.donations.actions.outcomes import Outcome
from handpress.donations.models import Attempt, Movement, Pledge

THREADS = 8


class Slow(Faulty):
    """Takes its time, so that all of them are there."""

    def begin(self, *how: Any, **more: Any) -> Any:
        time.sleep(0.3)
        return super().begin(*how, **more)

    def charge(self, *how: Any, **more: Any) -> Any:
        time.sleep(0.3)
        return super().charge(*how, **more)


@pytest.fixture
def slow(committed: None, own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with at_work(lay_ground(), Slow()) as found:
        monkeypatch.setattr(attempts, "_WAITS_S", 20.0)
        yield found
        monkeypatch.undo()


def all_at_once(do: Callable[[], Outcome]) -> list[Outcome]:
    """Let eight threads do the same; return what each got."""
    found: list[Outcome] = []
    faults: list[BaseException] = []
    start = threading.Barrier(THREADS)

    def one() -> None:
        try:
            start.wait(30)
            found.append(do())
        except BaseException as error:
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    return found


def new_pledge(world: World) -> Pledge:
    page = world.begin(monthly=False)
    Attempt.objects.all().delete()
    world.company.asked.clear()
    return page.pledge


def test_4_5_one_form_sent_eight_times_at_once_is_one_page(slow: World) -> None:
    pledge = new_pledge(slow)

    def do() -> Outcome:
        mine = Pledge.objects.get(pk=pledge.pk)
        with transaction.atomic():
            attempt = slow.write_page(mine)
        return send(attempt, now=slow.now)

    outcomes = all_at_once(do)
    assert len({outcome.attempt.pk for outcome in outcomes}) == 1
    (url,) = {outcome.url for outcome in outcomes}
    assert url
    assert [each.call for each in slow.company.asked] == ["begin"]


def test_who_looks_before_another_writes_and_counts_after_gets_the_others(world: World) -> None:
    pledge = new_pledge(world)
    first = world.write_page(pledge)
    with mock.patch.object(attempts, "_open_attempt", side_effect=[None, first]):
        assert world.write_page(pledge) == first
    assert Attempt.objects.count() == 1


def test_4_5_one_attempt_sent_eight_times_at_once_is_asked_once(slow: World) -> None:
    pledge = new_pledge(slow)
    number = slow.write_page(pledge).pk
    outcomes = all_at_once(lambda: send(Attempt.objects.get(pk=number), now=slow.now))
    assert len({outcome.url for outcome in outcomes}) == 1
    assert [each.call for each in slow.company.asked] == ["begin"]


def test_whoever_waits_in_vain_is_told_so(slow: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first has died: the others see that it leads nowhere, and later it is looked for."""
    monkeypatch.setattr(attempts, "_WAITS_S", 0.2)
    pledge = new_pledge(slow)
    attempt = slow.write_page(pledge)
    assert attempts.claim(attempt, slow.now, slow.company.key_lasts, None)
    outcomes = all_at_once(lambda: send(Attempt.objects.get(pk=attempt.pk), now=slow.now))
    assert {outcome.url for outcome in outcomes} == {""}
    assert not slow.company.asked


def test_one_charge_that_eight_workers_find_is_asked_once(slow: World) -> None:
    slow.add_plan(amount=1000, due_in=0, donor="ana")
    slow.due()
    number = Attempt.objects.get().pk
    all_at_once(lambda: look_again(Attempt.objects.get(pk=number), now=slow.now))
    assert [each.call for each in slow.company.asked] == ["charge"]
    slow.settle()
    judge(slow)


def test_one_answer_that_eight_workers_bring_is_booked_once(slow: World) -> None:
    page = slow.begin(monthly=True)
    slow.company.pay(page.remote_id)
    slow.pass_time(1)
    number = page.pk
    all_at_once(lambda: look_again(Attempt.objects.get(pk=number), now=slow.now))
    assert Movement.objects.filter(kind="capture").count() == 1
    slow.settle()
    judge(slow)


def test_what_is_due_is_written_down_once_by_eight_workers(slow: World) -> None:
    for number in range(3):
        slow.add_plan(amount=1000, due_in=0, donor=f"r{number}")

    def do() -> Any:
        slow.due()

    all_at_once(do)
    assert Attempt.objects.count() == 3
    slow.settle()
    judge(slow)
