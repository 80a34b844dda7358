"""Progress on stderr: a bar for a person, sparse lines for a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, Generic, Protocol, TextIO, TypeVar

T = TypeVar("T")

# Work that ends sooner than this is not worth a word.
QUIET_S = 1.5
# A log gets one line in this time, however fast the work goes.
LINE_EVERY_S = 10.0


class _Display(Protocol):
    def move(self, done: int) -> None: ...
    def close(self) -> None: ...


class Progress(Generic[T]):
    """Work in progress: iterate over it, or call `update` as steps are done."""

    def __init__(
        self,
        items: Iterable[T],
        total: int | None,
        label: str,
        stream: TextIO,
        clock: Callable[[], float],
    ) -> None:
        self.label = label
        self.total = total
        self.done = 0
        self._items = items
        self._stream = stream
        self._clock = clock
        self._started = clock()
        self._display: _Display | None = None

    def __enter__(self) -> Progress[T]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[T]:
        with self:
            for item in self._items:
                yield item
                self.update()

    def update(self, steps: int = 1) -> None:
        """Count `steps` more as done."""
        self.done += steps
        if self._display is None:
            if self._clock() - self._started < QUIET_S:
                return
            self._display = self._open()
        self._display.move(self.done)

    def close(self) -> None:
        """Leave the terminal tidy; a second call does nothing."""
        if self._display is not None:
            self._display.close()
            self._display = None

    def _open(self) -> _Display:
        if self._stream.isatty():
            return _Bar(self)
        return _Lines(self)


class _Bar:
    """click's progress bar, moved to an absolute count."""

    def __init__(self, work: Progress[Any]) -> None:
        import click  # only needed here, and `handpress --help` must start at once

        # A generator has no length hint, so without a total click shows the count alone.
        nothing = (each for each in list[None]())
        self._bar = click.progressbar(
            nothing,
            length=work.total,
            label=work.label,
            file=work._stream,
            show_pos=True,
        )
        self._bar.__enter__()

    def move(self, done: int) -> None:
        self._bar.update(done - self._bar.pos)

    def close(self) -> None:
        self._bar.__exit__(None, None, None)


class _Lines:
    """One line now and then, and a last one."""

    def __init__(self, work: Progress[Any]) -> None:
        self._work = work
        self._written_at = float("-inf")
        self._written = -1

    def move(self, done: int) -> None:
        now = self._work._clock()
        if now - self._written_at >= LINE_EVERY_S:
            self._write()
            self._written_at = now

    def close(self) -> None:
        if self._written != self._work.done:
            self._write()

    def _write(self) -> None:
        work = self._work
        self._written = work.done
        of_total = f" of {work.total} ({100 * work.done // work.total}%)" if work.total else ""
        print(f"{work.label}: {work.done}{of_total}", file=work._stream, flush=True)


def progress(
    iterable_or_total: Iterable[T] | int | None,
    label: str,
    *,
    total: int | None = None,
    stream: TextIO | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Progress[T]:
    """Show how far work has come, on stderr, once it has taken more than a moment.

    Give an iterable and loop over the result, or give a total (None: not known) and
    call `update` on it inside a `with`:

        for page in progress(pages, "Reading"): ...
        with progress(1000, "Printing") as work: work.update(50)

    `total` says the length of an iterable that cannot tell its own. On a terminal a
    bar is drawn; anywhere else a line is written at most every ten seconds, and one
    at the end. Costs about a microsecond per step; nothing is ever written to stdout.
    """
    items: Iterable[T]
    if iterable_or_total is None or isinstance(iterable_or_total, int):
        items, length = (), iterable_or_total
    else:
        items = iterable_or_total
        length = getattr(items, "__len__", lambda: None)()
    # Looked up at the call, so that whoever replaces sys.stderr is heard.
    out = stream if stream is not None else sys.stderr
    return Progress(items, total if total is not None else length, label, out, clock)
