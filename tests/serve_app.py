"""A tiny Django app that `handpress serve` can serve, and a way to start it from a test.

As a module it is settings, addresses and views at once; as a program it is the server.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path

SECRET_KEY = "only-for-tests"
ROOT_URLCONF = "serve_app"
ALLOWED_HOSTS = ["*"]
USE_TZ = True
LOGGING_CONFIG = None
DATA_UPLOAD_MAX_MEMORY_SIZE = None
# Where views leave traces for a test to find.
TRACES = Path(os.environ.get("HANDPRESS_TEST_TRACES", "/nonexistent"))

if os.environ.get("HANDPRESS_TEST_BROKEN") and __name__ == ROOT_URLCONF:
    raise RuntimeError("These settings are broken on purpose.")


def hello(request: HttpRequest) -> HttpResponse:
    """Greet, and set a cookie or two."""
    response = HttpResponse(f"Hello, {request.GET.get('name', 'desk')}!", "text/plain")
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return response


def meta(request: HttpRequest) -> JsonResponse:
    """Tell what arrived."""
    kept = {key: value for key, value in request.META.items() if isinstance(value, str)}
    return JsonResponse({**kept, "path": request.path, "cookies": request.COOKIES})


def upload(request: HttpRequest) -> JsonResponse:
    """Read what was sent and tell what it was."""
    source = request.META["wsgi.input"]
    digest = hashlib.sha256()
    size = 0
    while chunk := source.read(65536):
        digest.update(chunk)
        size += len(chunk)
    trace("uploads", "one\n")
    is_on_disk = bool(getattr(source, "_rolled", False))
    return JsonResponse({"size": size, "sha256": digest.hexdigest(), "is_on_disk": is_on_disk})


def stream(request: HttpRequest) -> StreamingHttpResponse:
    """Send megabytes piece by piece; note when the last was taken, and when it was closed."""

    def pieces() -> Iterator[bytes]:
        try:
            for number in range(int(request.GET["mb"]) * 16):
                yield bytes([number % 256]) * 65536
            trace("streams", "whole\n")
        finally:
            trace("streams", "closed\n")

    return StreamingHttpResponse(pieces(), content_type="application/octet-stream")


def file(request: HttpRequest) -> FileResponse:
    """Send a file."""
    return FileResponse((TRACES / "a-file.bin").open("rb"))


def wait(request: HttpRequest) -> HttpResponse:
    """Begin, wait until a test says go, and finish."""
    trace("waits", "begun\n")
    if not wait_for_file(TRACES / "go"):
        return HttpResponse(status=504)
    trace("waits", "finished\n")
    return HttpResponse("done")


def boom(request: HttpRequest) -> HttpResponse:
    """Fail."""
    raise RuntimeError("boom")


def public(request: HttpRequest) -> HttpResponse:
    """Answer with headers of its own."""
    headers = {"Cache-Control": "public, max-age=9", "X-Frame-Options": "DENY"}
    return HttpResponse(status=204, headers=headers)


urlpatterns = [
    path("desk/hello", hello),
    path("desk/meta", meta),
    path("desk/정의", meta),
    path("desk/upload", upload),
    path("desk/stream", stream),
    path("desk/file", file),
    path("desk/wait", wait),
    path("desk/boom", boom),
    path("-/public", public),
]


def trace(name: str, text: str) -> None:
    """Leave a line for the test to find."""
    with (TRACES / name).open("a") as notes:
        notes.write(text)


def wait_for_file(file: Path, *, patience_s: float = 20.0) -> bool:
    """Wait until a file is there; return False when it never came."""
    tick = threading.Event()
    for _ in range(int(patience_s / 0.01)):
        if file.exists():
            return True
        tick.wait(0.01)
    return False


def work(stop: threading.Event) -> None:
    """Be the background work: note who works, and end when told to."""
    trace("workers", f"{os.getpid()}\n")
    stop.wait()
    trace("workers", "stopped\n")


def work_stubbornly(stop: threading.Event) -> None:
    """Be background work that never ends by itself."""
    trace("workers", f"{os.getpid()}\n")
    threading.Event().wait()


def _main() -> int:
    from handpress.project.options import ServeOptions
    from handpress.project.server import CannotServe, serve

    given = json.loads(sys.argv[1])
    folders = {name: Path(value) for name, value in given.items() if name.endswith("_folder")}
    try:
        return serve(
            ServeOptions(**{**given, **folders}),
            say=lambda text: print(text, file=sys.stderr, flush=True),
        )
    except CannotServe as reason:
        print(reason, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(_main())
