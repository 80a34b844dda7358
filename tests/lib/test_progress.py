"""Progress: silent when quick, sparse in a log, a bar on a terminal."""

from collections.abc import Iterable
from io import StringIO

import pytest

from handpress.lib.progress import progress


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


class SlowClock:
    """A clock that moves two seconds each time it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 2.0
        return self.now


def run(items: Iterable[int], stream: StringIO, clock: object = None) -> list[int]:
    return list(progress(items, "Reading", stream=stream, clock=clock or SlowClock()))  # type: ignore[arg-type]


def test_items_pass_through_in_order() -> None:
    assert run(range(5), StringIO()) == [0, 1, 2, 3, 4]


def test_quick_work_says_nothing() -> None:
    out = StringIO()
    run(range(1000), out, clock=lambda: 0.0)
    assert out.getvalue() == ""


def test_a_log_gets_a_line_every_ten_seconds_and_a_last_one() -> None:
    out = StringIO()
    run(range(25), out)
    lines = out.getvalue().splitlines()
    assert lines[-1] == "Reading: 25 of 25 (100%)"
    assert 4 <= len(lines) <= 12
    assert all(line.startswith("Reading: ") for line in lines)


def test_the_last_line_is_not_said_twice() -> None:
    out = StringIO()
    work = progress(2, "Printing", stream=out, clock=SlowClock())
    work.update(2)
    work.close()
    work.close()
    assert out.getvalue() == "Printing: 2 of 2 (100%)\n"


def test_an_unknown_total_is_counted() -> None:
    out = StringIO()
    run((n for n in range(3)), out)
    assert out.getvalue().splitlines()[-1] == "Reading: 3"


def test_a_terminal_gets_a_bar() -> None:
    out = Terminal()
    run(range(30), out)
    assert "[" in out.getvalue()
    assert "30/30" in out.getvalue()
    assert out.getvalue().endswith("\n")


def test_a_terminal_counts_without_a_total() -> None:
    out = Terminal()
    run((n for n in range(30)), out)
    assert "30" in out.getvalue()


def test_an_interrupted_bar_is_closed() -> None:
    out = Terminal()
    with (
        pytest.raises(KeyboardInterrupt),
        progress(9, "Printing", stream=out, clock=SlowClock()) as work,
    ):
        work.update(3)
        work.update(3)
        raise KeyboardInterrupt
    assert out.getvalue().endswith("\n")


def test_progress_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(2, "Printing", clock=SlowClock()) as work:
        work.update(2)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Printing" in captured.err
