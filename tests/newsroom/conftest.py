from pathlib import Path

import pytest

from factories.papers import Paper


@pytest.fixture
def paper(db: None, tmp_path: Path) -> Paper:
    """A paper without a single article, never pressed."""
    return Paper(tmp_path / "site")
