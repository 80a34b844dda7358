"""Where apps tell the press what it prints: page kinds, frame parts, watches, derived state.

Each app says so in its ``outputs.py``, which is found like ``admin.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from typing import Any

from handpress.lib.html import SafeHtml
from handpress.press.core.plan import FIRST, Plan

Facts = Any


@dataclass(frozen=True, slots=True)
class Page:
    """One page as its kind describes it, ready for its template.

    ``path`` is the file below the site folder. Either ``context`` for the template or ready
    ``content`` is given. ``title`` and the other head fields go to every HTML template. ``sealed``
    is long HTML by name, in UTF-8, which the template need not look into: the context holds
    `seal(name)` where it is to stand, so that it does not travel through the template engine.
    """

    key: str
    path: str
    context: Mapping[str, Any] | None = None
    content: bytes | None = None
    template: str = ""
    rank: int = FIRST
    title: str = ""
    description: str = ""
    robots: str = ""
    feeds: tuple[Mapping[str, str], ...] = ()
    kind_of_thing: str = "website"
    image: str = ""
    language: str = ""
    sealed: Mapping[str, bytes] = field(default_factory=dict)


SEAL = f"\x1a{token_hex(8)}\x1a"
"""Told anew by each process that loads pages: no text can have it, whoever wrote it.

Processes that print are forked, and have their parent's. No byte of it is in what they print.
"""


def seal(name: str) -> SafeHtml:
    """Return what stands in a context for sealed HTML of this name."""
    return SafeHtml(f"{SEAL}{name}{SEAL}")


@dataclass(frozen=True, slots=True)
class PageKind:
    """A class of public page.

    ``every_key`` yields every (key, rank) that exists, newest first, in constant memory. ``load``
    returns the pages of a batch of keys in a constant number of queries, whatever its size;
    a key whose page no longer exists is left out. ``batch`` is how many are loaded at once. When
    everything is printed, kinds of a low ``turn`` go first: what readers meet first. ``count``
    says about how many keys there are, where that is cheaper than to go through them. ``listed``
    returns the addresses of pages that sitemaps name beside articles and topics; whatever changes
    them touches sitemap shard 0. ``headed_by`` says which page editors put at the head of this one,
    as (kind, key), for what else is made of the same articles; None where they chose none.
    """

    name: str
    template: str
    every_key: Callable[[], Iterable[tuple[str, int]]]
    load: Callable[[Sequence[str]], Iterable[Page]]
    batch: int = 250
    turn: int = 0
    count: Callable[[], int] | None = None
    listed: Callable[[], Iterable[str]] | None = None
    headed_by: Callable[[], tuple[str, str] | None] | None = None


@dataclass(frozen=True, slots=True)
class FramePart:
    """A part of every page, such as the masthead. When its facts change, every page is stale.

    ``facts`` reads the database and returns plain values that JSON can hold; ``context`` turns
    them into the template's context for pages whose way to the root is ``root``. ``is_front``
    says whether it is for the front page, which may show more than the others do. ``in_mail`` adds
    facts that mail shows and no page does, since they change too often to be printed.
    ``in_language`` returns the facts for what is in a language (`Page.language`): the very same
    where there are none for it.
    """

    name: str
    template: str
    facts: Callable[[], Facts]
    context: Callable[[Facts, str, bool], Mapping[str, Any]]
    in_mail: Callable[[], Mapping[str, Any]] | None = None
    in_language: Callable[[Facts, str], Facts] | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """Rows whose changes matter, and what they touch.

    ``columns`` are (model, column that holds the row id) pairs: a change of such a row leaves a
    mark (label, value of that column). ``expand`` gets the ids and fills the plan.
    """

    label: str
    columns: tuple[tuple[str, str], ...]
    expand: Callable[[set[int], Plan], None]


@dataclass(frozen=True, slots=True)
class Derived:
    """State that is derived from rows and kept for speed; it can be rebuilt and audited."""

    name: str
    rebuild: Callable[[], None]
    differences: Callable[[], Sequence[str]]


@dataclass(frozen=True, slots=True)
class OutletSource:
    """Where the outlet's own choices stand (name, colours, ...); one app says so.

    ``read`` asks the database, in a query or two, and returns `press.site.OutletChoices`.
    """

    read: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Preview:
    """How the desk shows a row as the page it would become.

    ``make`` gets the unsaved row and the way to the site's root. ``frame`` gives the facts of
    frame parts that the row stands for, by the part's name.
    """

    name: str
    template: str
    make: Callable[[Any, str], Page]
    frame: Callable[[Any], Mapping[str, Facts]] | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """Something that time alone brings about, such as scheduled publishing.

    ``run`` is called about once a second with the present moment; it must be cheap when nothing
    is due and harmless when it is called twice.
    """

    name: str
    run: Callable[[datetime], None]


@dataclass(slots=True)
class Registry:
    """All that the installed apps print."""

    kinds: dict[str, PageKind] = field(default_factory=dict)
    parts: dict[str, FramePart] = field(default_factory=dict)
    watches: list[Watch] = field(default_factory=list)
    derived: list[Derived] = field(default_factory=list)
    previews: dict[str, Preview] = field(default_factory=dict)
    due: list[Due] = field(default_factory=list)
    outlet: OutletSource | None = None

    def add(
        self, *things: PageKind | FramePart | Watch | Derived | Preview | Due | OutletSource
    ) -> None:
        """Register what an app prints."""
        for thing in things:
            match thing:
                case PageKind():
                    self.kinds[thing.name] = thing
                case FramePart():
                    self.parts[thing.name] = thing
                case Watch():
                    self.watches.append(thing)
                case Derived():
                    self.derived.append(thing)
                case Due():
                    self.due.append(thing)
                case OutletSource():
                    self.outlet = thing
                case Preview():
                    self.previews[thing.name] = thing

    def watching(self, label: str) -> Iterator[Watch]:
        """Yield the watches of a label, in order of registration."""
        return (w for w in self.watches if w.label == label)


registry = Registry()


def only_key(name: str = "") -> Callable[[], Iterable[tuple[str, int]]]:
    """Return the ``every_key`` of a kind that has exactly one page."""

    def keys() -> Iterable[tuple[str, int]]:
        return ((name, FIRST),)

    return keys
