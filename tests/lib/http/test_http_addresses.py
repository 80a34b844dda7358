"""Clean addresses, moved pages, and pages that are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from handpress.lib.http.paths import climb
from http_sites import MISSING, PAGE, Site, header

# Clean addresses


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/topics/peace", "./peace/"),
        ("/topics/peace/index.html", "./"),
        ("/index.html", "./"),
        ("/2019/11/a-story", "./a-story.html"),
    ],
)
def test_an_unclean_address_leads_to_the_clean_one(site: Site, path: str, location: str) -> None:
    answer = site.ask(path)
    assert answer.status == 301
    assert header(answer, "location") == location


def test_a_redirect_never_leaves_the_folder_it_is_asked_in(site: Site) -> None:
    site.write("javascript:alert(1)/index.html")
    site.write("정의/index.html")
    site.write("a b?c.html")
    assert header(site.ask("/javascript:alert(1)"), "location") == "./javascript%3Aalert%281%29/"
    assert header(site.ask("/정의"), "location") == "./%EC%A0%95%EC%9D%98/"
    assert header(site.ask("/a b?c"), "location") == "./a%20b%3Fc.html"
    for path in ("//evil.example", "//evil.example/", "/\\evil.example", "//topics/peace"):
        answer = site.ask(path)
        assert answer.status in (400, 404)
        assert header(answer, "location") is None


def test_a_folder_comes_before_a_page_of_the_same_name(site: Site) -> None:
    site.write("topics/peace.html")
    assert header(site.ask("/topics/peace"), "location") == "./peace/"


def test_a_folder_without_index_is_not_there(site: Site) -> None:
    for path in ("/topics", "/topics/", "/2019/11/"):
        assert site.ask(path).status == 404


# Moved and gone pages


def moved(target: str, canonical: str = "") -> bytes:
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="refresh" content="0; url={target}">'
        f'<meta name="handpress" content="moved">{link}</head></html>'
    ).encode()


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("../2019/11/a-story.html", "../2019/11/a-story.html"),
        ("..&#x2f;topics&#x2f;peace&#x2f;", "../topics/peace/"),
        ("../topics/%EC%A0%95%EC%9D%98/", "../topics/%EC%A0%95%EC%9D%98/"),
        ("../topics/정의/", "../topics/%EC%A0%95%EC%9D%98/"),
        ("https://news.example/topics/peace/", "https://news.example/topics/peace/"),
    ],
)
def test_a_moved_page_says_where(site: Site, target: str, location: str) -> None:
    page = moved(target)
    site.write("articles/old.html", page)
    answer = site.ask("/articles/old.html")
    assert (answer.status, answer.body) == (301, page)
    assert header(answer, "location") == location
    assert header(answer, "content-type") == "text/html; charset=utf-8"
    assert site.ask("/articles/old.html", "HEAD").status == 301


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example/",
        "https://evil.example/",
        "https://news.example.evil.example/",
        "http://news.example/",
        "javascript:alert(1)",
        "\\\\evil.example",
        "https://[broken",
        "old.html",
    ],
)
def test_a_moved_page_leads_to_no_other_host_and_not_to_itself(site: Site, target: str) -> None:
    site.write("articles/old.html", moved(target))
    answer = site.ask("/articles/old.html")
    assert answer.status == 200
    assert header(answer, "location") is None


def test_a_moved_page_without_refresh_leads_by_its_canonical_link(site: Site) -> None:
    page = moved("", "https://news.example/2019/11/a-story.html").replace(b"; url=", b"")
    site.write("articles/old.html", page)
    assert header(site.ask("/articles/old.html"), "location") == (
        "https://news.example/2019/11/a-story.html"
    )


def test_a_gone_page_says_so(site: Site) -> None:
    page = b'<!doctype html><head><meta name="handpress" content="gone"></head>Taken down.'
    site.write("2019/11/gone.html", page)
    answer = site.ask("/2019/11/gone.html", accept_encoding="gzip")
    assert (answer.status, answer.body) == (410, page)


def test_a_mark_far_down_is_only_text(site: Site) -> None:
    site.write("2019/11/about.html", PAGE + moved("../../index.html"))
    assert site.ask("/2019/11/about.html").status == 200


# What is not there


@pytest.mark.parametrize(
    ("path", "way"),
    [("/nothing", "./"), ("/a/b/c", "../../"), ("/a/", "../"), ("/a/b/c/", "../../../")],
)
def test_the_missing_page_reads_well_at_any_depth(site: Site, path: str, way: str) -> None:
    answer = site.ask(path)
    assert answer.status == 404
    assert (
        answer.body
        == (
            f"<a href=\"{way}\">Home</a> <a href='{way}topics/'>Topics</a> "
            f'<img srcset="{way}a.png 1x, {way}b.png 2x">'
        ).encode()
    )
    assert header(answer, "content-length") == str(len(answer.body))
    assert header(answer, "content-type") == "text/html; charset=utf-8"
    assert header(answer, "cache-control") == "public, max-age=10"
    assert header(answer, "etag") is None


def test_the_missing_page_is_missing_under_its_own_name_too(site: Site) -> None:
    answer = site.ask("/404.html")
    assert (answer.status, answer.body) == (404, MISSING)


def test_a_changed_missing_page_is_seen_at_once(site: Site) -> None:
    assert b"Topics" in site.ask("/a/b").body
    site.write("404.html", b'<a href="./">Start</a>')
    assert site.ask("/a/b").body == b'<a href="../">Start</a>'


def test_without_a_missing_page_a_line_will_do(tmp_path: Path) -> None:
    for root in (tmp_path, tmp_path / "not-made-yet"):
        answer = Site(root).ask("/")
        assert answer.status == 404
        assert header(answer, "content-type") == "text/plain; charset=utf-8"


def test_an_absurdly_deep_path_costs_a_line(site: Site) -> None:
    for path in ("/" + "a/" * 40, "/" + "a/" * 900, "/" + "a" * 100_000):
        answer = site.ask(path)
        assert answer.status == 404
        assert len(answer.body) < 100


def test_the_way_to_the_root() -> None:
    assert [climb(path) for path in ("/", "/a", "/a/", "/a/b")] == ["./", "./", "../", "../"]
