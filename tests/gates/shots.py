"""Pictures of every page kind, without script, for a person to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path

from gates.bench import DESKTOP, PHONE, Bench, open_page
from gates.layout import ZOOM_400
from gates.pages import SitePage

# Longer pages are cut: a person wants to see how they begin and how they are set.
_MOST_HEIGHT = 4000
_FETCH_ALL = """() => {
    const waiting = [...document.images].filter(image => !image.complete);
    for (const image of waiting) image.loading = 'eager';
    return waiting.length;
}"""
_GALLERY_STYLE = (
    "body { font: 14px sans-serif } figure { display: inline-block; vertical-align: top; "
    "margin: 8px; max-inline-size: 320px; overflow-wrap: anywhere }"
)


def shoot(
    bench: Bench, pages: Sequence[SitePage], folder: Path, *, notify: Callable[[int], None]
) -> None:
    """Write the pictures into a folder, and a page that shows them all."""
    folder.mkdir(parents=True)
    made: list[Path] = []
    for mode, size, options in _modes():
        with bench.window(size, java_script_enabled=False, **options) as context:
            for page in _in_mode(mode, pages):
                tab = open_page(context, page)
                file = folder / f"{_name(page)}.{mode}.png"
                if tab.evaluate(_FETCH_ALL):
                    tab.wait_for_load_state("networkidle")
                height = min(_MOST_HEIGHT, tab.evaluate("() => document.body.scrollHeight"))
                clip = {"x": 0, "y": 0, "width": size[0], "height": max(height, size[1])}
                tab.screenshot(path=file, full_page=True, clip=clip)  # type: ignore[arg-type]
                tab.close()
                made.append(file)
                notify(1)
    (folder / "index.html").write_text(_gallery(made), "utf-8")


def count(pages: Sequence[SitePage]) -> int:
    """Return how many pictures will be made of the pages."""
    return sum(len(_in_mode(mode, pages)) for mode, _, _ in _modes())


def one_of_each(pages: Sequence[SitePage]) -> list[SitePage]:
    """Choose one page of each kind, outlet and mark: the one with most on it."""
    best: dict[tuple[str, str, str], SitePage] = {}
    for page in pages:
        key = (page.outlet, page.kind, page.mark)
        if page.is_html and (key not in best or len(page.features) > len(best[key].features)):
            best[key] = page
    return list(best.values())


def _modes() -> Iterator[tuple[str, tuple[int, int], dict[str, str]]]:
    for width, size in (("phone", PHONE), ("desktop", DESKTOP)):
        for scheme in ("light", "dark"):
            yield f"{width}-{scheme}", size, {"color_scheme": scheme}
    yield "forced-colours", DESKTOP, {"forced_colors": "active"}
    yield "zoomed-400", ZOOM_400, {}


def _in_mode(mode: str, pages: Sequence[SitePage]) -> list[SitePage]:
    """The rarer modes are shown of one outlet each."""
    only = {"forced-colours": "demo", "zoomed-400": "arabic"}.get(mode)
    return [page for page in pages if only in {None, page.outlet}]


def _name(page: SitePage) -> str:
    place = page.path.removesuffix(".html").replace("/", "-")
    return f"{page.outlet}.{page.kind}.{place}"


def _gallery(files: Sequence[Path]) -> str:
    figures = "".join(
        f'<figure><a href="{escape(file.name)}"><img src="{escape(file.name)}" loading="lazy" '
        f'width="320" alt=""></a><figcaption>{escape(file.stem)}</figcaption></figure>'
        for file in sorted(files)
    )
    head = "<!doctype html><meta charset=utf-8><title>Pages</title>"
    return f"{head}<style>{_GALLERY_STYLE}</style>{figures}"
