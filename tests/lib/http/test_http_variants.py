"""Compressed siblings, and which client gets which."""

from __future__ import annotations

import gzip
import os

import pytest

from handpress.lib.http import loading
from handpress.lib.http.encodings import preferred_encodings
from http_sites import PAGE, Site, header


def test_the_best_variant_is_chosen_and_said(site: Site) -> None:
    site.pack("index.html")
    packed = site.ask("/", accept_encoding="gzip, br")
    assert packed.body == b"br:" + PAGE
    assert header(packed, "content-encoding") == "br"
    zipped = site.ask("/", accept_encoding="gzip")
    assert gzip.decompress(zipped.body) == PAGE
    assert header(zipped, "content-encoding") == "gzip"
    plain = site.ask("/")
    assert plain.body == PAGE
    assert header(plain, "content-encoding") is None
    tags = {header(each, "etag") for each in (packed, zipped, plain)}
    assert len(tags) == 3
    for each in (packed, zipped, plain):
        assert header(each, "vary") == "accept-encoding"
        assert header(each, "content-length") == str(len(each.body))
        assert header(each, "content-type") == "text/html; charset=utf-8"


def test_a_page_varies_also_while_it_has_no_siblings(site: Site) -> None:
    assert header(site.ask("/", accept_encoding="br"), "vary") == "accept-encoding"
    site.write("photo.jpg")
    assert header(site.ask("/photo.jpg"), "vary") is None


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        (None, ()),
        ("", ()),
        ("identity", ()),
        ("gzip", ("gzip",)),
        ("x-gzip", ("gzip",)),
        ("GZIP, BR", ("br", "gzip")),
        ("gzip, deflate, br, zstd", ("br", "gzip")),
        ("gzip;q=1.0, br;q=0.5", ("gzip", "br")),
        ("br;q=0, gzip", ("gzip",)),
        ("*", ("br", "gzip")),
        ("*;q=0", ()),
        ("*, br;q=0", ("gzip",)),
        ("identity;q=1, gzip;q=0.5", ()),
        ("identity;q=0.5, gzip;q=0.8, br;q=0.1", ("gzip",)),
        ("gzip;q=oops", ()),
        ("gzip;q=nan", ()),
        ("gzip;q=7", ()),
        ("gzip ; q=0.3", ("gzip",)),
        (";;;,,,==", ()),
        ("gzip," * 200, ()),
    ],
)
def test_what_a_client_would_rather_have(accepted: str | None, chosen: tuple[str, ...]) -> None:
    assert preferred_encodings(accepted) == chosen


def test_a_sibling_older_than_its_page_is_not_trusted(site: Site) -> None:
    site.pack("index.html")
    for ending in ("br", "gz"):
        moment = (site.root / "index.html").stat().st_mtime - 10
        os.utime(site.root / f"index.html.{ending}", (moment, moment))
    assert site.ask("/", accept_encoding="br, gzip").body == PAGE


def test_a_gzip_sibling_of_other_bytes_is_not_trusted_whatever_its_age(site: Site) -> None:
    site.write("index.html.gz", gzip.compress(PAGE.replace(b"bad", b"sad"), mtime=0))
    site.write("topics/peace/index.html.gz", b"not gzip at all")
    assert site.ask("/", accept_encoding="gzip").body == PAGE
    assert site.ask("/topics/peace/", accept_encoding="gzip").body == PAGE


def test_a_sibling_that_comes_later_is_found_within_a_second(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "_TICK_NS", -1)  # so that what was read is trusted at once
    assert site.ask("/", accept_encoding="gzip").body == PAGE
    site.pack("index.html")
    assert site.ask("/", accept_encoding="gzip").body == PAGE
    site.now_s += 1.1
    assert header(site.ask("/", accept_encoding="gzip"), "content-encoding") == "gzip"


def test_siblings_have_no_address_of_their_own(site: Site) -> None:
    site.pack("index.html")
    assert site.ask("/index.html.gz").status == 404
    assert site.ask("/index.html.br").status == 404
    site.write("archive.tar.gz", b"\x1f\x8b")
    answer = site.ask("/archive.tar.gz", accept_encoding="gzip")
    assert answer.status == 200
    assert header(answer, "content-type") == "application/gzip"
    assert header(answer, "content-encoding") is None
