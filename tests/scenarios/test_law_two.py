"""Law 2: whatever happened, the incremental site equals a fresh full press, byte for byte."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from factories.papers import Paper, fresh_site, undone
from handpress.archive import listings
from handpress.newsroom.models import ArticleTopic
from handpress.press.actions import Press
from handpress.press.models import Mark
from handpress.press.verify import verify_site
from scenarios.histories import Step, live_through, steps

EXAMPLES = int(os.environ.get("HANDPRESS_TEST_EXAMPLES", "30"))

_quiet = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    database=None,
)


def differences(history: Sequence[Step]) -> list[str]:
    """Live through a history; return the paths at which the site is not what it should be."""
    with tempfile.TemporaryDirectory() as folder, undone():
        paper = Paper(Path(folder, "site"))
        live_through(paper, history)
        incremental, fresh = paper.files(), fresh_site(Path(folder, "fresh"))
        found = verify_site(paper.press)
        wrong = [
            path for path in incremental.keys() | fresh if incremental.get(path) != fresh.get(path)
        ]
        return sorted({*wrong, *found.manifest, *found.derived, *found.strangers})


@pytest.mark.django_db
@settings(_quiet, max_examples=EXAMPLES)
@given(history=steps())
def test_the_incremental_site_equals_a_fresh_full_press(history: list[Step]):
    assert differences(history) == []


# The property itself must be able to fail -------------------------------------------------


@contextmanager
def a_forgotten_mark() -> Iterator[None]:
    """Refiling an article leaves no mark."""
    table = ArticleTopic._meta.db_table
    real = Paper.print

    def forgetful(paper: Paper, **options: object) -> set[str]:
        known = set(ArticleTopic.objects.values_list("article_id", flat=True))
        Mark.objects.filter(label="article", row_id__in=known).delete()
        return real(paper, **options)

    assert table
    with mock.patch.object(Paper, "print", forgetful):
        yield


def a_wrong_page_number() -> AbstractContextManager[object]:
    """Renumbering starts one page too late."""
    real = listings.runs_at

    def late(
        places: Iterable[tuple[int, listings.Key]],
    ) -> dict[tuple[int, listings.Key], tuple[int, listings.Key]]:
        return {place: (number + 1, start) for place, (number, start) in real(places).items()}

    return mock.patch.object(listings, "runs_at", late)


def a_stale_frame_part() -> AbstractContextManager[object]:
    """A change of the appeal is taken for no change once the site has been pressed."""
    real = Press._is_frame_stale

    def blind(press: Press) -> bool:
        return press.is_never_pressed() and real(press)

    return mock.patch.object(Press, "_is_frame_stale", blind)


def a_lost_removal() -> AbstractContextManager[object]:
    """Pages that ceased to exist stay where they are."""
    return mock.patch("handpress.press.manifest.remove_gone", return_value=0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fault", [a_forgotten_mark, a_wrong_page_number, a_stale_frame_part, a_lost_removal]
)
def test_a_planted_fault_is_found(fault: Callable[[], AbstractContextManager[object]]):
    def is_wrong(history: list[Step]) -> bool:
        with fault():
            return bool(differences(history))

    search = settings(_quiet, max_examples=400, phases=[Phase.generate], derandomize=True)
    history = find(steps(), is_wrong, settings=search)
    assert differences(history) == []
