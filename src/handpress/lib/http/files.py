"""A folder of files as a web site: from a request to what is sent.

Pages are small and asked for often, so what was read is kept in memory and its file is only
looked at again (one `stat` a request: a page that is pressed is live with the next request).
That halves the cost of sending each file from the disk (docs/operating/serving.md).
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from handpress.lib.http.answers import Answer, AskHeader, Headers, plain_answer
from handpress.lib.http.cache import PageCache
from handpress.lib.http.conditions import asked_range, evaluate
from handpress.lib.http.encodings import preferred_encodings
from handpress.lib.http.finding import find, is_not_there
from handpress.lib.http.loading import (
    FileChanged,
    Page,
    Variant,
    checksum_of,
    is_settled,
    plain_variant,
    read_file,
    read_variant,
    tag_of,
)
from handpress.lib.http.media_types import is_compressible, media_type
from handpress.lib.http.paths import BadPath, climb
from handpress.lib.http.stubs import lower_links, moved_to, read_mark

logger = logging.getLogger(__name__)

_MISSING_PAGE = "/404.html"
_HTML = "text/html; charset=utf-8"
# Below this depth the missing page's links are not worth rewriting.
_DEEPEST_MISSING = 16
# How long a compressed sibling that was not there is taken to be still not there.
_LOOK_AGAIN_S = 1.0
# Each but the last is spoilt only by a page that is printed in the very moment.
_ATTEMPTS = 5


class Rules(Protocol):
    """Which headers a folder's files and errors carry; see `policies`."""

    def headers(self, path: str, content_type: str) -> Headers: ...
    def error_headers(self) -> Headers: ...


