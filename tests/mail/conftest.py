"""Tests of mail have a newsroom's folder each: outbox, locks and keys are nobody else's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the newsroom's folder be one of this test's own."""
    monkeypatch.setattr(settings, "HANDPRESS", replace(settings.HANDPRESS, folder=tmp_path))
    return tmp_path
