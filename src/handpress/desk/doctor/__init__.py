"""The doctor: looks at everything that can be checked and says how to mend it.

Every check reads; none changes anything. A check is a function without arguments that
yields findings; one that falls over is itself a finding, and the others go on.
"""

from __future__ import annotations

from collections.abc import Mapping

from handpress.desk.doctor import database, folder, outlet, site, staff
from handpress.lib.findings import Check, Finding, run_checks
from handpress.mail.doctor.looking import check_receivers

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
    "receivers": check_receivers,
    "theme": site.check_theme,
    "site folder": site.check_folder,
    "press": site.check_press,
}


def examine(checks: Mapping[str, Check] = CHECKS) -> list[Finding]:
    """Run every check and return what was found, in order."""
    return run_checks(checks)
