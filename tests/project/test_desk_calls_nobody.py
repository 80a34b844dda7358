"""The desk's pages load nothing from any other host, and the app asks none."""

import re
import socket
from collections import deque
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.test import Client

HOST = "proof.example"
START = f"https://{HOST}/desk/"

# What a browser fetches by itself; a link that somebody has to press is not among it.
LOADS = {
    ("img", "src"),
    ("img", "srcset"),
    ("source", "src"),
    ("source", "srcset"),
    ("script", "src"),
    ("link", "href"),
    ("iframe", "src"),
    ("embed", "src"),
    ("object", "data"),
    ("video", "src"),
    ("video", "poster"),
    ("audio", "src"),
    ("form", "action"),
    ("use", "href"),
    ("body", "background"),
}


class Page(HTMLParser):
    """What a page loads, where it leads, and the addresses in its styles."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.loads: list[str] = []
        self.links: list[str] = []
        self.feed(html)
        self.loads += re.findall(r"url\(\s*['\"]?([^'\")]+)", html)
        # The menu is built by a script, from a list in the page.
        self.links += re.findall(r'"url": "(/desk/[^"]+)"', html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and (tag, name) in LOADS:
                places = value.split(",") if name == "srcset" else [value]
                self.loads += [place.split()[0] for place in places if place.strip()]
            if value and (tag, name) == ("a", "href"):
                self.links.append(value)


@pytest.fixture
def _no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection to another machine, and every question about a name."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(("127.", "::1")):
            raise AssertionError(f"the desk reached out to {address}")
        connect(self, address)

    def ask_nobody(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError(f"the desk asked for the address of {args[0]}")

    monkeypatch.setattr(socket.socket, "connect", connect_here)
    monkeypatch.setattr(socket, "getaddrinfo", ask_nobody)


@pytest.fixture
def editor(client: Client) -> Client:
    user = get_user_model().objects.create_superuser(
        "editor", "editor@proof.example", "a long enough phrase"
    )
    client.force_login(user)
    return client


def walk(client: Client, limit: int) -> Iterator[tuple[str, Page]]:
    """Yield the desk's pages that can be reached from its front, one of each kind."""
    waiting, seen = deque([START]), {START}
    while waiting and limit:
        address = waiting.popleft()
        answer = client.get(address, secure=True, headers={"host": HOST})
        assert answer.status_code in {200, 301, 302}, f"{address}: {answer.status_code}"
        if answer.status_code != 200:
            found = [answer["Location"]]
        elif answer["Content-Type"].startswith("text/html"):
            limit -= 1
            page = Page(answer.content.decode())
            yield address, page
            found = page.links
        else:
            continue
        for link in found:
            full = urldefrag(urljoin(address, link)).url
            kind = re.sub(r"\d+", "1", full)
            if is_worth_a_visit(full) and kind not in seen:
                seen.add(kind)
                waiting.append(full)


def is_worth_a_visit(address: str) -> bool:
    # Sorting and paging make endless variations of one page; a bulk action wants a choice first.
    return address.startswith(START) and "?" not in address and "/bulk/" not in address


def strangers(address: str, page: Page) -> list[str]:
    hosts = [(urlsplit(urljoin(address, load)).hostname, load) for load in page.loads]
    return [load for host, load in hosts if host not in {HOST, None}]


def make_records() -> None:
    """One record of each plain kind, so that lists have something to show and to edit."""
    for name in ("Topic", "Source", "Contributor"):
        apps.get_model("newsroom", name).objects.create(name=f"A {name}")


@pytest.mark.django_db
@pytest.mark.usefixtures("_no_way_out")
def test_no_page_of_the_desk_loads_from_elsewhere(editor: Client) -> None:
    make_records()
    visited = []
    for address, page in walk(editor, limit=100):
        assert strangers(address, page) == [], address
        visited.append(urlsplit(address).path)
    assert {"/desk/", "/desk/account/", "/desk/users/", "/desk/images/"} <= set(visited)
    assert any("/edit/" in path for path in visited)


@pytest.mark.django_db
@pytest.mark.usefixtures("_no_way_out")
def test_the_log_in_page_loads_from_nowhere_else(client: Client) -> None:
    address = f"{START}sign-in/"
    answer = client.get(address, secure=True, headers={"host": HOST})
    assert strangers(address, Page(answer.content.decode())) == []


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://other.example/a.png">',
        '<img srcset="/a.png 1x, https://other.example/b.png 2x">',
        '<script src="//other.example/a.js"></script>',
        '<link rel="stylesheet" href="http://other.example/a.css">',
        '<p style="background: url(https://other.example/a.png)">',
    ],
)
def test_the_walk_would_notice_a_stranger(html: str) -> None:
    assert len(strangers(START, Page(html))) == 1


def test_the_walk_lets_a_link_be_a_link() -> None:
    page = Page('<a href="https://other.example/">there</a><img src="/desk-static/a.png">')
    assert strangers(START, page) == []
