"""From what was published to an edition, and from an edition to what a reader gets of it.

An edition is composed once, of everything. What a reader gets is a view of it, by the topics they
chose; readers who chose the same share a view. All of it is a function of its arguments.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

MOST_SHOWN = 40
"""What a mail shows at most; the edition on the web has the rest."""

_SUBJECT = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A piece's picture: its file below the site, its size, and what it shows, in words."""

    path: str
    width: int
    height: int
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """An article as an edition keeps it; ``topics`` are ids, the primary one first.

    ``order`` is the greater the newer. What was ``featured`` was picked for a topic by an editor.
    """

    uuid: str
    path: str
    headline: str
    excerpt: str = ""
    language: str = ""
    dateline: str = ""
    source: str = ""
    date: str = ""
    topics: tuple[int, ...] = ()
    order: int = 0
    featured: bool = False
    picture: Picture | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        picture = data["picture"] and Picture(**data["picture"])
        return cls(**{**data, "topics": tuple(data["topics"]), "picture": picture})


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A topic as an edition keeps it."""

    id: int
    name: str
    slug: str
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """An edition: its pieces in order, the first of them the lead, and what editors took out.

    ``is_led`` says that an editor gave it its lead by hand, ``is_arranged`` that one saved it.
    """

    pieces: tuple[Piece, ...] = ()
    dropped: tuple[Piece, ...] = ()
    headings: tuple[Heading, ...] = ()
    appeal: Mapping[str, Any] | None = None
    subject: str = ""
    is_led: bool = False
    is_arranged: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the edition as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the edition that `as_json` wrote; of nothing, an empty one."""
        return cls(
            pieces=tuple(map(Piece.from_json, data.get("pieces", ()))),
            dropped=tuple(map(Piece.from_json, data.get("dropped", ()))),
            headings=tuple(Heading(**each) for each in data.get("headings", ())),
            appeal=data.get("appeal"),
            subject=data.get("subject", ""),
            is_led=data.get("is_led", False),
            is_arranged=data.get("is_arranged", False),
        )


@dataclass(frozen=True, slots=True)
class Section:
    """Pieces under one topic; without a heading, those that are filed under none."""

    heading: Heading | None
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class View:
    """What a reader gets: a lead, the rest by topic, and how many more there are on the web."""

    lead: Piece | None
    sections: tuple[Section, ...] = field(default=())
    left_out: int = 0

    @property
    def shown(self) -> int:
        """How many pieces it shows."""
        return bool(self.lead) + sum(len(section.pieces) for section in self.sections)


def compose(
    candidates: Iterable[Piece],
    *,
    headings: Sequence[Heading],
    sent: Collection[str] = (),
    appeal: Mapping[str, Any] | None = None,
    lead: str = "",
) -> Contents:
    """Return the edition of what was published, without what went to this list before.

    ``headings`` are the public topics in the order that editors gave them. The lead is the piece
    that leads the front page, by their choice (its uuid is ``lead``), where it is among these; else
    the newest that was featured, else the newest with a picture, else the newest.
    """
    known = {heading.id: place for place, heading in enumerate(headings)}
    fresh = {each.uuid: _filed(each, known) for each in candidates if each.uuid not in sent}
    newest = sorted(fresh.values(), key=_age)
    if not newest:
        return Contents(headings=tuple(headings), appeal=appeal)
    first = fresh.get(lead) or _lead(newest)
    rest = [each for each in newest if each is not first]
    rest.sort(key=lambda each: (known[each.topics[0]] if each.topics else len(known), _age(each)))
    pieces = (first, *rest)
    used = {topic for each in pieces for topic in each.topics}
    kept = tuple(heading for heading in headings if heading.id in used)
    return Contents(pieces=pieces, headings=kept, appeal=appeal, subject=first.headline[:_SUBJECT])


def _filed(piece: Piece, known: Mapping[int, int]) -> Piece:
    return replace(piece, topics=tuple(topic for topic in piece.topics if topic in known))


def _age(piece: Piece) -> tuple[bool, int, str]:
    return (not piece.featured, -piece.order, piece.uuid)


def _lead(newest: Sequence[Piece]) -> Piece:
    if newest[0].featured:
        return newest[0]
    return next((each for each in newest if each.picture), newest[0])


def arrange(contents: Contents, order: Sequence[str], *, seen: str = "") -> Contents:
    """Return the edition as an editor arranged it: exactly these pieces, in this order.

    What is not named is taken out, and can be brought back. Names that the edition does not know
    (it was composed anew meanwhile) are passed over. Who puts another piece first than would be so
    without them has chosen the lead; who was shown another first (``seen``) and left it there, has
    not.
    """
    known = {each.uuid: each for each in (*contents.pieces, *contents.dropped)}
    chosen = dict.fromkeys(uuid for uuid in order if uuid in known)
    dropped = tuple(each for uuid, each in known.items() if uuid not in chosen)
    pieces = tuple(known[uuid] for uuid in chosen)
    leads = (seen, *(each.uuid for each in contents.pieces))
    unasked = next((known[uuid] for uuid in leads if uuid in chosen), None)
    is_led = contents.is_led or pieces[:1] != (unasked,)
    return replace(contents, pieces=pieces, dropped=dropped, is_led=bool(pieces) and is_led)


