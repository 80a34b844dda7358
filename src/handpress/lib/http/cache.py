"""The pages asked for of late, within a budget of memory."""

from __future__ import annotations

from collections import OrderedDict

from handpress.lib.http.loading import Page, Variant

# What a page costs besides its bytes: objects, headers, its place here. Measured: about 3 kB.
_OVERHEAD = 4096


class PageCache:
    """Pages by request path, least recently used first to go. For one thread."""

    def __init__(self, budget_bytes: int) -> None:
        self._budget = budget_bytes
        self._pages: OrderedDict[str, Page] = OrderedDict()
        self.kept_bytes = 0

    def __len__(self) -> int:
        return len(self._pages)

    def get(self, path: str) -> Page | None:
        """Return the page at `path` and count it as just used."""
        page = self._pages.get(path)
        if page is not None:
            self._pages.move_to_end(path)
        return page

    def put(self, path: str, page: Page) -> None:
        """Keep a page in place of what was kept for `path`."""
        self.drop(path)
        self._pages[path] = page
        self.kept_bytes += _cost(page)
        self._shrink()

    def drop(self, path: str) -> None:
        """Forget what is kept for `path`."""
        page = self._pages.pop(path, None)
        if page is not None:
            self.kept_bytes -= _cost(page)

    def add_variant(self, path: str, page: Page, encoding: str, variant: Variant) -> None:
        """Give a page one more variant, and its cost to the budget if the page is kept."""
        is_kept = self._pages.get(path) is page
        before = _cost(page)
        page.variants[encoding] = variant
        if is_kept:
            self.kept_bytes += _cost(page) - before
            self._shrink()

    def _shrink(self) -> None:
        while self.kept_bytes > self._budget and self._pages:
            self.drop(next(iter(self._pages)))


def _cost(page: Page) -> int:
    bodies = [variant.body for variant in page.variants.values()]
    bodies.append(page.fixed.body if page.fixed else None)
    return _OVERHEAD + sum(len(body) for body in bodies if body)
