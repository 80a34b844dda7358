"""`handpress readers`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from digest.readers.conftest import add_reader
from digest.readers.test_formats import FILES
from handpress.digest.models import Subscriber, SubscriberState

pytestmark = pytest.mark.django_db


def run(*words: str) -> int:
    try:
        call_command("readers", *words)
    except SystemExit as end:
        return int(str(end.code))
    return 0


def test_a_list_is_taken_over(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "export.zip"
    file.write_bytes(FILES["mailchimp"])
    assert run("import", str(file), "--dry-run", "--json") == 0
    sheet = json.loads(capsys.readouterr().out)
    assert (sheet["found"], sheet["added"], sheet["added_away"]) == (4, 1, 2)
    assert not Subscriber.objects.exists()
    assert run("import", str(file), "--agreed", "Mail me.") == 0
    assert "1 added" in capsys.readouterr().out
    assert Subscriber.objects.count() == 3


def test_columns_may_be_named(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "x.csv"
    file.write_text("mail,work\nhome@example.org,desk@example.org\n")
    assert run("import", str(file), "--column", "address=nonsense") == 1
    assert "does not fit" in capsys.readouterr().err
    assert run("import", str(file), "--column", "address=work") == 0
    assert Subscriber.objects.get().address == "desk@example.org"


def test_what_is_exported_is_for_its_owner_alone_and_comes_back(
    tmp_path: Path, capsys: Any
) -> None:
    add_reader()
    add_reader("left@example.org", state=SubscriberState.LEFT)
    file = tmp_path / "readers.csv"
    assert run("export", str(file)) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert run("export", str(file)) == 1, "nothing is written over"
    assert run("export", "-") == 0
    assert "ada@example.org,active,daily" in capsys.readouterr().out
    assert run("import", str(file), "--json") == 0
    sheet = json.loads(capsys.readouterr().out)
    assert (sheet["found"], sheet["unchanged"]) == (2, 2)


def test_one_is_erased(capsys: Any) -> None:
    add_reader()
    assert run("erase", "ADA@example.org", "--dry-run") == 0
    assert Subscriber.objects.get().state == SubscriberState.ACTIVE
    assert run("erase", "ADA@example.org") == 0
    assert Subscriber.objects.get().state == SubscriberState.ERASED
    assert run("erase", "ada@example.org") == 1
    assert run("erase", "nonsense") == 2
    assert run("erase") == 2
    capsys.readouterr()
    assert run("count", "--json") == 0
    counted = json.loads(capsys.readouterr().out)
    assert (counted["erased"], counted["active"]) == (1, 0)


@pytest.mark.parametrize("data", [b"", b"\0\0", b"name\nx\n"])
def test_what_is_no_list_is_refused(tmp_path: Path, capsys: Any, data: bytes) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(data)
    assert run("import", str(file)) == 1
    assert run("import", str(tmp_path / "none.csv")) == 1
    assert not Subscriber.objects.exists()


def test_a_list_that_does_not_say_who_left_is_not_taken_for_one_that_does(
    tmp_path: Path, capsys: Any
) -> None:
    file = tmp_path / "x.csv"
    file.write_text("email,name\nada@example.org,Ada\n")
    assert run("import", str(file), "--dry-run") == 0
    assert "No column says who has left" in capsys.readouterr().err
    file.write_text("email,status\nada@example.org,maybe\n")
    assert run("import", str(file), "--dry-run") == 0
    told = capsys.readouterr().err
    assert "counts as left: maybe" in told
    assert "No column" not in told
