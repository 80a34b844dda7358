"""What a receipt says: a paper of plain values, made once, and its plain text.

Text and PDF are made from the same paper, which is kept sealed as it was on the day; words that are
translated anew later change no receipt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Protocol

from stdnum.us import ein

from handpress.donations.core.receipts import Issuer, Recipient

SINGLE, ANNUAL, VOID = "single", "annual", "void"


class Translate(Protocol):
    """The theme's words in the language of the receipt."""

    def __call__(self, text: str, **values: object) -> str: ...


@dataclass(frozen=True, slots=True)
class Speech:
    """How a language says things: words, days, and sums of (minor units, currency)."""

    language: str
    translate: Translate
    day: Callable[[date], str]
    sum: Callable[[int, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A gift on a receipt: what counts of it, what had come, and its reference as it is written."""

    day: date
    minor: int
    came: int
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """The receipt that is taken back."""

    number: str
    issued_on: date
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a receipt states. ``first`` and ``last`` are the days that an annual one covers;
    ``in_return`` is what the donor got for it, in words."""

    kind: str
    profile: str
    issuer: Issuer
    to: Recipient
    currency: str
    issued_on: date
    number: str = ""
    lines: tuple[Line, ...] = ()
    first: date | None = None
    last: date | None = None
    in_return: str = ""
    former: Former | None = None
    reason: str = ""

    @property
    def total(self) -> int:
        """What it is over, in minor units."""
        return sum(line.minor for line in self.lines)

    @property
    def is_less(self) -> bool:
        """Whether something of these gifts was given back."""
        return any(line.minor < line.came for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A receipt as it is given out, every value as it is printed."""

    language: str
    title: str
    issuer: tuple[str, ...]
    to_label: str
    to: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    total: tuple[str, str] = ("", "")
    words: tuple[str, ...] = ()
    signature: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Paper:
        """Return the paper that `as_json` was made of."""
        return cls(
            language=data["language"],
            title=data["title"],
            issuer=tuple(data["issuer"]),
            to_label=data["to_label"],
            to=tuple(data["to"]),
            facts=tuple((label, value) for label, value in data["facts"]),
            columns=tuple(data["columns"]),
            rows=tuple(tuple(row) for row in data["rows"]),
            total=(data["total"][0], data["total"][1]),
            words=tuple(data["words"]),
            signature=data["signature"],
        )


def text_of(paper: Paper) -> str:
    """Return a receipt as plain text, complete in itself."""
    colon = colon_of(paper.language)
    blocks = [
        [paper.title],
        [*paper.issuer],
        [f"{paper.to_label}{colon}", *paper.to],
        [f"{label}{colon} {value}" for label, value in paper.facts],
    ]
    if paper.rows:
        table = ["  ".join(row) for row in (paper.columns, *paper.rows)]
        label, value = paper.total
        blocks.append([*table, "", f"{label}{colon} {value}"])
    blocks += [[words] for words in paper.words]
    if paper.signature:
        blocks.append(["", "_" * 40, paper.signature])
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def colon_of(language: str) -> str:
    """Return what stands behind a label; French parts the colon from its word."""
    return "\u00a0:" if language.partition("-")[0] == "fr" else ":"


def paper_of(facts: Facts, say: Speech) -> Paper:
    """Return the paper for every form but the German one (`receipt_german`)."""
    translate = say.translate
    is_listed = facts.kind == ANNUAL
    return Paper(
        language=say.language,
        title=_title(facts, say),
        issuer=(facts.issuer.name, *facts.issuer.address),
        to_label=translate("To"),
        to=(facts.to.name, *facts.to.address),
        facts=tuple(_facts(facts, say)),
        columns=(translate("Day"), translate("Reference of the gift"), translate("Amount"))
        if is_listed
        else (),
        rows=tuple(_row(line, facts.currency, say) for line in facts.lines) if is_listed else (),
        total=(translate("Sum of the gifts"), say.sum(facts.total, facts.currency))
        if is_listed
        else ("", ""),
        words=tuple(_words(facts, say)),
    )


def _title(facts: Facts, say: Speech) -> str:
    translate, number = say.translate, facts.number
    if facts.kind == VOID:
        return translate("Cancellation {number}", number=number)
    if facts.kind == ANNUAL:
        return translate("Annual receipt {number}", number=number)
    return translate("Receipt {number}", number=number)


def _row(line: Line, currency: str, say: Speech) -> tuple[str, str, str]:
    return say.day(line.day), line.reference or "–", say.sum(line.minor, currency)


def _facts(facts: Facts, say: Speech) -> list[tuple[str, str]]:
    translate = say.translate
    found = [(translate("Issued on"), say.day(facts.issued_on))]
    if facts.issuer.tax_id:
        found.append(_tax_number(facts, say))
    if facts.kind == SINGLE:
        (line,) = facts.lines
        found.append((translate("Day of the gift"), say.day(line.day)))
        if line.reference:
            found.append((translate("Reference of the gift"), line.reference))
        found.append((translate("Amount"), say.sum(line.minor, facts.currency)))
    elif facts.kind == ANNUAL and facts.first and facts.last:
        days = {"first": say.day(facts.first), "last": say.day(facts.last)}
        found.append((translate("Gifts of"), translate("{first} to {last}", **days)))
    return found


def _tax_number(facts: Facts, say: Speech) -> tuple[str, str]:
    tax_id = facts.issuer.tax_id
    if facts.profile == "us_501c3":
        return "EIN", ein.format(tax_id)
    return say.translate("Tax number"), tax_id


def _words(facts: Facts, say: Speech) -> list[str]:
    if facts.kind == VOID:
        return _void_words(facts, say)
    thanks = [_thanks(facts, say)]
    if facts.is_less:
        thanks.append(say.translate("What was given back is not counted."))
    law = _us_words if facts.profile == "us_501c3" else _plain_words
    return [*thanks, *law(facts, say)]


def _thanks(facts: Facts, say: Speech) -> str:
    name = facts.issuer.name
    if len(facts.lines) == 1:
        return say.translate("{name} received this gift. Thank you!", name=name)
    return say.translate("{name} received these gifts. Thank you!", name=name)


def _plain_words(facts: Facts, say: Speech) -> list[str]:
    translate, issuer = say.translate, facts.issuer
    words = []
    if facts.in_return:
        label = translate("In return the donor received")
        words.append(f"{label}{colon_of(say.language)} {facts.in_return}")
    if not issuer.tax_id:
        words.append(translate("Gifts to {name} are not tax-deductible.", name=issuer.name))
        return words
    if issuer.tax_words:
        words.append(issuer.tax_words)
    words.append(translate("Whether a gift lowers your taxes depends on the law where you live."))
    return words


def _us_words(facts: Facts, say: Speech) -> list[str]:
    # Not the theme's to translate: the words are for one tax office.
    issuer = facts.issuer
    gift = "this contribution" if len(facts.lines) == 1 else "these contributions"
    words = [
        f"{issuer.name} is an organization described in section 501(c)(3) of the Internal "
        f"Revenue Code; its EIN is {ein.format(issuer.tax_id)}."
    ]
    if issuer.tax_words:
        words.append(issuer.tax_words)
    if facts.in_return:
        words.append(f"In exchange for {gift} the donor received: {facts.in_return}")
    else:
        words.append(f"No goods or services were provided in exchange for {gift}.")
    return words


def _void_words(facts: Facts, say: Speech) -> list[str]:
    former = facts.former
    if former is None:
        return []
    words = say.translate(
        "Receipt {number} of {day} over {sum} is not valid any more.",
        number=former.number,
        day=say.day(former.issued_on),
        sum=say.sum(former.minor, facts.currency),
    )
    label = say.translate("Reason")
    return [words, f"{label}{colon_of(say.language)} {facts.reason}"]
