"""`handpress serve` as readers and editors meet it: a real server on a port of this machine."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from servers import RunningServer, wait_until

PAGE = b"<!doctype html><title>Peace</title>" + b"<p>No news is bad news.</p>" * 300
LARGE = random.Random(7).randbytes(3 * 2**20)
MB = 2**20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One server for all tests of this module."""
    running = RunningServer(tmp_path_factory.mktemp("served"))
    for name, data in {
        "index.html": PAGE,
        "topics/peace/index.html": PAGE,
        "2019/11/a-story.html": PAGE,
        "404.html": b'<a href="./">Home</a>',
        "film.mp4": LARGE,
        "정의.html": PAGE,
    }.items():
        (running.site / name).parent.mkdir(parents=True, exist_ok=True)
        (running.site / name).write_bytes(data)
    (running.site / "index.html.gz").write_bytes(gzip.compress(PAGE, mtime=0))
    (running.static / "desk.css").write_bytes(b"body {}")
    (running.traces / "a-file.bin").write_bytes(LARGE)
    (running.folder / "secret.txt").write_text("secret")
    try:
        running.wait_ready()
        # Django is loaded beside; from here on it is there.
        assert running.ask("/desk/hello")[0].status == 200
        yield running
    finally:
        running.stop()


def send_line(server: RunningServer, line: str) -> bytes:
    """Send a request as it is written and return the answer as it comes."""
    return server.send_raw(f"{line} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())


# Readers


def test_a_page_goes_out_whole(server: RunningServer) -> None:
    response, body = server.ask("/2019/11/a-story.html")
    assert (response.status, body) == (200, PAGE)
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Content-Length"] == str(len(PAGE))
    assert "Transfer-Encoding" not in response.headers
    for name in ("ETag", "Last-Modified", "Cache-Control", "Content-Security-Policy", "Date"):
        assert len(response.headers.get_all(name, [])) == 1, name
    assert "Set-Cookie" not in response.headers


def test_a_copy_is_asked_about(server: RunningServer) -> None:
    etag = server.ask("/")[0].headers["ETag"]
    response, body = server.ask("/", If_None_Match=etag)
    assert (response.status, body) == (304, b"")
    assert response.headers["ETag"] == etag


@pytest.mark.parametrize(("path", "size"), [("/", len(PAGE)), ("/film.mp4", len(LARGE))])
def test_head_has_the_length_and_no_body(server: RunningServer, path: str, size: int) -> None:
    head, _, rest = send_line(server, f"HEAD {path}").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert f"content-length: {size}".encode() in head
    assert rest == b""


def test_the_compressed_sibling_goes_out(server: RunningServer) -> None:
    response, body = server.ask("/", Accept_Encoding="gzip, br")
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["Vary"] == "accept-encoding"
    assert gzip.decompress(body) == PAGE


def test_a_large_file_goes_out_whole_and_in_parts(server: RunningServer) -> None:
    assert server.ask("/film.mp4")[1] == LARGE
    response, body = server.ask("/film.mp4", Range="bytes=1000-2000999")
    assert response.status == 206
    assert body == LARGE[1000:2001000]
    assert response.headers["Content-Range"] == f"bytes 1000-2000999/{len(LARGE)}"
    assert server.ask("/film.mp4", Range=f"bytes={len(LARGE)}-")[0].status == 416
    assert server.ask("/", Range="bytes=0-3")[1] == PAGE[:4]


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/topics/peace", "./peace/"),
        ("/2019/11/a-story", "./a-story.html"),
        ("/index.html", "./"),
        ("/desk", "./desk/"),
        ("/topics/peace?x=//evil.example", "./peace/"),
    ],
)
def test_clean_addresses(server: RunningServer, path: str, location: str) -> None:
    response, _ = server.ask(path)
    assert (response.status, response.headers["Location"]) == (301, location)


def test_addresses_in_any_script(server: RunningServer) -> None:
    assert server.ask("/%EC%A0%95%EC%9D%98.html")[1] == PAGE
    assert server.ask("/%ec%a0%95%ec%9d%98")[0].headers["Location"] == "./%EC%A0%95%EC%9D%98.html"


