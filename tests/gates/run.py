"""One run: go through all gates, each with its controls, and say what came of it."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator, Sequence

from gates.all_gates import ANSWERS, DESK, FILES, TELLS_LITTLE
from gates.bad import BadSite
from gates.bench import Bench
from gates.gate import Allowance, Bad, Finding, Gate, Outcome, sort_findings
from gates.outlets import Outlet, uncovered_kinds
from gates.pages import SitePage, choose


def run_gates(
    bench: Bench,
    controls: BadSite,
    gates: Sequence[Gate],
    allowances: Sequence[Allowance],
    *,
    shown_answers: Sequence[Gate] = ANSWERS,
) -> Iterator[Outcome]:
    """Yield what each gate says of the pages of all outlets, and whether it caught its controls."""
    every = [page for outlet in bench.outlets for page in outlet.pages]
    answers = [page for outlet in bench.outlets for page in outlet.answers]
    chosen = choose(every)
    for gate in gates:
        pages = every if gate in FILES else chosen
        if gate in DESK and not bench.tools.why_not(gate.needs):
            pages = bench.desk_pages
        if gate in shown_answers:
            pages = [*pages, *answers]
        yield run_gate(bench, controls, gate, [p for p in pages if gate.reads(p)], allowances)


def run_gate(
    bench: Bench,
    controls: BadSite,
    gate: Gate,
    pages: Sequence[SitePage],
    allowances: Sequence[Allowance],
) -> Outcome:
    """Look at pages and controls with one gate."""
    if why := bench.tools.why_not(gate.needs):
        return Outcome(gate.name, skipped=why)
    began = time.monotonic()
    outcome = Outcome(gate.name, list(pages), controls=len(gate.controls))
    try:
        _go_through(bench, controls, gate, outcome, allowances)
    except Exception:
        # The others go on; this one has failed, and says where.
        outcome.findings.append(Finding("crash", gate.name, traceback.format_exc()))
    outcome.seconds = time.monotonic() - began
    return outcome


def _go_through(
    bench: Bench,
    controls: BadSite,
    gate: Gate,
    outcome: Outcome,
    allowances: Sequence[Allowance],
) -> None:
    bad = [(control, controls.serve(control)) for control in gate.controls]
    if outcome.pages:
        found = list(gate.look(bench, outcome.pages))
        outcome.findings, outcome.let_pass = sort_findings(gate.name, found, allowances)
    notes = list(bench.notes)
    caught = list(gate.look(bench, [page for _, page in bad]))
    bench.notes[:] = notes
    outcome.blind = [
        _name(control) for control, page in bad if not _is_caught(control, page, caught)
    ]


def _is_caught(control: Bad, page: SitePage, findings: Sequence[Finding]) -> bool:
    return any(one.page == str(page) and control.is_caught_by(one) for one in findings)


def _name(control: Bad) -> str:
    return f"{control.check} {control.says}".strip()


def faults_of_the_run(
    outlets: Sequence[Outlet], outcomes: Sequence[Outcome], allowances: Sequence[Allowance]
) -> list[str]:
    """Say what is wrong with the run itself: kinds that nobody looked at, idle allowances."""
    looked = [one for one in outcomes if not one.skipped and one.gate not in TELLS_LITTLE]
    seen = {page.kind for outcome in looked for page in outcome.pages}
    used = {allowance for outcome in outcomes for _, allowance in outcome.let_pass}
    ran = {outcome.gate for outcome in outcomes if not outcome.skipped}
    idle = [
        f"allowed.toml lets pass what is not found any more: {one.gate}, {one.check}, {one.what}"
        for one in allowances
        if one.gate in ran and one not in used and not one.sometimes
    ]
    gaps = [fault for outlet in outlets for fault in outlet.faults]
    return [*uncovered_kinds(outlets, seen), *gaps, *idle]
