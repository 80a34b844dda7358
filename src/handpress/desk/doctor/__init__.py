"""The doctor: looks at everything that can be checked and says how to mend it.

Every check reads; none changes anything. A check is a function without arguments that
yields findings; one that falls over is itself a finding, and the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from handpress.desk.doctor import database, folder, mail, outlet, site, staff
from handpress.lib.findings import Finding

Check = Callable[[], Iterator[Finding]]

# Most basic first: what fails early often explains what fails later.
CHECKS: dict[str, Check] = {
    "settings": outlet.check_settings,
    "permissions": folder.check_permissions,
    "disk space": folder.check_space,
    "clock": folder.check_clock,
    "database": database.check_database,
    "tables": database.check_tables,
    "change marks": database.check_triggers,
    "program": outlet.check_program,
    "desk files": outlet.check_desk_files,
    "staff": staff.check_staff,
    "second factor": staff.check_second_factor,
    "address": outlet.check_address,
    "giving": outlet.check_giving,
    "books": outlet.check_books,
    "receivers": mail.check_receivers,
    "theme": site.check_theme,
    "site folder": site.check_folder,
    "press": site.check_press,
}


def examine(checks: dict[str, Check] = CHECKS) -> list[Finding]:
    """Run every check and return what was found, in order."""
    findings: list[Finding] = []
    for name, check in checks.items():
        try:
            findings.extend(check())
        except Exception as error:
            # Whatever is broken, the person at the terminal gets the rest of the answers.
            what = f"this could not be checked ({type(error).__name__}: {_first_line(error)})."
            findings.append(Finding(name, "fail", what, "Mend what failed above; then try again."))
    return findings


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0]
