"""`handpress serve` in a newsroom of its own, down to the site folder."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError

import pytest

from newsrooms import make_newsroom
from servers import free_port, wait_until


@contextmanager
def serving(newsroom: Path, *options: str) -> Iterator[tuple[str, Path]]:
    """Run the command; yield the address it tells, and its log."""
    log = newsroom / "var" / "log"
    environment = {**os.environ, "HANDPRESS_NEWSROOM": str(newsroom)}
    command = [sys.executable, "-m", "handpress", "serve", "--workers", "1", *options]
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
    try:
        wait_until(lambda: process.poll() is not None or "Serving at" in log.read_text())
        assert process.poll() is None, log.read_text()
        yield log.read_text().partition("Serving at ")[2].split()[0], log
    finally:
        process.terminate()
        assert process.wait(20) == 0


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=20) as response:
            status: int = response.status
            return status
    except HTTPError as error:
        with error:
            return error.code


def test_the_site_outlives_its_database(tmp_path: Path) -> None:
    newsroom = make_newsroom(tmp_path / "news")
    (newsroom / "newsroom.sqlite3").write_bytes(b"this was a database" * 1000)
    (newsroom / "site" / "index.html").write_bytes(b"The front page")
    with serving(newsroom, "--port", str(free_port())) as (url, log):
        assert status_of(url) == 200
        assert "the site is served, the desk is not" in log.read_text()


def test_options_go_before_settings_and_the_desk_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom = make_newsroom(tmp_path / "news")
    (newsroom / "site" / "index.html").write_bytes(b"The front page")
    port = free_port()
    monkeypatch.setenv("HANDPRESS_SERVER_PORT", "1")
    with serving(newsroom, "--port", str(port), "--host", "127.0.0.1") as (url, log):
        assert url == f"http://127.0.0.1:{port}/"
        assert "handpress manage prepare" in log.read_text()
        assert status_of(f"{url}desk-static/wagtailadmin/css/core.css") == 200
        assert status_of(f"{url}desk-static/nothing.css") == 404
        assert status_of(f"{url}-/nothing") == 404


def test_the_desk_answers_under_the_address_that_is_printed(prepared_newsroom: Path) -> None:
    (prepared_newsroom / "site").mkdir(exist_ok=True)
    port = str(free_port())
    with serving(prepared_newsroom, "--port", port, "--host", "127.0.0.7") as (url, log):
        assert url == f"http://127.0.0.7:{port}/"
        assert status_of(f"{url}desk/sign-in/") == 200, log.read_text()


def run(newsroom: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a newsroom to its end."""
    environment = {**os.environ, "HANDPRESS_NEWSROOM": str(newsroom)}
    command = [sys.executable, "-m", "handpress", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("port", ["99999", "-5", "eight"])
@pytest.mark.parametrize("verb", ["serve", "demo"])
def test_a_port_that_is_none_is_refused(prepared_newsroom: Path, verb: str, port: str) -> None:
    where = [str(prepared_newsroom)] if verb == "demo" else []
    ended = run(prepared_newsroom, verb, *where, f"--port={port}")
    assert ended.returncode == 2
    assert f"{port} is not a port" in ended.stderr


def test_a_demo_that_cannot_be_served_leaves_the_password_as_it_is(
    prepared_newsroom: Path,
) -> None:
    demo = ["demo", str(prepared_newsroom), "--port"]
    with serving(prepared_newsroom, "--port", str(free_port())) as (url, _):
        taken = url.rstrip("/").rpartition(":")[2]
        for port, reason in ((taken, "is busy"), (str(free_port()), "served already")):
            ended = run(prepared_newsroom, *demo, port)
            assert ended.returncode == 1
            assert reason in ended.stderr
            assert "password" not in ended.stdout
