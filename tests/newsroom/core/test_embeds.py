"""Whose address it is, by its form alone; hostile and odd ones do no harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handpress.newsroom.core.body import BodyTools, render_body
from handpress.newsroom.core.embeds import facade_of, pasted_address

WATCH = "https://www.youtube.com/watch?v=aqz-KE-bpKQ"


@pytest.mark.parametrize(
    ("given_url", "provider", "url"),
    [
        (WATCH, "YouTube", WATCH),
        ("https://youtu.be/aqz-KE-bpKQ?si=abc&t=42", "YouTube", f"{WATCH}&t=42"),
        ("https://www.youtube-nocookie.com/embed/aqz-KE-bpKQ?start=9", "YouTube", f"{WATCH}&t=9"),
        ("https://m.youtube.com/shorts/aqz-KE-bpKQ", "YouTube", WATCH),
        (
            "https://www.youtube.com/embed/videoseries?list=PL1",
            "YouTube",
            "https://www.youtube.com/embed/videoseries?list=PL1",
        ),
        (
            "https://player.vimeo.com/video/76979871?h=8272103f6e",
            "Vimeo",
            "https://vimeo.com/76979871/8272103f6e",
        ),
        (
            "https://www.dailymotion.com/embed/video/x8abcd1",
            "Dailymotion",
            "https://www.dailymotion.com/video/x8abcd1",
        ),
        (
            "https://open.spotify.com/embed/episode/4rOoJ6Egrf8K2IrywzwOMk?si=1",
            "Spotify",
            "https://open.spotify.com/episode/4rOoJ6Egrf8K2IrywzwOMk",
        ),
        (
            "https://w.soundcloud.com/player/?url=https%3A//soundcloud.com/a/b",
            "SoundCloud",
            "https://soundcloud.com/a/b",
        ),
        ("https://twitter.com/outlet/status/12345?s=20", "X", "https://x.com/outlet/status/12345"),
        (
            "https://bsky.app/profile/a.example/post/3k",
            "Bluesky",
            "https://bsky.app/profile/a.example/post/3k",
        ),
        (
            "https://files.example/a.mp3?utm_source=x&id=7",
            "files.example",
            "https://files.example/a.mp3?id=7",
        ),
    ],
)
def test_an_address_is_recognised(given_url: str, provider: str, url: str):
    facade = facade_of(given_url)
    assert facade
    assert (facade.provider, facade.url) == (provider, url)


@pytest.mark.parametrize(
    ("url", "provider"),
    [
        ("https://youtube.com.evil.example/watch?v=aqz-KE-bpKQ", "youtube.com.evil.example"),
        ("https://notyoutube.com/watch?v=aqz-KE-bpKQ", "notyoutube.com"),
        ("https://www.youtube.com/redirect?q=https://evil.example", "YouTube"),
        ("https://w.soundcloud.com/player/?url=javascript:alert(1)", "SoundCloud"),
        ("https://example.org/watch?v=aqz-KE-bpKQ", "example.org"),
    ],
)
def test_who_looks_like_another_is_called_by_its_own_name(url: str, provider: str):
    facade = facade_of(url)
    assert facade
    assert facade.provider == provider
    assert "javascript" not in facade.url.partition("?")[0]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,<script>",
        "//evil.example/a",
        "/2026/11/a.html",
        "https://",
        "https://youtube.com@evil.example/watch",
        "https://[::1",
        "https://example.org:port/",
        "ftp://example.org/a",
        "",
        "https://example.org/" + "a" * 3000,
    ],
)
def test_what_is_no_plain_address_is_none(url: str):
    assert facade_of(url) is None


@pytest.mark.parametrize(
    ("pasted", "address"),
    [
        (f" {WATCH} ", WATCH),
        (
            '<iframe width="5" src="//www.youtube.com/embed/aqz-KE-bpKQ?a=1&amp;b=2"></iframe>',
            "https://www.youtube.com/embed/aqz-KE-bpKQ?a=1&b=2",
        ),
        (
            '<blockquote><a href="https://x.com/a">A</a> <a href="https://x.com/a/status/1">B</a>'
            '</blockquote><script src="https://platform.x.example/w.js"></script>',
            "https://x.com/a/status/1",
        ),
        ("<script>alert(1)</script>", ""),
        ("<iframe srcdoc='x'>", ""),
    ],
)
def test_an_embed_code_gives_its_address(pasted: str, address: str):
    assert pasted_address(pasted) == address


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str):
    facade_of(text)
    facade_of(f"https://{text}")
    pasted_address(f"<iframe src={text}")


def test_a_facade_is_a_link_and_loads_nothing():
    value = {"url": "https://youtu.be/aqz-KE-bpKQ", "title": "A <film>", "note": "3 min"}
    html = render_body([{"type": "embed", "value": value}], BodyTools({}))
    assert html == (
        f'<div class="embed"><p dir="auto"><a href="{WATCH}" rel="noopener noreferrer">'
        'A &lt;film&gt;</a> <small>YouTube</small></p><p dir="auto">3 min</p></div>'
    )
