"""What a gate is: something that looks at pages, and the bad pages that it must not let through.

A gate that finds nothing may be right, or blind. So each of its checks stands beside a control: a
page made to be wrong in that one way. A control that is not caught fails the run like a finding.
"""

from __future__ import annotations

import fnmatch
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gates.bench import Bench
    from gates.pages import SitePage

ALLOWED = Path(__file__).with_name("allowed.toml")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong on a page. ``mode`` says how it was looked at, as in "phone, dark"."""

    check: str
    page: str
    what: str
    mode: str = ""

    def __str__(self) -> str:
        how = f" ({self.mode})" if self.mode else ""
        return f"{self.page}{how}: {self.check}: {self.what}"


@dataclass(frozen=True, slots=True)
class Bad:
    """A page that is wrong in one way, by the name of the check that must say so.

    ``path`` is where it is served, and ``beside`` what is served in the same folder. ``says`` is
    a word of the finding, where one check has many faults to tell.
    """

    check: str
    content: str | bytes
    path: str = "bad.html"
    headers: tuple[tuple[str, str], ...] = ()
    beside: tuple[tuple[str, str | bytes], ...] = ()
    kind: str = "control"
    says: str = ""

    def is_caught_by(self, finding: Finding) -> bool:
        return finding.check == self.check and self.says in finding.what

    @property
    def body(self) -> bytes:
        return self.content.encode() if isinstance(self.content, str) else self.content


class Gate:
    """Looks at pages. ``needs`` are programs without which it is skipped, by name."""

    name: str
    needs: tuple[str, ...] = ()
    controls: Sequence[Bad]

    def reads(self, page: SitePage) -> bool:
        """Tell whether the gate can judge this page."""
        return page.is_html

    def look(self, bench: Bench, pages: Sequence[SitePage]) -> Iterator[Finding]:
        """Yield what is wrong with the pages."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Allowance:
    """A finding that is known and let pass: where, which, and the reason.

    One that is made ``sometimes`` only, as it hangs on a fraction of a pixel or a second, may
    cover nothing in a run.
    """

    gate: str
    check: str
    page: str
    what: str
    reason: str
    sometimes: bool = False

    def covers(self, gate: str, finding: Finding) -> bool:
        return (
            self.gate == gate
            and self.check == finding.check
            and fnmatch.fnmatchcase(finding.page, self.page)
            and re.search(self.what, finding.what) is not None
        )


def read_allowances(file: Path = ALLOWED) -> list[Allowance]:
    """Read the list of what is let pass."""
    rows = tomllib.loads(file.read_text("utf-8")).get("allowed", [])
    return [Allowance(**{"page": "*", **row}) for row in rows]


@dataclass(slots=True)
class Outcome:
    """What one gate said. ``skipped`` is the reason for not having looked, if so."""

    gate: str
    pages: list[SitePage] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    let_pass: list[tuple[Finding, Allowance]] = field(default_factory=list)
    blind: list[str] = field(default_factory=list)
    controls: int = 0
    seconds: float = 0.0
    skipped: str = ""

    @property
    def has_failed(self) -> bool:
        return bool(self.findings or self.blind)


def sort_findings(
    gate: str, found: Iterable[Finding], allowances: Sequence[Allowance]
) -> tuple[list[Finding], list[tuple[Finding, Allowance]]]:
    """Part what counts from what is let pass."""
    counts: list[Finding] = []
    let_pass: list[tuple[Finding, Allowance]] = []
    for finding in found:
        allowance = next((one for one in allowances if one.covers(gate, finding)), None)
        if allowance:
            let_pass.append((finding, allowance))
        else:
            counts.append(finding)
    return counts, let_pass
