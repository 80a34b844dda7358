"""What a run says at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from gates.gate import Finding, Outcome

MOST_SHOWN = 12


def closing_report(
    outcomes: Sequence[Outcome], notes: Sequence[str], faults: Sequence[str], *, most: int | None
) -> Iterator[str]:
    """Yield all that there is to say, but for the last line. At most ``most`` findings a gate."""
    yield ""
    yield from table(outcomes)
    yield from details(outcomes, most)
    for title, lines in (
        ("Figures", notes),
        ("Let pass, as tests/gates/allowed.toml says", list(allowances(outcomes))),
        ("The run itself is at fault", faults),
    ):
        if lines:
            yield f"\n{title}:"
            yield from (f"  {line}" for line in lines)


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield the lines of a table: a gate, the pages it read, what it found, its controls."""
    width = max(len(outcome.gate) for outcome in outcomes)
    yield f"  {'gate':<{width}}   pages  findings  let pass  controls caught   seconds"
    for one in outcomes:
        if one.skipped:
            yield f"- {one.gate:<{width}}   SKIPPED: {one.skipped}"
            continue
        mark = "✗" if one.has_failed else "✓"
        caught = f"{one.controls - len(one.blind)} of {one.controls}"
        yield (
            f"{mark} {one.gate:<{width}}  {len(one.pages):>6}  {len(one.findings):>8}"
            f"  {len(one.let_pass):>8}  {caught:>15}  {one.seconds:>8.1f}"
        )


def details(outcomes: Sequence[Outcome], most: int | None) -> Iterator[str]:
    """Yield every finding, those of many pages in one line, and the controls that got through."""
    for one in outcomes:
        if one.blind:
            yield f"\n{one.gate} is blind: it let pass a page made to fail {', '.join(one.blind)}"
        if one.findings:
            yield f"\n{one.gate}:"
            lines = list(_gathered(one.findings))
            yield from lines[:most]
            if most is not None and len(lines) > most:
                yield f"  … and {len(lines) - most} more; ARGS=--all shows them"


def allowances(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield what was let pass, with its reason."""
    counts = Counter(one for outcome in outcomes for _, one in outcome.let_pass)
    for allowance, count in counts.items():
        yield f"{allowance.gate}, {allowance.check}, {count}x: {allowance.reason}"


def closing_line(outcomes: Sequence[Outcome], faults: Sequence[str]) -> str:
    """Say in one line what became of the gates; what was skipped is named."""
    skipped = [one for one in outcomes if one.skipped]
    failed = sum(one.has_failed for one in outcomes) + bool(faults)
    passed = len(outcomes) - len(skipped) - sum(one.has_failed for one in outcomes)
    names = "".join(f"\nSKIPPED: {one.gate}: {one.skipped}" for one in skipped)
    rest = f", {len(skipped)} skipped" if skipped else ""
    return f"{names}\ncheck-site: {passed} passed, {failed} failed{rest}".lstrip("\n")


def _gathered(findings: Sequence[Finding]) -> Iterator[str]:
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.check, finding.what), []).append(finding)
    for (check, what), some in groups.items():
        places = list(dict.fromkeys(one.page for one in some))
        modes = ", ".join(dict.fromkeys(one.mode for one in some if one.mode))
        more = f" and {len(places) - 1} more pages" if len(places) > 1 else ""
        yield f"  {check}: {what}\n      {places[0]}{more}{f' ({modes})' if modes else ''}"
