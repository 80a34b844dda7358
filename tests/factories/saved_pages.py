"""Saved topic pages of invented outlets, of the same anatomy as real ones."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

NBSP = "\u00a0"
THIN = "\u2009"

_WHO = (
    "Harbour Council|Ferry Crews|Lighthouse Keepers|Night Nurses|School Cooks|Tram Drivers|"
    "Beekeepers|Island Teachers|Fish Packers|Valley Farmers|Town Librarians|Bridge Builders|"
    "River Pilots|Market Traders|Young Gardeners|Choir Members|Boat Repairers"
).split("|")
_DOES = (
    "Vote To Reopen|Refuse To Sell|Ask For|Begin To Mend|Celebrate|Count The Cost Of|Save|"
    "Question|Return To|Plan To Share|Take Over|Disagree About|Rebuild"
).split("|")
_WHAT = (
    "The Old Ferry Line|A Second Well|The Town’s Oldest Mill|The Evening School|A Common Orchard|"
    "The Salt Road|Forty Small Boats|The Fish Market|The North Pier|A Bridge Nobody Wanted|"
    "The Island’s Only Clinic|The Winter Fund|The Public Baths"
).split("|")
_WHERE = (
    "In Spring|After A Long Winter|On The North Coast|Against Advice|Without A Loan|At Last|"
    "In Four Villages|Before The Tide|For The Third Time|By Hand|With Their Own Money"
).split("|")
_SENTENCES = (
    "The meeting lasted until midnight, and nobody left before the count was read aloud.",
    "“We had three boats and eleven crews,” said the harbour master, “so we drew lots.”",
    f"The pier{THIN}—{THIN}closed since the flood{THIN}—{THIN}will open to walkers first.",
    f"According to{NBSP}the yearly report{NBSP}of the council, repairs cost less than the fines.",
    f"On March 3 the first stones were laid.{NBSP} The last ones came by sea in August.",
    "Most of the money was lent by neighbours, at no interest, for no more than two years.",
    'A poster in the market hall said "nothing for sale", and for a week nothing was.',
    "What remains is a question of water: the well gives enough for half of the houses.",
    "Since 2011 the school has taught boat building to anyone who could hold a plane.",
    "The U.S. built crane, which nobody had asked for, was sold for scrap in the 1990s.",
    "It is not the first such plan, and the people who made it know the other four by heart.",
    "There was  double the rain of other years, and half the harvest.",
)


@dataclass(frozen=True)
class SamplePage:
    """A page as its parts; ``data()`` is the file."""

    lead_in: tuple[str, ...]
    topic: str
    articles: tuple[tuple[str, str], ...]
    foot: tuple[str, ...]

    def blocks(self) -> list[str]:
        """Return all paragraphs in order."""
        pairs = [block for pair in self.articles for block in pair]
        return [*self.lead_in, self.topic, *pairs, *self.foot]

    def text(self) -> str:
        """Return the page as its text: no final newline."""
        return "\n\n".join(self.blocks())

    def data(self) -> bytes:
        """Return the file's bytes."""
        return self.text().encode()


SKIP_LINK = ("Skip to content",)
APPEAL_HEADING = "Spring Fundraising Drive"
_APPEAL_BODY = (
    f"The printers’ strike left us without a press for a month.{NBSP} The rent of the workshop is "
    "due, and your gift keeps The Tidewater Gazette in print."
)
APPEAL_FULL = (f"Gifts by post are back! Keep the presses warm.{NBSP}", _APPEAL_BODY)
APPEAL_COMPACT = (
    f"Gifts by post are back!{NBSP}",
    f"Keep the presses warm.{NBSP}",
    _APPEAL_BODY,
)
PITCH_HEADING = "Get Our Evening Digest"
PITCH = (
    "Towers fall and cables break. Leave us your address for the evening digest by mail, while "
    "the post still runs and you still have one.",
)
APPEAL = (APPEAL_HEADING, *APPEAL_FULL, APPEAL_HEADING, *APPEAL_COMPACT)
FOOT = (*APPEAL, PITCH_HEADING, *PITCH)

FOREIGN_FOOT = (
    "Hafenblatt braucht Wind",
    "Ohne Segel kein Blatt. Wir drucken weiter, solange jemand die Rollen bezahlt und trägt.",
    "Hafenblatt braucht Wind",
    "Ohne Segel kein Blatt.",
    "Wir drucken weiter, solange jemand die Rollen bezahlt und trägt.",
    "Die Abendpost",
    "Jeden Abend um sechs das Neueste aus den Häfen, bevor die Laternen angehen.",
)
"""Words that no list knows: only the structure says what it is."""


def make_page(
    *,
    topic: str = "North Coast",
    articles: int = 15,
    first: int = 0,
    lead_in: Sequence[str] = SKIP_LINK,
    foot: Sequence[str] = FOOT,
) -> SamplePage:
    """Make a page of invented articles, with number ``first`` on top."""
    return SamplePage(
        lead_in=tuple(lead_in),
        topic=topic,
        articles=tuple((make_headline(n), make_excerpt(n)) for n in range(first, first + articles)),
        foot=tuple(foot),
    )


def make_headline(number: int) -> str:
    """Return one of some thirty thousand headlines; after that they begin again with a number."""
    words = []
    rest = number * 7
    for choices in (_WHO, _DOES, _WHAT, _WHERE):
        rest, choice = divmod(rest, len(choices))
        words.append(choices[choice])
    return " ".join(words) + (f", Part {rest}" if rest else "")


def make_excerpt(number: int) -> str:
    """Return an excerpt of four to eight sentences; the same number gives the same text."""
    chance = random.Random(number)
    opening = f"{chance.choice(_WHO)} gathered {chance.randrange(20, 900)} signatures last week."
    return " ".join([opening, *chance.sample(_SENTENCES, chance.randrange(3, 8))])


def every_cut(data: bytes, *, step: int = 1) -> Iterator[bytes]:
    """Yield a file cut off after every byte (or every few)."""
    for length in range(0, len(data), step):
        yield data[:length]