def test_what_is_not_there(server: RunningServer) -> None:
    response, body = server.ask("/a/b/c")
    assert (response.status, body) == (404, b'<a href="../../">Home</a>')


def test_the_query_changes_nothing(server: RunningServer) -> None:
    etag = server.ask("/2019/11/a-story.html")[0].headers["ETag"]
    for number in range(50):
        query = f"?x={random.Random(number).getrandbits(64):x}&y=%00%ff"
        response, body = server.ask(f"/2019/11/a-story.html{query}")
        assert (response.status, response.headers["ETag"], body) == (200, etag, PAGE)


def test_pages_can_only_be_read(server: RunningServer) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        response, _ = server.ask("/", method, b"x" * 100_000)
        assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD")


def test_the_desks_own_files(server: RunningServer) -> None:
    response, body = server.ask("/desk-static/desk.css")
    assert (response.status, body) == (200, b"body {}")
    assert response.headers["Cache-Control"] == "public, no-cache"
    versioned, _ = server.ask("/desk-static/desk.css?v=abc")
    assert "immutable" in versioned.headers["Cache-Control"]
    assert server.ask("/desk-static/../site/index.html")[0].status == 400
    assert server.ask("/desk-static/")[0].status == 404


def test_a_page_that_is_pressed_is_live_at_once(server: RunningServer) -> None:
    page = server.site / "live.html"
    for number in range(30):
        fresh = server.site / ".fresh"
        fresh.write_bytes(b"edition %d" % number)
        fresh.rename(page)
        assert server.ask("/live.html")[1] == b"edition %d" % number


# What nobody asks in good faith


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2E%2E%2Fsecret.txt",
        "/..%2fsecret.txt",
        "/topics/..%2f..%2fsecret.txt",
        "/topics/%2e%2e/%2e%2e/secret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/%252e%252e/secret.txt",
        "/%c0%ae%c0%ae/secret.txt",
        "/%e0%80%ae%e0%80%ae/secret.txt",
        "//secret.txt",
        "///etc/passwd",
        "//evil.example/%2e%2e",
        "/%00",
        "/index.html%00.png",
        "/%ff%fe",
        "/%",
        "/%zz",
        "/.git/config",
        "/%2egit/config",
        "/desk-static/..%2f..%2fsecret.txt",
        "/" + "a" * 20_000,
        "/" + "a/" * 10_000,
        "/" + "%61" * 5_000,
        "http://evil.example/../secret.txt",
    ],
)
def test_no_path_gets_out(server: RunningServer, path: str) -> None:
    answer = server.send_raw(
        f"GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode()
    )
    status = answer.partition(b"\r\n")[0]
    assert status.split()[1] in (b"400", b"404"), status
    assert b"secret" not in answer.partition(b"\r\n\r\n")[2]
    assert b"\nlocation:" not in answer.lower()


@pytest.mark.parametrize(
    "head",
    [
        b"GET",
        b"GET / HTTP/9.9",
        b"GET / HTTP/1.0",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: h",
        b"GET /\x00 HTTP/1.1\r\nHost: h",
        b"G\xc3\xa9T / HTTP/1.1\r\nHost: h",
        b"OPTIONS * HTTP/1.1\r\nHost: h",
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: h",
        b"TRACE / HTTP/1.1\r\nHost: h",
        b"GET / HTTP/1.1",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b",
        b"GET / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: \xff\xfe",
        b"GET / HTTP/1.1\r\nHost: h\r\nIf-None-Match: " + b'"x",' * 5000,
        b"GET / HTTP/1.1\r\nHost: h\r\nRange: bytes=" + b"0-1," * 5000,
        b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 300_000,
        b"GET / HTTP/1.1\r\nHost: h" + b"\r\nX: y" * 2000,
        b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: -1",
        b"POST /desk/upload HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999",
        b"POST /desk/upload HTTP/1.1\r\nHost: h\r\nContent-Length: five",
        b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13",
    ],
)
def test_no_request_breaks_anything(server: RunningServer, head: bytes) -> None:
    answer = server.send_raw(head + b"\r\nConnection: close\r\n\r\n")
    assert answer == b"" or answer.startswith(b"HTTP/1.")
    assert answer == b"" or answer.split()[1][:1] in b"234"
    assert server.ask("/")[0].status == 200


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nX-Never-Fini",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf",
        b"POST /desk/upload HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf",
    ],
)
def test_who_hangs_up_breaks_nothing(server: RunningServer, data: bytes) -> None:
    server.send_raw(data, hang_up=True)
    assert server.ask("/")[0].status == 200
    assert server.ask("/desk/hello")[0].status == 200


