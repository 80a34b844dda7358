"""`handpress digest`: composing, previews and keys by hand."""

from __future__ import annotations

import json
from datetime import timedelta
from email import message_from_bytes, policy
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from digest.conftest import Newsdesk
from handpress.digest.models import Edition, EditionState
from handpress.mail import keys


def digest(*words: str) -> tuple[int, str, str]:
    """Run the command; return its exit status, what it prints and what it says."""
    out, said = StringIO(), StringIO()
    try:
        call_command("digest", *words, stdout=out, stderr=said)
    except SystemExit as leaving:
        return int(leaving.code or 0), out.getvalue(), said.getvalue()
    return 0, out.getvalue(), said.getvalue()


@pytest.fixture(autouse=True)
def articles(newsdesk: Newsdesk) -> None:
    for number in (1, 2, 3):
        newsdesk.article(f"Story {number}", "Water", ago=timedelta(hours=number))


def test_a_dry_run_shows_and_makes_nothing() -> None:
    status, out, _ = digest("compose", "--dry-run")
    assert status == 0
    assert "· Story 3" in out
    assert not Edition.objects.exists()


def test_composing_makes_the_next_one_and_then_makes_it_anew(newsdesk: Newsdesk) -> None:
    first = json.loads(digest("compose", "--json")[1])
    assert first["articles"] == ["Story 1", "Story 2", "Story 3"]
    assert (first["day"], first["state"]) == ("2026-11-26", "ready")
    newsdesk.now += timedelta(minutes=5)
    newsdesk.article("Hot", "Water", ago=timedelta(minutes=1))
    again = json.loads(digest("compose", "--json")[1])
    assert again["edition"] == first["edition"]
    assert again["articles"][0] == "Hot"


def test_what_went_out_is_not_composed_anew() -> None:
    digest("compose")
    Edition.objects.update(state=EditionState.DONE)
    status, _, said = digest("compose")
    assert status == 1
    assert "nothing changes it any more" in said


def test_without_a_weekly_edition_in_the_settings_there_is_none(settings_of: Any) -> None:
    settings_of("digest", weekly_on="")
    status, _, said = digest("compose", "--weekly")
    assert status == 1
    assert "no weekly edition" in said


def test_the_mail_is_seen_as_text_and_as_html() -> None:
    assert "Story 1\nWhat Story 1 is about" in digest("preview")[1]
    page = digest("preview", "--form", "html", "--language", "ko")[1]
    assert page.lower().startswith("<!doctype html>")
    assert "구독 해지" in page
    assert "\ufdd0" not in page
    assert not Edition.objects.exists()


def test_the_whole_message_is_written_byte_for_byte() -> None:
    octets = BytesIO()
    stream = TextIOWrapper(octets, "utf-8")
    call_command("digest", "preview", "--form", "eml", stdout=stream)
    message = message_from_bytes(octets.getvalue(), policy=policy.default)
    assert message["subject"] == "Story 1"
    assert message["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert b"\r\n" in octets.getvalue()


def test_readers_of_a_topic_see_its_pieces_alone(newsdesk: Newsdesk) -> None:
    newsdesk.article("At sea", "Harbour")
    out = digest("preview", "--topic", "harbour")[1]
    assert "At sea" in out
    assert "Story" not in out
    status, _, said = digest("preview", "--topic", "nowhere")
    assert status == 2
    assert "no topic “nowhere”" in said


def test_keys_are_made_once_and_their_records_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "keys_folder", lambda: tmp_path / "keys")
    out, said = digest("keys")[1:]
    assert "Made hp1, hp2" in said
    assert 'hp1._domainkey.localhost. TXT "v=DKIM1; k=rsa; p=' in out
    again = json.loads(digest("keys", "--json")[1])
    assert again["made"] == []
    assert [each["record"].split("; ")[1] for each in again["records"]] == ["k=rsa", "k=ed25519"]
