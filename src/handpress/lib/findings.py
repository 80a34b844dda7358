"""What a check found, and how a list of findings is shown."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its name, how it ended, what was seen, and how to mend it if need be."""

    check: str
    state: State
    what: str
    mend: str = ""


Check = Callable[[], Iterable[Finding]]
"""Reads, changes nothing, and yields what it found."""


def run_checks(checks: Mapping[str, Check]) -> list[Finding]:
    """Run every check and return what was found, in order.

    One that falls over is itself a finding, and the others go on: whatever is broken, a person gets
    the rest of the answers.
    """
    findings: list[Finding] = []
    for name, check in checks.items():
        try:
            findings.extend(check())
        except Exception as error:
            what = f"this could not be checked ({type(error).__name__}: {_first_line(error)})."
            findings.append(Finding(name, "fail", what, "Mend what failed above; then try again."))
    return findings


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0]


def is_failure(findings: Sequence[Finding]) -> bool:
    """Say whether any check failed; a warning is not a failure."""
    return any(finding.state == "fail" for finding in findings)


def render_findings(findings: Sequence[Finding], *, as_json: bool = False) -> str:
    """Return the findings as a table for a person, or as one JSON object."""
    counts = {state: sum(f.state == state for f in findings) for state in ("ok", "warn", "fail")}
    if as_json:
        data = {**counts, "findings": [asdict(finding) for finding in findings]}
        return json.dumps(data, ensure_ascii=False, indent=2)
    width = max((len(finding.check) for finding in findings), default=0)
    rows = [_render(finding, width) for finding in findings]
    total = f"{counts['ok']} ok, {counts['warn']} to look at, {counts['fail']} failed"
    return "\n".join([*rows, "", total])


def _render(finding: Finding, width: int) -> str:
    head = f"{finding.state:<4}  {finding.check:<{width}}  "
    blank = " " * len(head)
    lines = textwrap.fill(
        finding.what,
        max(100, len(head) + 40),
        initial_indent=head,
        subsequent_indent=blank,
        # Paths and commands are copied from here: they stay whole.
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines + (f"\n{blank}→ {finding.mend}" if finding.mend else "")
