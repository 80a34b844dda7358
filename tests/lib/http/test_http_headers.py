"""The headers of pages, and the methods they answer."""

from __future__ import annotations

import pytest

from handpress.lib.http import META_POLICY, PAGE_POLICY, AssetRules, SiteRules
from handpress.lib.http.conditions import parse_http_date
from handpress.lib.http.media_types import is_compressible, media_type
from http_sites import PAGE, Site, header

# Pages and their headers


def test_a_page_is_sent_whole_with_what_a_cache_needs(site: Site) -> None:
    answer = site.ask("/2019/11/a-story.html")
    assert (answer.status, answer.body) == (200, PAGE)
    assert header(answer, "content-type") == "text/html; charset=utf-8"
    assert header(answer, "content-length") == str(len(PAGE))
    assert header(answer, "accept-ranges") == "bytes"
    assert header(answer, "cache-control") == (
        "public, max-age=60, stale-while-revalidate=600, stale-if-error=604800"
    )
    etag = header(answer, "etag")
    assert etag
    assert etag[0] == etag[-1] == '"'
    modified = parse_http_date(header(answer, "last-modified") or "")
    assert modified == int((site.root / "2019/11/a-story.html").stat().st_mtime)


def test_a_page_is_guarded(site: Site) -> None:
    answer = site.ask("/")
    policy = header(answer, "content-security-policy")
    assert policy == (
        "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; "
        "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    assert header(answer, "x-content-type-options") == "nosniff"
    assert header(answer, "referrer-policy") == "no-referrer"
    assert header(answer, "cross-origin-opener-policy") == "same-origin"
    assert header(answer, "cross-origin-resource-policy") == "same-origin"
    assert header(answer, "x-frame-options") == "DENY"
    assert "geolocation=()" in (header(answer, "permissions-policy") or "")


def test_the_policy_in_a_page_is_that_of_the_header_but_for_frames() -> None:
    assert f"{META_POLICY}; frame-ancestors 'none'" == PAGE_POLICY
    assert "upgrade-insecure-requests" not in PAGE_POLICY


@pytest.mark.parametrize("path", ["/", "/nothing", "/topics/peace", "/../x", "/404.html"])
def test_every_answer_is_guarded_and_none_sets_a_cookie(site: Site, path: str) -> None:
    for method in ("GET", "HEAD", "POST"):
        answer = site.ask(path, method)
        assert header(answer, "x-content-type-options") == "nosniff"
        assert header(answer, "content-security-policy") == PAGE_POLICY
        assert header(answer, "cache-control")
        assert header(answer, "set-cookie") is None
        assert header(answer, "strict-transport-security") is None


def test_only_a_site_on_https_promises_to_stay_there(site: Site) -> None:
    site.folder = site.open(rules=SiteRules(is_https=True))
    for path in ("/", "/nothing", "/topics/peace"):
        promise = header(site.ask(path), "strict-transport-security")
        assert promise == "max-age=31536000"


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/index.html", "text/html; charset=utf-8"),
        ("/assets/broadsheet.3fa9c1d2.css", "text/css; charset=utf-8"),
        ("/feed.xml", "application/atom+xml; charset=utf-8"),
        ("/topics/peace/feed.xml", "application/atom+xml; charset=utf-8"),
        ("/feed.json", "application/feed+json; charset=utf-8"),
        ("/sitemap.xml", "application/xml; charset=utf-8"),
        ("/sitemap-3.xml", "application/xml; charset=utf-8"),
        ("/robots.txt", "text/plain; charset=utf-8"),
        ("/data.json", "application/json"),
        ("/drawing.svg", "image/svg+xml"),
        ("/photo.webp", "image/webp"),
        ("/photo.AVIF", "image/avif"),
        ("/favicon.ico", "image/vnd.microsoft.icon"),
        ("/font.woff2", "font/woff2"),
        ("/site.webmanifest", "application/manifest+json"),
        ("/talk.mp3", "audio/mpeg"),
        ("/strange.xyz", "application/octet-stream"),
        ("/no-suffix", "application/octet-stream"),
    ],
)
def test_a_file_is_called_what_it_is(path: str, content_type: str) -> None:
    assert media_type(path) == content_type


def test_text_is_worth_compressing_and_pictures_are_not() -> None:
    small = ["a.html", "a.css", "feed.xml", "a.svg", "a.json", "a.webmanifest", "favicon.ico"]
    large = ["a.jpg", "a.webp", "a.woff2", "a.mp4", "a.zip", "unknown"]
    assert all(is_compressible(media_type(name)) for name in small)
    assert not any(is_compressible(media_type(name)) for name in large)


@pytest.mark.parametrize("path", ["feed.xml", "feed.json", "image/photo.jpg", "drawing.svg"])
def test_feeds_and_pictures_may_be_used_by_other_sites(site: Site, path: str) -> None:
    site.write(path)
    assert header(site.ask(f"/{path}"), "cross-origin-resource-policy") == "cross-origin"


def test_a_drawing_opened_by_itself_can_do_nothing(site: Site) -> None:
    site.write("drawing.svg", b"<svg/>")
    policy = header(site.ask("/drawing.svg"), "content-security-policy") or ""
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script" not in policy


@pytest.mark.parametrize(
    ("path", "is_kept"),
    [
        ("assets/broadsheet.3fa9c1d2.css", True),
        ("assets/fonts/serif-3fa9c1d2ab.woff2", True),
        ("assets/broadsheet.css", False),
        ("broadsheet.3fa9c1d2.css", False),
    ],
)
def test_only_fingerprinted_assets_are_kept_for_ever(site: Site, path: str, is_kept: bool) -> None:
    site.write(path)
    caching = header(site.ask(f"/{path}"), "cache-control") or ""
    assert ("immutable" in caching) is is_kept


def test_the_desks_files_are_kept_for_ever_by_version_only(site: Site) -> None:
    site.write("wagtail/core.css")
    for is_versioned in (True, False):
        site.folder = site.open(rules=AssetRules(is_versioned=is_versioned))
        caching = header(site.ask("/wagtail/core.css"), "cache-control") or ""
        assert ("immutable" in caching) is is_versioned


# HEAD and other methods


@pytest.mark.parametrize("path", ["/", "/topics/peace", "/nothing", "/2019/11/a-story.html"])
def test_head_says_what_get_would(site: Site, path: str) -> None:
    whole, head = site.ask(path), site.ask(path, "HEAD")
    assert (head.status, head.headers) == (whole.status, whole.headers)
    assert head.body + head.file.encode() == b""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get"])
def test_a_page_can_only_be_read(site: Site, method: str) -> None:
    answer = site.ask("/", method)
    assert answer.status == 405
    assert header(answer, "allow") == "GET, HEAD"
