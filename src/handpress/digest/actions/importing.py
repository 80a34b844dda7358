"""Bringing in readers from elsewhere: a thousand at a time, as often as one likes.

Each batch is one transaction, and the same list again changes nothing; so what was stopped is
simply begun once more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from handpress.accounts.counting import mark_of
from handpress.digest.actions.readers import BY_FORM, choice_of, fits, let_go
from handpress.digest.actions.signing_up import ERASURE, wording_of
from handpress.digest.core.incoming import (
    REFUSALS,
    Fate,
    IncomingReader,
    Known,
    Standing,
    fate_of,
)
from handpress.digest.core.schedule import local_day
from handpress.digest.models import (
    Consent,
    ConsentWording,
    Erasure,
    Frequency,
    Subscriber,
    SubscriberState,
    TopicChoice,
)
from handpress.lib import clock
from handpress.lib.languages import tidy_tag
from handpress.mail.core.addresses import Address, NotAnAddress, read_address
from handpress.mail.models import SuppressionReason
from handpress.mail.suppression import suppress_many, suppressed_keys
from handpress.newsroom.models import Topic
from handpress.press.catalogues import SOURCE_LANGUAGE
from handpress.press.site import site_facts

BATCH = 1_000
_MOST_REFUSALS_SHOWN = 200
_MOST_STATES = 20
# As mail programs write it: Ada Lovelace <ada@example.org>.
_NAMED = re.compile(r"[^<>@]*<([^<>]+)>")
_FREQUENCIES = {"daily": Frequency.DAILY, "weekly": Frequency.WEEKLY}
_READS = {SubscriberState.ACTIVE, SubscriberState.PAUSED}
_MAILED = {SubscriberState.PENDING, *_READS}
Notify = Callable[[int], None]
Line = tuple[IncomingReader, Address]


@dataclass(slots=True)
class Sheet:
    """What an import came to. Every line found is in exactly one of the counts."""

    found: int = 0
    counts: dict[str, int] = field(default_factory=lambda: {fate.name: 0 for fate in Fate})
    refused: int = 0
    twice: int = 0
    refusals: list[dict[str, Any]] = field(default_factory=list)
    unknown_topics: list[str] = field(default_factory=list)
    unread_states: list[str] = field(default_factory=list)
    """States that nobody understands, as they are written; who has one counts as left."""
    is_dry: bool = False

    def refuse(self, line: int, what: str, why: str) -> None:
        """Count a line that is not taken over; the first are listed."""
        self.refused += 1
        if len(self.refusals) < _MOST_REFUSALS_SHOWN:
            self.refusals.append({"line": line, "what": what[:120], "why": why})

    def note_unread(self, state: str) -> None:
        """Note a state that nobody understands; the first of them are listed."""
        if state and state not in self.unread_states and len(self.unread_states) < _MOST_STATES:
            self.unread_states.append(state)

    def as_json(self) -> dict[str, Any]:
        """Return the sheet as one JSON object."""
        counts = {name.lower(): count for name, count in self.counts.items()}
        return {
            "found": self.found,
            **counts,
            "refused": self.refused,
            "twice": self.twice,
            "refusals": self.refusals,
            "unknown_topics": self.unknown_topics,
            "unread_states": self.unread_states,
            "dry_run": self.is_dry,
        }


def import_readers(
    readers: Iterable[IncomingReader],
    *,
    origin: str,
    words: str = "",
    is_dry: bool = False,
    notify: Notify = lambda count: None,
) -> Sheet:
    """Take readers over, and say what became of each line.

    ``words`` are what they agreed to there, if that is known: kept with each one's consent. With
    ``is_dry`` nothing is written. Nobody is mailed, and nobody comes back who left.
    """
    run = _Run(origin, words, is_dry)
    for batch in _batches(readers, run.sheet):
        run.take(batch)
        notify(run.sheet.found)
    return run.sheet


def _batches(readers: Iterable[IncomingReader], sheet: Sheet) -> Iterator[dict[str, Line]]:
    """Yield batches by address, none of which holds an address twice."""
    batch: dict[str, Line] = {}
    for reader in readers:
        sheet.found += 1
        sheet.note_unread(reader.unread)
        address = _address_of(reader, sheet)
        if address is None:
            continue
        if len(batch) >= BATCH or address.key in batch:
            yield batch
            batch = {}
        batch[address.key] = (reader, address)
    if batch:
        yield batch


def _address_of(reader: IncomingReader, sheet: Sheet) -> Address | None:
    if reader.standing in REFUSALS:
        sheet.refuse(reader.line, reader.address, REFUSALS[reader.standing])
        return None
    named = _NAMED.fullmatch(reader.address.strip())
    try:
        return read_address(named[1] if named else reader.address)
    except NotAnAddress:
        sheet.refuse(reader.line, reader.address, "is no e-mail address")
        return None


class _Run:
    """One import: what was looked up once, and the sheet."""

    def __init__(self, origin: str, words: str, is_dry: bool) -> None:
        self.sheet = Sheet(is_dry=is_dry)
        self.now = clock.now()
        self._origin, self._words, self._is_dry = origin[:40], words.strip(), is_dry
        self._wording: ConsentWording | None = None
        self._choices: dict[tuple[str, ...], TopicChoice | None] = {}
        self._topics = _topics_by_name()
        self._unknown: dict[str, None] = {}
        # What earlier batches would have written, had they been allowed to.
        self._as_if: dict[str, Known] = {}
        self._seen: set[int] = set()

    def take(self, batch: dict[str, Line]) -> None:
        with transaction.atomic():
            known = self._known(batch)
            fates = {key: fate_of(line[0], known.get(key)) for key, line in batch.items()}
            fates = self._without_unknown_choices(batch, fates)
            if not self._is_dry:
                self._write(batch, fates)
        self._note(batch, fates)

    def _note(self, batch: dict[str, Line], fates: dict[str, Fate]) -> None:
        for key, fate in fates.items():
            mark = hash(key)
            if mark in self._seen and fate is Fate.UNCHANGED:
                self.sheet.twice += 1
                continue
            self._seen.add(mark)
            self.sheet.counts[fate.name] += 1
            if self._is_dry and fate is not Fate.UNCHANGED:
                self._as_if[key] = _after(fate)
            if fate is Fate.ADDED:
                self._note_unknown(batch[key][0])
        self.sheet.unknown_topics = sorted(self._unknown)[:50]

    def _without_unknown_choices(
        self, batch: dict[str, Line], fates: dict[str, Fate]
    ) -> dict[str, Fate]:
        """Refuse new readers whose choice cannot be kept here; they did not ask for everything."""
        kept = {}
        for key, fate in fates.items():
            reader, _ = batch[key]
            why = _cannot_be_kept(reader, self._topics) if fate is Fate.ADDED else ""
            if why:
                self.sheet.refuse(reader.line, reader.address, why)
                self._note_unknown(reader)
            else:
                kept[key] = fate
        return kept

    def _note_unknown(self, reader: IncomingReader) -> None:
        for name in reader.topics:
            if name.casefold() not in self._topics:
                self._unknown[name] = None

    def _known(self, batch: dict[str, Line]) -> dict[str, Known]:
        known = {key: self._as_if[key] for key in batch if key in self._as_if}
        marks = {mark_of(ERASURE, key): key for key in batch}
        for mark in Erasure.objects.filter(mark__in=marks).values_list("mark", flat=True):
            known[marks[mark]] = Known(is_erased=True)
        for key in suppressed_keys(batch):
            known[key] = Known(is_suppressed=True)
        confirmed = Max("consents__confirmed_at", filter=Q(consents__origin=BY_FORM))
        rows = Subscriber.objects.filter(address_key__in=list(batch)).annotate(here_at=confirmed)
        for own, state, confirmed_at in rows.values_list("address_key", "state", "here_at"):
            known.setdefault(str(own), _known_as(state, confirmed_at))
        return known

    def _write(self, batch: dict[str, Line], fates: dict[str, Fate]) -> None:
        by_fate: dict[Fate, list[str]] = {fate: [] for fate in Fate}
        for key, fate in fates.items():
            by_fate[fate].append(key)
        new = [self._row(*batch[key]) for key in by_fate[Fate.ADDED] + by_fate[Fate.ADDED_AWAY]]
        made = Subscriber.objects.bulk_create(new)
        active = [row for row in made if row.state in _READS]
        active += self._activate(by_fate[Fate.ACTIVATED])
        Consent.objects.bulk_create(self._consent(row) for row in active)
        if by_fate[Fate.LET_GO]:
            let_go(Q(address_key__in=by_fate[Fate.LET_GO]), "import")
        self._suppress(batch, fates, by_fate[Fate.SUPPRESSED])

    def _activate(self, keys: list[str]) -> list[Subscriber]:
        # Not who left while this batch was looked at.
        rows = Subscriber.objects.filter(address_key__in=keys, state=SubscriberState.PENDING)
        waiting = list(rows.select_for_update().values_list("pk", flat=True))
        readers = Subscriber.objects.filter(pk__in=waiting)
        readers.update(state=SubscriberState.ACTIVE, confirmed_at=self.now)
        return list(readers)

    def _suppress(self, batch: dict[str, Line], fates: dict[str, Fate], keys: list[str]) -> None:
        dead = [
            key
            for key, (reader, _) in batch.items()
            if reader.standing is Standing.UNREACHABLE and fates[key] is Fate.ADDED_AWAY
        ]
        rows = Subscriber.objects.filter(address_key__in=keys, state__in=_MAILED)
        rows.update(state=SubscriberState.SUPPRESSED)
        if dead or keys:
            suppress_many([*dead, *keys], SuppressionReason.IMPORTED, said=self._origin)

    def _row(self, reader: IncomingReader, address: Address) -> Subscriber:
        joined_at = min(reader.joined_at or self.now, self.now)
        row = Subscriber(
            address=address.text,
            address_key=address.key,
            domain=address.domain,
            frequency=_FREQUENCIES.get(reader.frequency, Frequency.DAILY),
            language=tidy_tag(reader.language.replace("_", "-"))[:20],
            origin=self._origin,
            created_at=joined_at,
        )
        if reader.joined_at:
            # They read it once, whatever became of that.
            row.confirmed_at = joined_at
        if reader.standing in {Standing.ACTIVE, Standing.PAUSED}:
            if reader.standing is Standing.PAUSED and not self._is_over(reader.paused_until):
                row.state, row.paused_until = SubscriberState.PAUSED, reader.paused_until
            else:
                row.state = SubscriberState.ACTIVE
            row.confirmed_at = joined_at
            row.choice = self._choice(reader.topics)
        elif reader.standing is Standing.UNREACHABLE:
            row.state = SubscriberState.SUPPRESSED
        else:
            row.state, row.left_by = SubscriberState.LEFT, "import"
            row.left_at = min(reader.left_at or self.now, self.now)
        return row

    def _is_over(self, paused_until: date | None) -> bool:
        today = local_day(self.now, site_facts().zone)
        return paused_until is not None and paused_until <= today

    def _consent(self, row: Subscriber) -> Consent:
        if self._words and self._wording is None:
            self._wording = wording_of(self._words, SOURCE_LANGUAGE)
        at = row.confirmed_at or self.now
        return Consent(
            subscriber=row,
            wording=self._wording,
            origin=self._origin,
            asked_at=at,
            confirmed_at=at,
        )

    def _choice(self, names: tuple[str, ...]) -> TopicChoice | None:
        if names not in self._choices:
            self._choices[names] = choice_of(_ids_of(names, self._topics))
        return self._choices[names]


def _ids_of(names: Iterable[str], topics: Mapping[str, int]) -> list[int]:
    return [topics[name.casefold()] for name in names if name.casefold() in topics]


def _cannot_be_kept(reader: IncomingReader, topics: Mapping[str, int]) -> str:
    """Return why a reader's choice of topics means nothing here; "" where it does."""
    ids = _ids_of(reader.topics, topics)
    if reader.has_chosen and reader.topics and not ids:
        return f"chose only topics that are not here: {', '.join(reader.topics)[:200]}"
    return "" if fits(ids) else f"has {len(ids)} topics, more than one choice can hold"


def _topics_by_name() -> dict[str, int]:
    rows = Topic.objects.filter(live=True).values_list("name", "slug", "id")
    return {word.casefold(): number for name, slug, number in rows for word in (name, slug)}


def _known_as(state: int, confirmed_at: datetime | None) -> Known:
    return Known(
        is_active=state in {SubscriberState.ACTIVE, SubscriberState.PAUSED},
        is_pending=state == SubscriberState.PENDING,
        has_left=state == SubscriberState.LEFT,
        is_suppressed=state == SubscriberState.SUPPRESSED,
        confirmed_at=confirmed_at,
    )


def _after(fate: Fate) -> Known:
    if fate in {Fate.ADDED, Fate.ACTIVATED}:
        return Known(is_active=True)
    if fate in {Fate.ADDED_AWAY, Fate.LET_GO}:
        return Known(has_left=True)
    return Known(is_suppressed=True)
