"""Which state of the theme this process makes pages with, while somebody works on its files."""

from __future__ import annotations

import logging

from handpress.conf.faults import Fault
from handpress.press.theme_faults import find_faults
from handpress.press.theme_files import ThemeFiles

logger = logging.getLogger(__name__)

_KEPT = 3


class ThemeKeeper:
    """Remembers the theme as it last was without faults, so that work on it stops nobody.

    Where there was no such time since the process began, the faulty theme is what there is: the
    desk works, and the press refuses it (`ThemeUnfit`).
    """

    def __init__(self) -> None:
        self._good: list[ThemeFiles] = []
        self._faults: dict[ThemeFiles, tuple[Fault, ...]] = {}

    def usable(self, latest: ThemeFiles) -> ThemeFiles:
        """Return the theme to be used: as it lies there, or, while that has faults, as it was."""
        if self._good and latest is self._good[-1]:
            return latest
        if self.faults(latest):
            return self._good[-1] if self._good else latest
        self._good = [*self._good, latest][-_KEPT:]
        return latest

    def faults(self, files: ThemeFiles) -> tuple[Fault, ...]:
        """Return what keeps pages from being printed with a theme, as far as is known."""
        if files not in self._faults:
            self._note(files, find_faults(files))
        return self._faults[files]

    def refuse(self, files: ThemeFiles, faults: tuple[Fault, ...]) -> None:
        """Note that pages of this newsroom cannot be made with a theme, whatever its files say."""
        self._note(files, faults)
        self._good = [one for one in self._good if one is not files]

    def _note(self, files: ThemeFiles, faults: tuple[Fault, ...]) -> None:
        while len(self._faults) >= _KEPT:
            del self._faults[next(iter(self._faults))]
        self._faults[files] = faults
        for fault in faults if self._good else ():
            logger.error("theme_unfit", extra={"theme": files.name, "fault": str(fault)})

    def forget(self) -> None:
        """Forget everything: only tests replace settings in a living process."""
        self._good.clear()
        self._faults.clear()


keeper = ThemeKeeper()