def test_a_request_cannot_be_smuggled_in_another(server: RunningServer) -> None:
    answer = server.send_raw(
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"
        b"Connection: close\r\n\r\n0\r\n\r\nGET /desk/hello HTTP/1.1\r\nHost: h\r\n\r\n"
    )
    assert b"Hello" not in answer


def test_slow_clients_do_not_keep_others_waiting(server: RunningServer) -> None:
    before_mb = server.memory_mb()
    with ExitStack() as stack:
        slow = [stack.enter_context(server.connect()) for _ in range(400)]
        for connection in slow[:200]:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\nX-Slow: ")
        for connection in slow[200:300]:
            connection.sendall(b"GET /film.mp4 HTTP/1.1\r\nHost: h\r\n\r\n")
        for connection in slow[300:]:
            connection.sendall(
                b"POST /desk/upload HTTP/1.1\r\nHost: h\r\nContent-Length: 999\r\n\r\nx"
            )
        for number in range(100):
            assert server.ask(f"/2019/11/a-story.html?x={number}")[0].status == 200
        assert server.ask("/desk/hello")[0].status == 200
        assert server.memory_mb() < before_mb + 150


def test_clients_that_vanish_leave_nothing_behind(server: RunningServer) -> None:
    before_mb = server.memory_mb()
    for _ in range(200):
        with server.connect() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.sendall(b"GET /film.mp4 HTTP/1.1\r\nHost: h\r\n\r\n")
    assert server.ask("/film.mp4")[1] == LARGE
    assert server.memory_mb() < before_mb + 100
    pid = server.web_processes()[0]

    def files_are_closed() -> bool:
        held = [str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir() if each.exists()]
        return not any(name.endswith("film.mp4") for name in held)

    wait_until(files_are_closed)


# The desk


def test_the_desk_answers(server: RunningServer) -> None:
    response, body = server.ask("/desk/hello?name=%EC%A0%95")
    assert (response.status, body.decode()) == (200, "Hello, 정!")
    assert response.headers.get_all("Set-Cookie") == ["one=1; Path=/", "two=2; Path=/"]
    assert response.headers["Content-Length"] == str(len(body))
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"


def test_what_a_view_says_itself_stands(server: RunningServer) -> None:
    response, body = server.ask("/-/public")
    assert (response.status, body) == (204, b"")
    assert response.headers.get_all("Cache-Control") == ["public, max-age=9"]
    assert response.headers.get_all("X-Frame-Options") == ["DENY"]


def test_head_at_the_desk(server: RunningServer) -> None:
    answer = send_line(server, "HEAD /desk/hello")
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"content-length: 12" in answer
    assert answer.endswith(b"\r\n\r\n")


def test_what_django_is_told_of_a_request(server: RunningServer) -> None:
    _, body = server.ask(
        "/desk/%EC%A0%95%EC%9D%98?a=%20b",
        Accept_Language="ko",
        Cookie="a=1; b=2",
        X_Forwarded_For="6.6.6.6",
        X_Forwarded_Proto="https",
        Forwarded="for=6.6.6.6",
    )
    told = json.loads(body)
    assert told["path"] == "/desk/정의"
    assert told["QUERY_STRING"] == "a=%20b"
    assert told["HTTP_ACCEPT_LANGUAGE"] == "ko"
    assert told["cookies"] == {"a": "1", "b": "2"}
    assert told["REMOTE_ADDR"] == "127.0.0.1"
    assert told["SERVER_PORT"] == str(server.port)
    assert told["wsgi.url_scheme"] == "http"
    assert not {name for name in told if "FORWARDED" in name}


def test_a_header_with_an_underscore_cannot_pose_as_another(server: RunningServer) -> None:
    answer = server.send_raw(
        b"GET /desk/meta HTTP/1.1\r\nHost: h\r\nRemote_User: editor\r\nX-A: 1\r\nX-A: 2\r\n"
        b"Connection: close\r\n\r\n"
    )
    told = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert "HTTP_REMOTE_USER" not in told
    assert told["HTTP_X_A"] == "1,2"


