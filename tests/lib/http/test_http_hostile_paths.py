"""Paths that nobody asks for in good faith."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handpress.lib.http.paths import BadPath, split_path
from http_sites import PAGE, Site, header


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/topics/../../secret.txt",
        "/..",
        "/topics/peace/..",
        "/./index.html",
        "/..\\secret.txt",
        "/topics\\peace",
        "/\x00",
        "/index.html\x00.png",
        "/a\nb",
        "/a\x7fb",
        "/\ufffd",
        "*",
        "",
        "index.html",
    ],
)
def test_a_malformed_path_is_refused(site: Site, path: str) -> None:
    site.write("../secret.txt", b"secret")
    assert site.ask(path).status == 400


@pytest.mark.parametrize(
    "path",
    [
        "//",
        "//index.html",
        "/topics//peace/",
        "/.press/page-1",
        "/.git/config",
        "/topics/.hidden.html",
        "/.hidden/index.html",
        "/....//secret.txt",
        "/%2e%2e/secret.txt",
        "/index.html/",
        "/index.html/x",
        "/" + "x" * 300,
        "/" + "é" * 200,
        "/a/" * 500,
    ],
)
def test_a_path_that_names_nothing_of_ours_is_missing(site: Site, path: str) -> None:
    site.write("../secret.txt", b"secret")
    for hidden in (".press/page-1", ".git/config", "topics/.hidden.html", ".hidden/index.html"):
        site.write(hidden)
    assert site.ask(path).status == 404


def test_the_one_public_folder_with_a_dot(site: Site) -> None:
    site.write(".well-known/security.txt", b"Contact: us")
    site.write("topics/.well-known/x.txt")
    site.write(".well-known/.hidden")
    assert site.ask("/.well-known/security.txt").body == b"Contact: us"
    assert site.ask("/topics/.well-known/x.txt").status == 404
    assert site.ask("/.well-known/.hidden").status == 404


def test_links_are_followed_within_the_folder_only(site: Site) -> None:
    site.write("../secret.txt", b"secret")
    site.write(".press/page-1", b"half a page")
    (site.root / "out.txt").symlink_to(site.root.parent / "secret.txt")
    (site.root / "up").symlink_to(site.root.parent)
    (site.root / "hidden.html").symlink_to(site.root / ".press/page-1")
    (site.root / "loop.html").symlink_to(site.root / "loop.html")
    (site.root / "within.html").symlink_to(site.root / "index.html")
    for path in ("/out.txt", "/up/secret.txt", "/hidden.html", "/loop.html"):
        assert site.ask(path).status == 404, path
    assert site.ask("/within.html").body == PAGE


def test_a_site_may_itself_be_a_link(site: Site, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(site.root)
    through = Site(tmp_path / "current")
    assert through.ask("/").body == PAGE
    other = Site(tmp_path / "other")
    other.write("index.html", b"Another edition")
    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to(other.root)
    assert through.ask("/").body == b"Another edition"


def test_what_is_no_file_is_not_sent(site: Site) -> None:
    os.mkfifo(site.root / "pipe.html")
    assert site.ask("/pipe.html").status == 404


def test_a_folder_beside_with_a_longer_name_is_outside(site: Site) -> None:
    site.write("../site-old/secret.txt", b"secret")
    (site.root / "old").symlink_to(site.root.parent / "site-old")
    assert site.ask("/old/secret.txt").status == 404


anything = st.text(
    st.one_of(st.sampled_from("/.\\%~\x00e2f"), st.characters()), min_size=0, max_size=40
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.one_of(anything, anything.map(lambda text: "/" + text)))
def test_no_path_whatever_gets_out_or_breaks_anything(site: Site, path: str) -> None:
    (site.root.parent / "secret.txt").write_bytes(b"secret")
    answer = site.ask(path)
    assert answer.status in (200, 301, 400, 404)
    assert b"secret" not in answer.body
    location = header(answer, "location")
    assert location is None or location.startswith("./")


@given(path=anything.map(lambda text: "/" + text))
def test_a_split_path_only_leads_down(path: str) -> None:
    with suppress(BadPath):
        names = split_path(path)
        assert "/" + "/".join(names) == path
        assert all(name and not name.startswith(".") for name in names[1:-1])
        assert ".." not in names
