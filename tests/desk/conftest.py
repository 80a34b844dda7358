from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from factories.desk_forms import Desk
from factories.papers import Paper


@pytest.fixture
def paper(db: None, tmp_path: Path) -> Paper:
    """A paper without a single article, never pressed."""
    return Paper(tmp_path / "site")


@pytest.fixture
def desk(db: None, client: Client) -> Desk:
    """The desk, with an editor signed in."""
    user = get_user_model().objects.create_superuser(
        "editor", "editor@proof.example", "a long enough phrase"
    )
    client.force_login(user)
    return Desk(client)