def test_a_large_upload_goes_to_the_disk(server: RunningServer) -> None:
    picture = random.Random(1).randbytes(20 * MB)
    response, body = server.ask("/desk/upload", "POST", picture)
    assert response.status == 200
    told = json.loads(body)
    assert told["size"] == len(picture)
    assert told["sha256"] == hashlib.sha256(picture).hexdigest()
    assert told["is_on_disk"]
    assert list(server.scratch.iterdir()) == []


def test_a_small_upload_stays_in_memory(server: RunningServer) -> None:
    told = json.loads(server.ask("/desk/upload", "POST", b"small")[1])
    assert (told["size"], told["is_on_disk"]) == (5, False)


@pytest.mark.parametrize(
    ("field", "status"),
    [(b"Content-Length: 99999999", b"413"), (b"Transfer-Encoding: chunked", b"411")],
)
def test_a_body_that_is_not_taken(server: RunningServer, field: bytes, status: bytes) -> None:
    uploads = len(server.trace("uploads"))
    answer = server.send_raw(
        b"POST /desk/upload HTTP/1.1\r\nHost: h\r\n" + field + b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    )
    assert answer.split()[1] == status
    assert len(server.trace("uploads")) == uploads


def test_an_upload_cut_off_never_reaches_the_view(server: RunningServer) -> None:
    uploads = len(server.trace("uploads"))
    with server.connect() as connection:
        connection.sendall(
            b"POST /desk/upload HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n"
            + b"x" * 3_000_000
        )
    wait_until(lambda: list(server.scratch.iterdir()) == [])
    assert server.ask("/desk/hello")[0].status == 200
    assert len(server.trace("uploads")) == uploads


def test_a_long_answer_goes_by_the_disk_not_by_memory(server: RunningServer) -> None:
    response, body = server.ask("/desk/stream?mb=40")
    assert response.headers["Content-Length"] == str(len(body)) == str(40 * MB)
    assert (
        hashlib.sha256(body).digest()
        == hashlib.sha256(
            b"".join(bytes([number % 256]) * 65536 for number in range(40 * 16))
        ).digest()
    )
    assert server.trace("streams")[-2:] == ["whole", "closed"]
    assert server.memory_mb() < 300


def test_a_long_answer_that_nobody_waits_for_is_given_up(server: RunningServer) -> None:
    before, kept = len(server.trace("streams")), set(server.scratch.iterdir())
    with server.connect() as connection:
        connection.sendall(b"GET /desk/stream?mb=4000 HTTP/1.1\r\nHost: h\r\n\r\n")
        # What a test before this one was answered by may lie there for some seconds more.
        wait_until(lambda: set(server.scratch.iterdir()) - kept)
    wait_until(lambda: len(server.trace("streams")) > before)
    assert server.trace("streams")[before:] == ["closed"]
    for left in server.scratch.iterdir():
        left.unlink()


def test_a_file_from_a_view(server: RunningServer) -> None:
    assert server.ask("/desk/file")[1] == LARGE


def test_a_view_that_fails_costs_one_answer(server: RunningServer) -> None:
    response, body = server.ask("/desk/boom")
    assert response.status == 500
    assert b"boom" not in body
    assert server.ask("/desk/hello")[0].status == 200


def test_a_request_that_has_begun_ends_also_without_its_client(server: RunningServer) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET /desk/wait HTTP/1.1\r\nHost: h\r\n\r\n")
        wait_until(lambda: server.trace("waits") == ["begun"])
    (server.traces / "go").touch()
    wait_until(lambda: server.trace("waits") == ["begun", "finished"])


def test_nobody_is_written_down(server: RunningServer) -> None:
    server.ask("/2019/11/a-story.html?who=me", User_Agent="a reader")
    server.ask("/desk/nothing-here?who=me")
    log = server.read_log()
    assert "127.0.0.1 -" not in log
    assert "who=me" not in log
    assert "a-story" not in log
    assert "a reader" not in log
    assert os.environ.get("HANDPRESS_TEST_BROKEN") is None
