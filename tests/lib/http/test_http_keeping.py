"""What is kept in memory, and how changes are noticed."""

from __future__ import annotations

import gzip
import os
import threading
from pathlib import Path

import pytest

from handpress.lib.http import loading
from handpress.lib.http.loading import LARGEST_KEPT
from http_sites import PAGE, Site, header

# Large files


def test_a_large_file_is_sent_from_the_disk(site: Site) -> None:
    file = site.write("film.mp4", b"\x00" * (LARGEST_KEPT + 1))
    answer = site.ask("/film.mp4")
    assert (answer.status, answer.body, answer.file) == (200, b"", str(file.resolve()))
    assert header(answer, "content-length") == str(LARGEST_KEPT + 1)
    part = site.ask("/film.mp4", range="bytes=5-")
    assert (part.status, part.file, part.span) == (206, str(file.resolve()), (5, LARGEST_KEPT + 1))
    first = header(answer, "etag")
    site.write("film.mp4", b"\x01" * (LARGEST_KEPT + 1))
    assert header(site.ask("/film.mp4"), "etag") != first
    assert site.folder._pages.kept_bytes < 1_000_000


def test_a_large_text_is_sent_from_its_small_sibling(site: Site) -> None:
    text = b"one line after another\n" * (LARGEST_KEPT // 20)
    site.write("all.txt", text)
    site.pack("all.txt")
    assert gzip.decompress(site.ask("/all.txt", accept_encoding="gzip").body) == text


# Keeping and noticing


@pytest.mark.usefixtures("trusting")
def test_a_page_asked_for_again_is_not_read_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = site.ask("/", accept_encoding="gzip")
    monkeypatch.setattr(os, "open", lambda *args, **kwargs: pytest.fail("the file was opened"))
    assert site.ask("/", accept_encoding="gzip").body == first.body


@pytest.mark.usefixtures("trusting")
def test_a_page_that_changes_is_live_with_the_next_request(site: Site) -> None:
    site.pack("index.html")
    for encoding in ("gzip", "br", "identity"):
        assert site.ask("/", accept_encoding=encoding).status == 200
    fresh = site.write("new.html", b"A new front page")
    fresh.rename(site.root / "index.html")
    for encoding in ("gzip", "identity"):
        assert site.ask("/", accept_encoding=encoding).body == b"A new front page"
    (site.root / "index.html").unlink()
    assert site.ask("/").status == 404


@pytest.mark.usefixtures("trusting")
def test_memory_is_bounded(site: Site) -> None:
    site.folder = site.open(budget_bytes=100_000)
    for number in range(100):
        site.write(f"pages/{number}.html", bytes([number]) * 5_000)
    for _ in range(2):
        for number in range(100):
            assert site.ask(f"/pages/{number}.html").body == bytes([number]) * 5_000
            assert site.folder._pages.kept_bytes <= 100_000
    assert 0 < len(site.folder._pages) < 100
    for number in range(100):
        site.folder._pages.drop(f"/pages/{number}.html")
    assert site.folder._pages.kept_bytes == 0


def test_what_is_asked_for_in_vain_costs_no_memory(site: Site) -> None:
    site.ask("/nothing")
    kept = site.folder._pages.kept_bytes
    for number in range(1000):
        assert site.ask(f"/nothing-{number}").status == 404
    assert site.folder._pages.kept_bytes == kept
    assert len(site.folder._lowered) < 40


def test_a_page_replaced_over_and_over_is_never_torn_missing_or_mislabelled(site: Site) -> None:
    """While a press replaces a page, a tag must stand for the same bytes all the time."""
    versions = [bytes([65 + number]) * (800 + number) for number in range(20)]
    is_over = threading.Event()

    def press() -> None:
        spare, page = site.root / ".press", site.root / "live.html"
        spare.mkdir()
        for number in range(400):
            data = versions[number % len(versions)]
            (spare / "page").write_bytes(data)
            Path(f"{page}.gz").unlink(missing_ok=True)
            (spare / "page").rename(page)
            (spare / "page").write_bytes(gzip.compress(data, mtime=0))
            (spare / "page").rename(f"{page}.gz")
        is_over.set()

    site.write("live.html", versions[0])
    presses = threading.Thread(target=press)
    presses.start()
    meaning: dict[str, bytes] = {}
    try:
        while not is_over.is_set():
            for encoding in ("gzip", "identity"):
                answer = site.ask("/live.html", accept_encoding=encoding)
                assert answer.status == 200
                body, coding = answer.body, header(answer, "content-encoding")
                plain = gzip.decompress(body) if coding == "gzip" else body
                assert plain in versions
                assert header(answer, "content-length") == str(len(body))
                assert meaning.setdefault(header(answer, "etag") or "", body) == body
    finally:
        is_over.wait(30)
        presses.join()
    assert site.ask("/live.html").body == versions[399 % len(versions)]


def test_a_machine_in_need_says_so_and_recovers(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*args: object, **kwargs: object) -> int:
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        answer = site.ask("/")
    assert answer.status == 503
    assert header(answer, "retry-after") == "5"
    assert "could not be read" in caplog.text
    assert site.ask("/").status == 200


def test_a_file_just_written_may_change_without_a_trace_and_is_read_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a clock that ticks slowly, two states of a file can look the same to `stat`."""
    assert site.ask("/").body == PAGE
    frozen = (site.root / "index.html").stat()
    site.write("index.html", PAGE.replace(b"bad", b"sad"))
    page = site.folder._pages.get("/")
    assert page is not None
    monkeypatch.setattr(os, "stat", lambda path, **options: frozen)
    # On a busy machine the file may have come to rest before it was read.
    page.is_settled = False
    assert not page.is_current()
    page.is_settled = True
    assert page.is_current()


@pytest.mark.usefixtures("trusting")
def test_a_file_of_the_same_size_and_date_is_another_file(site: Site) -> None:
    assert site.ask("/").body == PAGE
    before = (site.root / "index.html").stat()
    fresh = site.write("new.html", PAGE.replace(b"bad", b"sad"))
    os.utime(fresh, ns=(before.st_atime_ns, before.st_mtime_ns))
    fresh.rename(site.root / "index.html")
    assert (site.root / "index.html").stat().st_mtime_ns == before.st_mtime_ns
    assert b"sad" in site.ask("/").body


@pytest.mark.usefixtures("trusting")
def test_a_page_that_changes_while_it_is_answered_keeps_tag_and_bytes_together(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pack("index.html")
    assert header(site.ask("/", accept_encoding="gzip"), "content-encoding") == "gzip"
    old = header(site.ask("/", accept_encoding="gzip"), "etag") or ""
    site.write("index.html", PAGE.replace(b"bad", b"sad"))
    # As if the change came right after the look.
    monkeypatch.setattr(loading.Page, "is_current", lambda page: True)
    answer = site.ask("/")
    assert b"sad" in answer.body
    assert (header(answer, "etag") or "").strip('"') != old.strip('"').removesuffix("-gzip")
