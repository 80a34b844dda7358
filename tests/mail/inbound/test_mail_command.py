"""`handpress mail`: by pipe, and to be told what a message means."""

import io
import json
import sys
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import OperationalError

from factories.returned_mail import GONE, report
from handpress.mail.core.verp import Ref, verp_local
from handpress.mail.envelopes import verp_key
from handpress.mail.management.commands import mail
from handpress.mail.models import MailEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def pipe(monkeypatch):
    def send(raw: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))

    return send


def test_receive(pipe):
    pipe(report())
    address = f"{verp_local(verp_key(), Ref(3, 5))}@bounces.leadline.example"
    call_command("mail", "receive", to=[address])
    event = MailEvent.objects.get()
    assert (event.list_id, event.reader_id) == (3, 5)


def test_the_recipient_may_stand_in_the_environment(pipe, monkeypatch):
    pipe(report())
    address = f"{verp_local(verp_key(), Ref(3, 5))}@bounces.leadline.example"
    monkeypatch.setenv("RECIPIENT", address)
    call_command("mail", "receive")
    assert MailEvent.objects.get().reader_id == 5


def test_nothing_on_the_pipe_is_misuse(pipe):
    pipe(b"")
    with pytest.raises(SystemExit) as left:
        call_command("mail", "receive")
    assert left.value.code == 2


def test_a_database_that_is_away_makes_the_mail_server_try_again(pipe, monkeypatch):
    def fail(*args, **options):
        raise OperationalError("away")

    pipe(report())
    monkeypatch.setattr(mail, "take_notice", fail)
    with pytest.raises(SystemExit) as left:
        call_command("mail", "receive")
    assert left.value.code == 75


def test_explain(tmp_path, capsys):
    file = tmp_path / "bounce.eml"
    file.write_bytes(report())
    call_command("mail", "explain", str(file), json=True)
    (told,) = json.loads(capsys.readouterr().out).values()
    assert told["kind"] == "bounce"
    assert told["refusals"][0]["recipient"] == GONE
    assert told["refusals"][0]["hard"]
    call_command("mail", "explain", str(file))
    assert "no_such_user, for good (5.1.1); not to be mailed again" in capsys.readouterr().out
    assert not MailEvent.objects.exists()


def test_nothing_listens_to_other_machines():
    with pytest.raises(SystemExit) as left:
        call_command("mail", "listen", at="0.0.0.0:2424")
    assert left.value.code == 2


def test_polling_without_a_mailbox_is_told():
    with pytest.raises(SystemExit) as left:
        call_command("mail", "poll")
    assert left.value.code == 2
