"""The quick part of `make check-site`, on a small site: what needs no program but Python."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from factories.papers import Paper
from gates.all_gates import ANSWERS, GATES
from gates.bad import good_page, serving_controls
from gates.bench import Bench
from gates.desk import main_part
from gates.gate import Finding, Gate, read_allowances, sort_findings
from gates.html_rules import HtmlRules
from gates.keyboard import judge_order
from gates.named import LONG_WORDS
from gates.outlets import Outlet, Words
from gates.pages import SitePage, choose
from gates.report import closing_line
from gates.rows import prose
from gates.run import faults_of_the_run, run_gate, run_gates
from gates.tools import PINS, Tools
from gates.walk import ANSWER
from gates.weight import WINDOW_BYTES
from handpress.press.models import PrintedPage

WITHOUT_PROGRAMS = [gate for gate in GATES if not gate.needs]
PARAGRAPH = 75


def page(text: str, *, path: str = "a.html", kind: str = "article") -> SitePage:
    return SitePage("small", kind, path, f"http://127.0.0.1/{path}", text.encode())


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(Tools(missing={"java": "no Java is installed"}), [], tmp_path)


@pytest.fixture(scope="module")
def small_site(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> list[SitePage]:
    """A small site, really pressed, that has two runs of a topic and former addresses."""
    with django_db_blocker.unblock(), transaction.atomic():
        paper = Paper(tmp_path_factory.mktemp("small") / "site")
        for day in range(17):
            paper.article(f"Story {day}", ["Water"], day=day)
        paper.article("Long", day=30, body=[("text", _three_thousand_words())])
        moved = paper.article("Moved", ["Water"], day=31)
        paper.print()
        moved.slug = "moved-on"
        moved.save()
        paper.article("Gone", day=32).unpublish()
        paper.print()
        rows = PrintedPage.objects.filter(is_gone=False).values_list("kind", "path")
        pages = [
            SitePage("small", kind, path, f"http://127.0.0.1/{path}", paper.files()[path])
            for kind, path in rows
        ]
        transaction.set_rollback(True)
    return pages


def _three_thousand_words() -> str:
    words = prose("en")[:LONG_WORDS]
    texts = (" ".join(words[at : at + PARAGRAPH]) for at in range(0, LONG_WORDS, PARAGRAPH))
    return "".join(f"<p>{text}</p>" for text in texts)


@pytest.mark.django_db
def test_pages_hold_no_script_no_style_and_nothing_of_others(small_site: list[SitePage]) -> None:
    kinds = {one.kind for one in small_site if one.is_html}
    assert {"home", "article", "topic", "topic-page", "redirect", "not-found"} <= kinds
    assert list(map(str, HtmlRules().look(None, small_site))) == []


@pytest.mark.django_db
def test_a_long_article_fits_into_the_first_answer(small_site: list[SitePage]) -> None:
    [article] = [one for one in small_site if one.path.endswith("/long.html")]
    [style] = [one for one in small_site if one.suffix == "css" and "forms." not in one.path]
    assert len(article.text.split()) > LONG_WORDS
    assert sum(len(gzip.compress(one.content, 9)) for one in (article, style)) <= WINDOW_BYTES


@pytest.mark.parametrize("gate", WITHOUT_PROGRAMS, ids=lambda gate: gate.name)
def test_a_gate_that_needs_no_program_catches_its_controls(gate: Gate, bench: Bench) -> None:
    with serving_controls() as site:
        outcome = run_gate(bench, site, gate, [], [])
    assert outcome.controls > 0
    assert outcome.blind == []


def test_every_gate_stands_beside_controls() -> None:
    assert [gate.name for gate in GATES if not gate.controls] == []
    assert len({gate.name for gate in GATES}) == len(GATES)


def test_a_blind_gate_is_told_and_fails(bench: Bench) -> None:
    class Blind(HtmlRules):
        def look(self, bench: Bench | None, pages: Any) -> Iterator[Finding]:
            yield from ()

    with serving_controls() as site:
        outcome = run_gate(bench, site, Blind(), [page(good_page())], [])
    assert len(outcome.blind) == len(HtmlRules.controls)
    assert outcome.has_failed
    assert closing_line([outcome], []) == "check-site: 0 passed, 1 failed"


def test_a_gate_without_its_program_is_skipped_by_name(bench: Bench) -> None:
    [nu] = [gate for gate in GATES if gate.name == "Nu HTML checker"]
    with serving_controls() as site:
        outcome = run_gate(bench, site, nu, [], [])
    said = (
        "SKIPPED: Nu HTML checker: no Java is installed\ncheck-site: 0 passed, 0 failed, 1 skipped"
    )
    assert closing_line([outcome], []) == said


def test_a_page_kind_that_no_gate_reads_is_a_fault(bench: Bench) -> None:
    pages = (page(good_page()), page("{}", path="a.json", kind="novelty"))
    kinds = frozenset({"article", "novelty", "unprinted"})
    words = Words({}, (), ())
    outlets = [Outlet("small", Path(), "http://127.0.0.1/", kinds, pages, words)]
    with serving_controls() as site:
        outcome = run_gate(bench, site, HtmlRules(), pages[:1], [])
    assert [fault.partition(";")[0] for fault in faults_of_the_run(outlets, [outcome], [])] == [
        "page kind “unprinted”: none was printed",
        "page kind “novelty”: no gate reads it",
    ]


def test_what_readers_are_answered_is_shown_to_those_gates_alone(bench: Bench) -> None:
    assert {gate.name for gate in ANSWERS} >= {"axe-core", "keyboard", "Nu HTML checker"}
    answer = page(good_page(), path="-/left.html", kind=ANSWER)
    words = Words({}, (), ())
    outlet = Outlet("small", Path(), "http://127.0.0.1/", frozenset(), (), words, answers=(answer,))
    looking = Bench(bench.tools, [outlet], bench.folder)

    class Reading(HtmlRules):
        """Notes what it is given."""

    reading = Reading()
    with serving_controls() as site:
        [before] = run_gates(looking, site, [reading], [])
        [after] = run_gates(looking, site, [reading], [], shown_answers=[reading])
    assert (before.pages, after.pages) == ([], [answer])


def test_the_desks_own_part_of_a_page_is_judged_alone() -> None:
    desk = page('<nav id="a"></nav><main id="b"><p>x</p></main><nav id="a"></nav>', path="x/")
    assert main_part(desk).endswith(b'<body><main id="b"><p>x</p></main></body>')


def test_what_is_let_pass_is_narrow_and_has_a_reason() -> None:
    names = {gate.name for gate in GATES}
    for one in read_allowances():
        assert one.gate in names
        assert len(one.reason) > 20
        assert not re.search(one.what, ""), "that would let pass anything"
        assert one.page != "*" or len(one.what) > 8, "that would let pass too much"


def test_only_what_is_named_is_let_pass(tmp_path: Path) -> None:
    file = tmp_path / "allowed.toml"
    file.write_text(
        '[[allowed]]\ngate = "g"\ncheck = "c"\npage = "demo/*"\nwhat = "^old"\nreason = "it is"\n'
    )
    found = [
        Finding("c", "demo/a", "old x"),
        Finding("c", "demo/a", "new x"),
        Finding("d", "a", "old"),
    ]
    counts, let_pass = sort_findings("g", found, read_allowances(file))
    assert [one.what for one, _ in let_pass] == ["old x"]
    assert len(counts) == 2
    assert sort_findings("h", found, read_allowances(file)) == (found, [])


@pytest.mark.django_db
def test_chosen_pages_show_all_that_any_page_shows(small_site: list[SitePage]) -> None:
    chosen = choose(small_site)
    assert {one.kind for one in chosen} == {one.kind for one in small_site}
    for kind in {one.kind for one in small_site if one.is_html}:
        shown, there = (
            {each for one in some if one.kind == kind for each in one.features}
            for some in (chosen, small_site)
        )
        assert shown == there
    articles = [one for one in chosen if one.kind == "article"]
    assert len(articles) < len([one for one in small_site if one.kind == "article"]) / 4


@pytest.mark.parametrize(
    ("places", "is_rtl", "goes_wrong"),
    [
        ([(0, 0), (0, 30), (50, 0)], False, 0),  # along the line, then down
        ([(0, 0), (50, 0), (0, 30)], False, 0),  # down, then up into the next column
        ([(0, 30), (0, 0)], False, 1),  # back on the line
        ([(50, 0), (0, 0)], False, 1),  # up
        ([(0, 30), (0, 0)], True, 0),  # Arabic lines run the other way
        ([(0, 0), (0, 30)], True, 1),
    ],
)
def test_the_focus_goes_where_the_eye_goes(
    places: list[tuple[int, int]], is_rtl: bool, goes_wrong: int
) -> None:
    stops = [
        {
            "number": number, "region": 0, "name": str(number), "isRtl": is_rtl,
            "top": top, "bottom": top + 20, "left": left, "right": left + 20,
        }
        for number, (top, left) in enumerate(places)
    ]  # fmt: skip
    assert len(list(judge_order(stops))) == goes_wrong


def test_packages_of_node_are_pinned_by_hash_and_name_no_registry() -> None:
    asked = json.loads((PINS / "package.json").read_text())["dependencies"]
    lock = json.loads((PINS / "package-lock.json").read_text())
    packages = {name: row for name, row in lock["packages"].items() if name}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in asked.values())
    assert {f"node_modules/{name}" for name in asked} <= packages.keys()
    assert [name for name, row in packages.items() if "resolved" in row] == []
    assert [n for n, row in packages.items() if not row["integrity"].startswith("sha512-")] == []
    assert lock["packages"][""]["dependencies"] == asked
