"""The mailbox in the background."""

import logging
import threading

import pytest

from handpress.mail.inbound import tasks
from handpress.mail.inbound.mailbox import Emptied, MailboxTrouble

pytestmark = pytest.mark.django_db


def test_without_a_mailbox_nothing_is_asked(monkeypatch):
    monkeypatch.setattr(tasks, "empty_mailbox", lambda *args: 1 / 0)
    assert tasks.poll_once() == Emptied()


def test_trouble_is_told_and_the_work_goes_on(monkeypatch, caplog):
    stop = threading.Event()
    asked = []

    def poll():
        asked.append(1)
        if len(asked) == 1:
            raise MailboxTrouble("wrong password")
        stop.set()
        return Emptied(taken=1)

    monkeypatch.setattr(tasks, "poll_once", poll)
    monkeypatch.setattr(tasks, "_EVERY_S", 0.0)
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    with caplog.at_level(logging.INFO):
        tasks.mailbox_forever(stop)
    assert [each.msg for each in caplog.records] == ["mailbox_trouble", "mailbox_emptied"]


@pytest.mark.parametrize(
    "odd",
    [OSError(28, "No space left"), UnicodeEncodeError("ascii", "ü", 0, 1, "no"), KeyError("x")],
)
def test_whatever_happens_the_work_goes_on(monkeypatch, caplog, odd):
    stop = threading.Event()
    asked = []

    def poll():
        asked.append(1)
        if len(asked) == 1:
            raise odd
        stop.set()
        return Emptied()

    monkeypatch.setattr(tasks, "poll_once", poll)
    monkeypatch.setattr(tasks, "_EVERY_S", 0.0)
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    tasks.mailbox_forever(stop)
    assert len(asked) == 2
    assert [each.msg for each in caplog.records] == ["mailbox_failed"]