def with_those_away(contents: Contents, stored: Contents) -> Contents:
    """Return an edition as it was arranged, with what it has that is not public at this moment.

    That was not shown to whoever arranged it; it keeps its place should it be public again, but
    for the first, where an editor chose what leads.
    """
    known = {each.uuid for each in (*contents.pieces, *contents.dropped)}
    pieces = list(contents.pieces)
    for place, each in enumerate(stored.pieces):
        if each.uuid not in known:
            pieces.insert(max(place, contents.is_led), each)
    dropped = tuple(each for each in stored.dropped if each.uuid not in known)
    return replace(contents, pieces=tuple(pieces), dropped=(*contents.dropped, *dropped))


def recompose(fresh: Contents, former: Contents) -> Contents:
    """Return an edition composed anew: what an editor had taken out is out, their lead leads."""
    out = {each.uuid for each in former.dropped}
    kept = arrange(fresh, [each.uuid for each in fresh.pieces if each.uuid not in out])
    led = former.pieces[0].uuid if former.is_led and former.pieces else ""
    kept = led_by(kept, led)
    is_led = bool(led and kept.pieces) and kept.pieces[0].uuid == led
    return replace(kept, is_led=is_led, is_arranged=former.is_arranged, subject=headline_of(kept))


def led_by(contents: Contents, lead: str) -> Contents:
    """Return an edition with that piece first, where it has it.

    The piece that led until now goes to the head of its topic.
    """
    first = next((each for each in contents.pieces if each.uuid == lead), None)
    if first is None or first is contents.pieces[0]:
        return contents
    former, *others = contents.pieces
    rest = [each for each in others if each is not first]
    alike = (n for n, each in enumerate(rest) if each.topics[:1] == former.topics[:1])
    rest.insert(next(alike, 0), former)
    return replace(contents, pieces=(first, *rest))


def possible_leads(contents: Contents) -> list[Piece]:
    """Return the pieces that lead some reader's view, whatever topics were chosen."""
    firsts: dict[int, Piece] = {}
    for each in contents.pieces:
        for topic in each.topics:
            firsts.setdefault(topic, each)
    return list(dict.fromkeys((*contents.pieces[:1], *firsts.values())))


def headline_of(contents: Contents) -> str:
    """Return the lead's headline, which is the subject until an editor writes another."""
    return contents.pieces[0].headline[:_SUBJECT] if contents.pieces else contents.subject


def view_of(
    contents: Contents, choice: Collection[int] | None = None, *, most: int = MOST_SHOWN
) -> View:
    """Return what readers of a choice of topics get; None is all topics.

    Sections come in the order of their first pieces. Where there is more than ``most``, the longest
    sections lose pieces first, from their ends.
    """
    pieces = [each for each in contents.pieces if _is_chosen(each, choice)]
    if not pieces:
        return View(None)
    lead, *rest = pieces
    groups = _grouped(rest, choice)
    kept = _kept(groups, most - 1)
    headings = {heading.id: heading for heading in contents.headings}
    sections = tuple(
        Section(headings.get(topic) if topic is not None else None, shown)
        for topic, group in groups.items()
        if (shown := tuple(each for each in group if each.uuid in kept))
    )
    return View(lead, sections, len(rest) - len(kept))


def _is_chosen(piece: Piece, choice: Collection[int] | None) -> bool:
    return choice is None or any(topic in choice for topic in piece.topics)


def _grouped(
    pieces: Iterable[Piece], choice: Collection[int] | None
) -> dict[int | None, list[Piece]]:
    """Group pieces by the first of their topics that was chosen; what has none comes last."""
    groups: dict[int | None, list[Piece]] = {}
    for each in pieces:
        topics = [topic for topic in each.topics if choice is None or topic in choice]
        groups.setdefault(topics[0] if topics else None, []).append(each)
    if None in groups:
        groups[None] = groups.pop(None)
    return groups


def _kept(groups: Mapping[int | None, Sequence[Piece]], most: int) -> set[str]:
    ranked = [
        (depth, number, each.uuid)
        for number, group in enumerate(groups.values())
        for depth, each in enumerate(group)
    ]
    return {uuid for _, _, uuid in sorted(ranked)[: max(most, 0)]}


def is_edited(subject: str, contents: Contents) -> bool:
    """Tell whether an editor wrote that subject."""
    return subject not in ("", contents.subject)


def subject_of(contents: Contents, view: View, edited: str) -> str:
    """Return the subject line: what an editor wrote, else the headline of the view's own lead."""
    if is_edited(edited, contents):
        return edited
    return view.lead.headline if view.lead else contents.subject


def is_thin(contents: Contents, at_least: int) -> bool:
    """Tell whether there is too little for an edition."""
    return len(contents.pieces) < max(at_least, 1)


def shortened(text: str, most: int) -> str:
    """Return a text of at most that many characters, cut between words where there are any."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    cut = line[: most - 1]
    words, space, _ = cut.rpartition(" ")
    if space and len(words) > most // 2:
        cut = words
    return f"{cut.rstrip(' ,;:–—-')}…"
