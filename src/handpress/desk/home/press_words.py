"""What the press is at, in words for an editor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from handpress.lib.money import format_number
from handpress.press.queries import PressProgress, RunUnderWay, Verified

_KINDS = {
    "home": "the front page",
    "topic-index": "the list of topics",
    "topic": "topics",
    "topic-page": "archive pages of topics",
    "feed": "feeds",
    "sitemap": "the sitemap",
    "sitemap-shard": "the sitemap",
    "article": "articles",
    "page": "plain pages",
    "image": "pictures",
    "redirect": "former addresses",
    "topic-alias": "former addresses",
    "asset": "style sheets",
}
_FAULTS = {
    "different": "not what a fresh press would print",
    "missing": "missing",
    "strangers": "not printed by the press",
    "packed": "with a compressed copy that differs",
    "manifest": "wrong in the manifest",
    "derived": "wrong in the database",
    "waiting": "changes that were still waiting",
}


@dataclass(frozen=True, slots=True)
class PressWords:
    """The state of the press: a word for its colour, a sentence, details, and how far a run is."""

    state: str
    """busy, ready or trouble."""
    sentence: str
    hint: str = ""
    done: int = 0
    pages: int = 0
    faults: Mapping[str, int] = field(default_factory=dict)


def press_words(progress: PressProgress) -> PressWords:
    """Say what the press is doing, what is wrong, or that all is printed."""
    run = progress.run
    if run and run.is_cut_off:
        return PressWords("trouble", _cut_off(run), _SERVE, run.done, run.pages)
    if run:
        return PressWords("busy", _under_way(run), _now(run), run.done, run.pages)
    if progress.is_frame_waiting:
        return PressWords("busy", "Every page is about to be printed anew.", _SERVE)
    if progress.waiting:
        return PressWords("busy", _waiting(progress.waiting), _SERVE)
    if progress.failed_pages:
        return PressWords("trouble", _failed(progress), _MEND)
    if progress.is_never_pressed:
        return PressWords("trouble", "Nothing has been printed yet.", _SERVE)
    return PressWords("ready", "Everything is printed.")


_SERVE = "Changes are printed within seconds while “handpress serve” runs."
_MEND = "Their former versions stay in place. The log of “handpress serve” says why; "
_MEND += "the next run tries again."


def pages_words(count: int) -> str:
    """Say how many pages."""
    return "1 page" if count == 1 else f"{format_number(count)} pages"


def _under_way(run: RunUnderWay) -> str:
    done, pages = format_number(run.done), format_number(run.pages)
    order = ", newest first" if run.is_sweep else ""
    return f"Printing: {done} of {pages} pages{order}."


def _now(run: RunUnderWay) -> str:
    what = _KINDS.get(run.kind)
    rest = f"{format_number(run.remaining)} to go"
    return f"{rest}; right now {what}." if what else f"{rest}."


def _cut_off(run: RunUnderWay) -> str:
    return f"The press was cut off after {format_number(run.done)} of {pages_words(run.pages)}."


def _waiting(count: int) -> str:
    return (
        "1 change waits to be printed."
        if count == 1
        else (f"{format_number(count)} changes wait to be printed.")
    )


def _failed(progress: PressProgress) -> str:
    count, names = progress.failed_pages, ", ".join(progress.failed_names)
    return f"{pages_words(count)} could not be made: {names}."


def verified_words(verified: Verified | None) -> dict[str, Any]:
    """Say what the last comparison of the whole site found."""
    if verified is None:
        return {"state": "none", "sentence": "Not compared yet.", "hint": _HOW}
    compared = format_number(verified.compared)
    if verified.is_clean:
        said = f"{compared} pages compared, not one difference."
        return {"state": "ready", "sentence": said, "at": verified.at}
    faults = [f"{format_number(count)} {_FAULTS.get(name, name)}" for name, count in verified.found]
    said = f"{compared} pages compared; {', '.join(faults)}."
    if verified.is_mended:
        return {
            "state": "ready",
            "sentence": f"{said} All was printed anew since.",
            "at": verified.at,
        }
    return {"state": "trouble", "sentence": said, "at": verified.at, "hint": _ALL}


_HOW = "“handpress press --verify” compares every page with what a fresh press would print."
_ALL = "“handpress press --all” makes it right."
