"""One call of a WSGI application (PEP 3333): from a request to a reply that is whole."""

from __future__ import annotations

import io
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from wsgiref.util import FileWrapper

from handpress.project.bodies import Body
from handpress.project.rsgi import Scope

Environ = dict[str, Any]
_IN_MEMORY = 2**20
_SENT_BY_PROXIES = "HTTP_X_FORWARDED_"


@dataclass(slots=True)
class Reply:
    """What the application answered: in memory, or in a file, which may be ours to remove."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""
    file: str = ""
    is_temporary: bool = False


def make_environ(scope: Scope, body: Body, *, trusts_proxy: bool) -> Environ:
    """Return the environ of a request.

    What proxies say of a client (X-Forwarded-*, Forwarded) is left out unless one of ours
    stands in front: anybody could say it. Names with an underscore are left out, because
    WSGI could not tell them from those with a hyphen.
    """
    server, _, port = scope.server.rpartition(":")
    environ: Environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server.strip("[]") or "localhost",
        "SERVER_PORT": port or "80",
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
    }
    for name, value in scope.headers.items():
        if "_" not in name:
            _add_header(environ, "HTTP_" + name.upper().replace("-", "_"), value)
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if f"HTTP_{name}" in environ:
            environ[name] = environ.pop(f"HTTP_{name}")
    _judge_proxy(environ, trusts_proxy=trusts_proxy)
    return environ


def _add_header(environ: Environ, key: str, value: str) -> None:
    if key in environ:
        separator = "; " if key == "HTTP_COOKIE" else ","
        environ[key] += separator + value
    else:
        environ[key] = value


def _judge_proxy(environ: Environ, *, trusts_proxy: bool) -> None:
    # Whoever talks to our proxy can put anything in front of what the proxy adds itself.
    seen_by_proxy = environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    if trusts_proxy:
        environ["REMOTE_ADDR"] = seen_by_proxy or environ["REMOTE_ADDR"]
        return
    for key in [key for key in environ if key.startswith(_SENT_BY_PROXIES)]:
        del environ[key]
    environ.pop("HTTP_FORWARDED", None)


def call_wsgi(
    application: Callable[..., Iterable[bytes]],
    environ: Environ,
    folder: Path,
    has_left: threading.Event,
) -> Reply:
    """Run the application to its end and return its reply.

    What is longer than a megabyte goes to a temporary file in `folder`; once the client
    `has_left`, the rest of such an answer is not asked for any more.
    """
    reply = Reply(500, [])

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        reply.status, reply.headers = int(status.split(None, 1)[0]), headers

    parts = application(environ, start_response)
    try:
        reply.file = _file_behind(parts)
        if not reply.file:
            _collect(parts, reply, folder, has_left)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    return reply


def _file_behind(parts: Iterable[bytes]) -> str:
    """Return the path of the file that is the whole answer, or ""."""
    if not isinstance(parts, FileWrapper):
        return ""
    file = parts.filelike
    is_whole = isinstance(file, io.BufferedReader) and isinstance(file.name, str)
    return str(Path(file.name).absolute()) if is_whole and file.tell() == 0 else ""


def _collect(parts: Iterable[bytes], reply: Reply, folder: Path, has_left: threading.Event) -> None:
    kept: list[bytes] = []
    size = 0
    pieces = iter(parts)
    for piece in pieces:
        kept.append(piece)
        size += len(piece)
        if size > _IN_MEMORY:
            with tempfile.NamedTemporaryFile(dir=folder, prefix="reply-", delete=False) as file:
                reply.file, reply.is_temporary = file.name, True
                file.writelines(kept)
                size += _spool(pieces, file, has_left)
            break
    else:
        reply.body = b"".join(kept)
    if not any(name.lower() == "content-length" for name, _ in reply.headers):
        reply.headers = [*reply.headers, ("content-length", str(size))]


def _spool(pieces: Iterable[bytes], file: IO[bytes], has_left: threading.Event) -> int:
    size = 0
    for piece in pieces:
        if has_left.is_set():
            break
        size += file.write(piece)
    return size
