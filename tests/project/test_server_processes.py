"""The processes of `handpress serve`: started, watched over, and stopped together."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from servers import RunningServer, free_port, wait_until

Starter = Callable[..., RunningServer]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    """Start servers that end with the test."""
    running: list[RunningServer] = []

    def start_one(**options: Any) -> RunningServer:
        server = RunningServer(tmp_path / f"server-{len(running)}", **options)
        (server.site / "index.html").write_bytes(b"The front page")
        running.append(server)
        return server

    yield start_one
    for server in running:
        server.stop()


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_everything_stops_in_time_whatever_clients_do(start: Starter) -> None:
    server = start(workers=2, background="serve_app.work").wait_ready()
    wait_until(lambda: server.trace("workers"))
    slow = server.connect()
    slow.sendall(b"GET / HTTP/1.1\r\nHost: h\r\nX-Never-Fini")
    began_s = time.monotonic()
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    wait_until(lambda: server.family() == [])
    assert time.monotonic() - began_s < 10
    slow.close()
    assert is_free(server.port)
    assert server.trace("workers")[-1] == "stopped"
    assert "ERROR" not in server.read_log()
    assert "Traceback" not in server.read_log()


def test_ctrl_c_reaches_all_processes_and_stops_them_in_order(start: Starter) -> None:
    server = start(workers=2, background="serve_app.work").wait_ready()
    wait_until(lambda: server.trace("workers"))
    # As a terminal does it: to the whole group at once.
    os.killpg(server.pid, signal.SIGINT)
    assert server.wait() == 0
    wait_until(lambda: server.family() == [])
    assert server.trace("workers")[-1] == "stopped"
    assert "Unexpected exit" not in server.read_log()


def test_work_that_does_not_end_is_ended(start: Starter) -> None:
    server = start(background="serve_app.work_stubbornly").wait_ready()
    wait_until(lambda: server.trace("workers"))
    began_s = time.monotonic()
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    wait_until(lambda: server.family() == [])
    assert time.monotonic() - began_s < 10
    assert "by force" in server.read_log()


def test_a_supervisor_that_is_killed_takes_its_processes_along(start: Starter) -> None:
    server = start(workers=2, background="serve_app.work").wait_ready()
    wait_until(lambda: server.trace("workers"))
    server.signal(signal.SIGKILL)
    server.wait()
    wait_until(lambda: server.family() == [])
    assert is_free(server.port)
    again = start(port=server.port).wait_ready()
    assert again.ask("/")[1] == b"The front page"


def test_background_work_that_dies_is_started_anew(start: Starter) -> None:
    server = start(background="serve_app.work").wait_ready()
    wait_until(lambda: len(server.trace("workers")) == 1)
    os.kill(int(server.trace("workers")[0]), signal.SIGKILL)
    wait_until(lambda: len(server.trace("workers")) == 2)
    assert server.ask("/")[0].status == 200
    assert "started anew" in server.read_log()


def test_background_work_that_cannot_start_leaves_the_site_alone(start: Starter) -> None:
    server = start(background="serve_app.no_such_work").wait_ready()
    wait_until(lambda: "started anew" in server.read_log())
    assert server.ask("/")[0].status == 200
    server.signal(signal.SIGTERM)
    assert server.wait() == 0


def test_a_web_process_that_dies_is_replaced(start: Starter) -> None:
    server = start(workers=2).wait_ready()
    wait_until(lambda: len(server.web_processes()) == 2)
    first = server.web_processes()[0]
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: len(set(server.web_processes()) - {first}) == 2)
    assert server.ask("/")[0].status == 200


def test_a_busy_port_is_named(start: Starter) -> None:
    first = start().wait_ready()
    second = start(port=first.port)
    assert second.wait() == 1
    assert f"Port {first.port} is busy" in second.read_log()
    assert "Traceback" not in second.read_log()
    assert first.ask("/")[0].status == 200


def test_a_newsroom_is_served_once(start: Starter) -> None:
    first = start().wait_ready()
    second = start(scratch_folder=str(first.scratch))
    assert second.wait() == 1
    assert "served already" in second.read_log()
    assert first.ask("/")[0].status == 200


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"host": "192.0.2.1"}, "192.0.2.1 is not an address of this machine"),
        ({"host": "no-such-host.invalid"}, "There is no address for 'no-such-host.invalid'"),
    ],
)
def test_an_address_that_is_not_ours(start: Starter, options: dict[str, str], words: str) -> None:
    server = start(**options)
    assert server.wait() == 1
    assert words in server.read_log()


def test_where_it_listens_is_said(start: Starter) -> None:
    port = free_port()
    server = start(host="localhost", port=port).wait_ready()
    assert f"http://127.0.0.1:{port}/" in server.read_log()
    assert f"http://127.0.0.1:{port}/desk/" in server.read_log()


def test_the_site_is_served_although_the_desk_cannot_start(start: Starter) -> None:
    server = start(environment={"HANDPRESS_TEST_BROKEN": "yes"}).wait_ready()
    assert server.ask("/")[1] == b"The front page"
    response, _ = server.ask("/desk/hello")
    assert response.status == 503
    assert response.headers["Cache-Control"] == "no-store"
    wait_until(lambda: "broken on purpose" in server.read_log())
    assert server.ask("/")[0].status == 200


def test_behind_a_proxy_of_ours_its_word_counts(start: Starter) -> None:
    server = start(behind_proxy=True).wait_ready()
    _, body = server.ask("/desk/meta", X_Forwarded_For="6.6.6.6, 192.0.2.7")
    assert b'"REMOTE_ADDR": "192.0.2.7"' in body


def test_what_a_killed_server_left_is_swept(start: Starter, tmp_path: Path) -> None:
    scratch = tmp_path / "server-0" / "scratch"
    scratch.mkdir(parents=True)
    (scratch / "reply-abc").write_bytes(b"half")
    start().wait_ready()
    assert list(scratch.iterdir()) == []
    assert scratch.stat().st_mode & 0o077 == 0
