"""Conditional requests and parts of files."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handpress.lib.http.conditions import asked_range, format_http_date, parse_http_date
from http_sites import PAGE, Site, header

# Conditional requests


def test_a_copy_that_still_holds_is_not_sent_again(site: Site) -> None:
    first = site.ask("/")
    answer = site.ask("/", if_none_match=header(first, "etag") or "")
    assert (answer.status, answer.body) == (304, b"")
    for name in ("etag", "cache-control", "vary", "last-modified"):
        assert header(answer, name) == header(first, name)
    assert header(answer, "content-length") is None
    assert site.ask("/", "HEAD", if_none_match=header(first, "etag") or "").status == 304


def test_each_variant_has_its_own_copy(site: Site) -> None:
    site.pack("index.html")
    plain = header(site.ask("/"), "etag") or ""
    assert site.ask("/", if_none_match=plain, accept_encoding="br").status == 200
    packed = header(site.ask("/", accept_encoding="br"), "etag") or ""
    assert site.ask("/", if_none_match=packed, accept_encoding="br").status == 304


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("{}", 304),
        ("W/{}", 304),
        ('"other", {}', 304),
        ('W/"other",W/{}', 304),
        ("*", 304),
        ('"other"', 200),
        ("", 200),
        ("{", 200),
        ('"unfinished', 200),
    ],
)
def test_if_none_match_is_a_list_compared_weakly(site: Site, form: str, status: int) -> None:
    etag = header(site.ask("/"), "etag") or ""
    assert site.ask("/", if_none_match=form.replace("{}", etag)).status == status


@pytest.mark.parametrize(("form", "status"), [("{}", 200), ("*", 200), ("W/{}", 412), ('"x"', 412)])
def test_if_match_is_compared_strongly(site: Site, form: str, status: int) -> None:
    etag = header(site.ask("/"), "etag") or ""
    assert site.ask("/", if_match=form.replace("{}", etag)).status == status


def test_dates_count_only_where_no_tag_is_given(site: Site) -> None:
    file = site.write("index.html", age_s=1000)
    modified_s = int(file.stat().st_mtime)
    same, before = format_http_date(modified_s), format_http_date(modified_s - 1)
    assert site.ask("/", if_modified_since=same).status == 304
    assert site.ask("/", if_modified_since=before).status == 200
    assert site.ask("/", if_modified_since=same, if_none_match='"other"').status == 200
    assert site.ask("/", if_unmodified_since=before).status == 412
    assert site.ask("/", if_unmodified_since=same).status == 200
    etag = header(site.ask("/"), "etag") or ""
    assert site.ask("/", if_unmodified_since=before, if_match=etag).status == 200
    for odd in ("yesterday", "", "Mon, 99 Foo 2026 99:99:99 GMT", "0", "\x00"):
        assert site.ask("/", if_modified_since=odd, if_unmodified_since=odd).status == 200


def test_the_day_a_file_was_changed_is_never_in_the_future(site: Site) -> None:
    site.write("index.html", age_s=-100_000)
    stated = parse_http_date(header(site.ask("/"), "last-modified") or "")
    assert stated is not None
    assert stated < (site.root / "index.html").stat().st_mtime - 1000


def test_the_tag_follows_the_bytes_and_nothing_else(site: Site) -> None:
    first = header(site.ask("/"), "etag")
    site.write("index.html", PAGE, age_s=500)
    assert header(site.ask("/"), "etag") == first
    site.write("index.html", PAGE.replace(b"bad", b"sad"), age_s=500)
    assert header(site.ask("/"), "etag") != first
    assert header(site.ask("/topics/peace/"), "etag") == first


# Ranges


@pytest.mark.parametrize(
    ("asked", "status", "span"),
    [
        ("bytes=0-0", 206, (0, 1)),
        ("bytes=10-19", 206, (10, 20)),
        ("bytes=10-", 206, (10, len(PAGE))),
        ("bytes=-10", 206, (len(PAGE) - 10, len(PAGE))),
        ("bytes=-999999", 206, (0, len(PAGE))),
        ("bytes=5-999999", 206, (5, len(PAGE))),
        ("Bytes = 5 - 9", 206, (5, 10)),
        ("bytes=9-5", 200, None),
        ("bytes=-", 200, None),
        ("bytes=0-1,3-4", 200, None),
        ("pages=1-2", 200, None),
        ("bytes=a-b", 200, None),
        ("bytes=" + "9" * 40 + "-", 200, None),
        ("", 200, None),
    ],
)
def test_a_part_of_a_file(
    site: Site, asked: str, status: int, span: tuple[int, int] | None
) -> None:
    answer = site.ask("/", range=asked)
    assert answer.status == status
    if span is None:
        assert answer.body == PAGE
        return
    start, end = span
    assert answer.body == PAGE[start:end]
    assert header(answer, "content-range") == f"bytes {start}-{end - 1}/{len(PAGE)}"
    assert header(answer, "content-length") == str(end - start)


@pytest.mark.parametrize("asked", [f"bytes={len(PAGE)}-", "bytes=99999-100000", "bytes=-0"])
def test_a_part_that_is_not_there(site: Site, asked: str) -> None:
    answer = site.ask("/", range=asked)
    assert answer.status == 416
    assert header(answer, "content-range") == f"bytes */{len(PAGE)}"


def test_a_part_is_sent_only_of_the_file_one_has(site: Site) -> None:
    etag = header(site.ask("/"), "etag") or ""
    date = header(site.ask("/"), "last-modified") or ""
    assert site.ask("/", range="bytes=0-1", if_range=etag).status == 206
    assert site.ask("/", range="bytes=0-1", if_range=f"W/{etag}").status == 200
    assert site.ask("/", range="bytes=0-1", if_range='"other"').status == 200
    assert site.ask("/", range="bytes=0-1", if_range=date).status == 200
    assert site.ask("/", range="bytes=0-1", if_none_match=etag).status == 304
    assert site.ask("/", "HEAD", range="bytes=0-1").status == 200


def test_an_empty_file_has_no_parts(site: Site) -> None:
    site.write("empty.txt", b"")
    answer = site.ask("/empty.txt")
    assert (answer.status, header(answer, "content-length")) == (200, "0")
    assert site.ask("/empty.txt", range="bytes=0-").status == 416


@given(
    size=st.integers(0, 50),
    first=st.one_of(st.just(""), st.integers(0, 60)),
    last=st.one_of(st.just(""), st.integers(0, 60)),
)
def test_a_span_lies_within_the_file(size: int, first: object, last: object) -> None:
    sent: Callable[[str], str | None] = {"range": f"bytes={first}-{last}"}.get
    span = asked_range(sent, etag='"x"', size=size)
    if span is not None:
        start, end = span
        assert span == (0, 0) or 0 <= start < end <= size