class FileFolder:
    """Answers GET and HEAD from the files below `root`. For one thread.

    Clean addresses: a folder is its index.html, a page is also found without ".html", both by
    a relative 301. `address` is the site's own, to which moved pages may lead. Query strings
    are the caller's to leave out. Nothing outside `root` is ever read, nor hidden files.
    """

    def __init__(
        self,
        root: Path,
        *,
        rules: Rules,
        address: str = "",
        budget_bytes: int = 32 * 1024 * 1024,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._root = str(root)
        self._rules = rules
        self._address = address
        self._pages = PageCache(budget_bytes)
        self._clock = clock
        self._lowered: dict[tuple[str, str], bytes] = {}

    def answer(self, method: str, path: str, header: AskHeader) -> Answer:
        """Answer a request for the decoded `path`; every fault is an answer, none is raised."""
        if method not in ("GET", "HEAD"):
            return self._error(405, "This address can only be read.", [("allow", "GET, HEAD")])
        answer = self._answer(method, path, header)
        if method == "HEAD":
            return Answer(answer.status, answer.headers)
        return answer

    def _answer(self, method: str, path: str, header: AskHeader) -> Answer:
        for _ in range(_ATTEMPTS):
            try:
                kept = self._pages.get(path)
                page = kept if kept is not None and kept.is_current() else self._load(path)
                if isinstance(page, Answer):
                    return page
                return page.fixed or self._represent(page, path, method, header)
            except FileChanged:
                self._pages.drop(path)
            except BadPath as bad:
                return self._missing(path) if bad.status == 404 else self._error(400, "Bad path.")
            except OSError as error:
                return self._refuse(path, error)
        return self._busy()

    def _refuse(self, path: str, error: OSError) -> Answer:
        """Answer for a file that cannot be read: it is not there, or the machine is in need."""
        self._pages.drop(path)
        if is_not_there(error):
            return self._missing(path)
        logger.error("A file of the site could not be read", extra={"errno": error.errno})
        return self._busy()

    # From a path to a page

    def _load(self, path: str) -> Page | Answer:
        self._pages.drop(path)
        found = find(self._root, path)
        if found.clean_location:
            return self._redirect(found.clean_location, path)
        signature, body = read_file(found.real)
        content_type = media_type(found.path)
        page = Page(
            watched=os.fsencode(found.path),
            real=found.real,
            signature=signature,
            is_settled=is_settled(signature),
            content_type=content_type,
            is_compressible=is_compressible(content_type),
            headers=self._rules.headers(path, content_type),
            etag=tag_of(signature, body),
            checksum=checksum_of(body),
            body=body,
        )
        page.fixed = self._fix(page, path)
        self._pages.put(path, page)
        return page

    # From a page to an answer

    def _represent(self, page: Page, path: str, method: str, header: AskHeader) -> Answer:
        variant = self._choose(page, path, header)
        verdict = evaluate(header, etag=variant.etag, modified_s=page.modified_s)
        if verdict == 304:
            return Answer(304, _validators(variant.headers))
        if verdict == 412:
            return self._error(412, "The file has changed.")
        if method == "GET":
            span = asked_range(header, etag=variant.etag, size=variant.size)
            if span is not None:
                return self._send_span(variant, span)
        if variant.body is None:
            return Answer(200, variant.headers, file=variant.path)
        return Answer(200, variant.headers, variant.body)

    def _choose(self, page: Page, path: str, header: AskHeader) -> Variant:
        if page.is_compressible:
            for encoding in preferred_encodings(header("accept-encoding")):
                variant = page.variants.get(encoding) or self._look_for(page, path, encoding)
                if variant is not None:
                    return variant
        variant = page.variants.get("")
        if variant is None:
            variant = plain_variant(page)
            page.body = None
            self._pages.add_variant(path, page, "", variant)
        return variant

    def _look_for(self, page: Page, path: str, encoding: str) -> Variant | None:
        """Read a compressed sibling, unless it was looked for in vain a moment ago."""
        missed_at_s = page.missed.get(encoding)
        if missed_at_s is not None and self._clock() - missed_at_s < _LOOK_AGAIN_S:
            return None
        variant = read_variant(page, encoding)
        if variant is None:
            page.missed[encoding] = self._clock()
        else:
            page.body = None
            self._pages.add_variant(path, page, encoding, variant)
        return variant

    def _send_span(self, variant: Variant, span: tuple[int, int]) -> Answer:
        start, end = span
        if end == 0:
            return self._error(
                416, "There is no such part.", [("content-range", f"bytes */{variant.size}")]
            )
        headers = [pair for pair in variant.headers if pair[0] != "content-length"]
        headers.append(("content-length", str(end - start)))
        headers.append(("content-range", f"bytes {start}-{end - 1}/{variant.size}"))
        if variant.body is None:
            return Answer(206, headers, file=variant.path, span=span)
        return Answer(206, headers, variant.body[start:end])

    # Answers that are no file

    def _fix(self, page: Page, path: str) -> Answer | None:
        """Return the one answer of a page that is moved, gone, or the missing page itself."""
        if page.content_type != _HTML or page.body is None:
            return None
        if path == _MISSING_PAGE:
            return _html(404, page.body, self._rules.error_headers())
        mark = read_mark(page.body)
        if mark == "gone":
            return _html(410, page.body, page.headers)
        target = mark and moved_to(page.body, path=path, address=self._address)
        if target:
            return _html(301, page.body, [("location", target), *page.headers])
        return None

    def _missing(self, path: str) -> Answer:
        """Answer with the site's own page for what is not there, its links made to fit."""
        depth = path.count("/") - 1
        page = self._missing_page() if depth <= _DEEPEST_MISSING else None
        if page is None or page.fixed is None:
            return self._error(404, "There is nothing at this address.")
        way = climb(path)
        body = self._lowered.get((page.etag, way))
        if body is None:
            if len(self._lowered) > 2 * _DEEPEST_MISSING:
                self._lowered.clear()
            body = self._lowered[page.etag, way] = lower_links(page.fixed.body, way)
        return _html(404, body, self._rules.error_headers())

    def _missing_page(self) -> Page | None:
        try:
            page = self._pages.get(_MISSING_PAGE)
            found = page if page and page.is_current() else self._load(_MISSING_PAGE)
        except (BadPath, OSError):
            return None
        return found if isinstance(found, Page) else None

    def _redirect(self, location: str, path: str) -> Answer:
        headers = self._rules.headers(path, _HTML)
        return plain_answer(301, "Moved.", headers=[("location", location), *headers])

    def _busy(self) -> Answer:
        return self._error(503, "Please try again in a moment.", [("retry-after", "5")])

    def _error(self, status: int, text: str, headers: Headers | None = None) -> Answer:
        return plain_answer(status, text, headers=[*(headers or []), *self._rules.error_headers()])


def _html(status: int, body: bytes, headers: Headers) -> Answer:
    own = [("content-type", _HTML), ("content-length", str(len(body)))]
    return Answer(status, own + headers, body)


def _validators(headers: Headers) -> Headers:
    """Return what a 304 repeats of the headers of a 200 (RFC 9110, 15.4.5)."""
    kept = ("cache-control", "etag", "last-modified", "vary")
    return [pair for pair in headers if pair[0] in kept]
