"""Books of a newsroom: in a transaction that is undone, or committed for real."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from donations.charging.world import World, at_work, lay_ground
from factories.desk_forms import Desk
from factories.giving import drop_rules
from factories.papers import Paper
from factories.staff import confirm
from handpress.donations.models import Rail


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """Transactions end here as they do in life. Afterwards the rules go, so that the rows can."""
    yield
    drop_rules()


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for keys that is this test's alone."""
    monkeypatch.setattr(settings, "HANDPRESS", replace(settings.HANDPRESS, folder=tmp_path))
    return tmp_path


@pytest.fixture
def practice_rail(db: None, own_folder: Path) -> Rail:
    """The one rail of a sponsor who receives gifts, by a practice company."""
    return lay_ground()


@pytest.fixture
def world(practice_rail: Rail, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A newsroom, a company, and a clock that only the test moves."""
    with at_work(practice_rail, is_quiet=False) as found:
        yield found
        # What the test has put over what a world puts there goes first, or that would stay.
        monkeypatch.undo()


@pytest.fixture
def paper(db: None, tmp_path: Path) -> Paper:
    """A paper without a single article, never pressed."""
    return Paper(tmp_path / "site")


@pytest.fixture
def desk(db: None, client: Client) -> Desk:
    """The desk, with somebody signed in who may do everything."""
    user: Any = get_user_model().objects.create_superuser(
        "editor", "editor@proof.example", "a long enough phrase"
    )
    client.force_login(user)
    confirm(client)
    return Desk(client)
