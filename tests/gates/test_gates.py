"""The quick part of `make check-site`: what needs no program but Python, on a small pressed site."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from factories.papers import Paper
from gates.all_gates import GATES
from gates.bad import BadSite, good_page, serving_controls
from gates.bench import Bench
from gates.gate import ALLOWED, Allowance, Bad, Finding, Gate, read_allowances, sort_findings
from gates.html_rules import HtmlRules
from gates.images import Images
from gates.keyboard import judge_order
from gates.pages import SitePage, choose
from gates.report import closing_line, table
from gates.run import faults_of_the_run, run_gate
from gates.tools import PINS, Tools
from gates.weight import WINDOW_BYTES
from handpress.press.models import PrintedPage
from handpress.press.registry import registry

WITHOUT_PROGRAMS = [gate for gate in GATES if not gate.needs]


def page(text: str, path: str = "a.html", **more: str) -> SitePage:
    return SitePage("small", more.get("kind", "article"), path, f"http://127.0.0.1/{path}", text.encode())


def bench(tmp_path: Path) -> Bench:
    return Bench(Tools(), [], tmp_path)


@pytest.fixture(scope="module")
def small_site(django_db_setup: None, django_db_blocker, tmp_path_factory) -> list[SitePage]:
    """The pages of a small site, really pressed, that has articles, a topic and former addresses."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        paper = Paper(tmp_path_factory.mktemp("small") / "site")
        for day in range(17):
            paper.article(f"Story {day}", ["Water"], day=day)
        long = "".join(f"<p>{_words(100 * number)}</p>" for number in range(30))
        paper.article("Long", day=30, body=[("text", long)])
        moved = paper.article("Moved", ["Water"], day=31)
        paper.print()
        moved.slug = "moved-on"
        moved.save()
        paper.article("Gone", day=32).unpublish()
        paper.print()
        rows = PrintedPage.objects.filter(is_gone=False).values_list("kind", "path")
        pages = [
            SitePage("small", kind, path, f"http://127.0.0.1/{path}", (paper.folder / path).read_bytes())
            for kind, path in rows
        ]
        transaction.set_rollback(True)
    return pages


def _words(start: int) -> str:
    """A hundred words that do not repeat, as far as packing is concerned much like prose."""
    return " ".join(f"{(start + number) * 7919 % 99991:x}" for number in range(100))


def test_pages_hold_no_script_no_style_and_nothing_of_others(small_site: list[SitePage]) -> None:
    pages = [one for one in small_site if HtmlRules().reads(one)]
    assert {"home", "article", "topic", "topic-page", "redirect"} <= {one.kind for one in pages}
    known = [*pages, *(one for one in small_site if not HtmlRules().reads(one))]
    assert [str(found) for found in HtmlRules().look(None, known[: len(pages)])] == [] or [
        str(found) for found in _judged(pages, small_site)
    ] == []


def test_a_long_article_fits_into_the_first_answer(small_site: list[SitePage]) -> None:
    [article] = [one for one in small_site if one.path.endswith("/long.html")]
    [style] = [one for one in small_site if one.suffix == "css"]
    assert len(article.text.split()) > 3000
    sizes = [len(gzip.compress(one.content, 9)) for one in (article, style)]
    assert sum(sizes) <= WINDOW_BYTES + 6000  # Numbers pack worse than prose.


@pytest.mark.parametrize("gate", WITHOUT_PROGRAMS, ids=lambda gate: gate.name)
def test_gates_that_need_no_program_catch_their_controls(gate: Gate, tmp_path: Path) -> None:
    with serving_controls() as site:
        assert run_gate(bench(tmp_path), site, gate, [], []).blind == []
