"""Gifts of a list, into the books as history: each once, by what the list calls it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from uuid import UUID, uuid5

from handpress.donations.actions.gifts import refund_gift
from handpress.donations.actions.import_people import People
from handpress.donations.actions.import_sheets import Sheet
from handpress.donations.actions.ledger import LONGEST_NAME, Happened, book_many
from handpress.donations.core.movements import Kind, RefusedMovement, check_amounts
from handpress.donations.core.references import new_reference
from handpress.donations.lists import Found, GiftFound, Refusal
from handpress.donations.models import Donor, Movement, Pledge, Rail
from handpress.donations.rails import rail_kind
from handpress.lib.batches import batched

_AT_ONCE = 500
_HISTORY = UUID("3b0c1f0e-7a53-4f0e-9d0d-6f8a2f1c5b77")
_SUFFIX = 30
"""Room behind a gift's name for those of its refunds."""


def nonce_of(rail: Rail, origin: str, source_id: str) -> UUID:
    """Return what joins an imported gift to its donor, the same each time."""
    return uuid5(_HISTORY, f"{rail.pk} {origin} {source_id}")


@dataclass(slots=True, kw_only=True)
class GiftImport:
    """Books gifts on one rail. Days after ``today`` are refused: they have not been yet."""

    origin: str
    rail: Rail
    today: date
    _seen: dict[str, GiftFound] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """What a gift that comes by the rail is in the books."""
        return rail_kind(self.rail.kind).gift

    def take(self, rows: Iterable[Found], people: People, sheet: Sheet) -> None:
        """Book gifts, inside the caller's transaction and after `lock_books`."""
        for some in batched((row for row in rows if row.gift is not None), _AT_ONCE):
            self._take_some(some, people, sheet)

    def _take_some(self, rows: Sequence[Found], people: People, sheet: Sheet) -> None:
        keys = [self._key(row.gift) for row in rows if row.gift]
        known = self._known(keys)
        new: list[tuple[GiftFound, Donor | None]] = []
        there: list[tuple[int, GiftFound]] = []
        for row in rows:
            if row.gift is None:
                continue
            try:
                self._check(row.gift)
                if self._is_again(row.gift):
                    sheet.count("gift", "unchanged")
                elif self._key(row.gift) in known:
                    there.append((row.line, row.gift))
                else:
                    new.append((row.gift, people.of(row)))
                    sheet.count("gift", "imported")
            except RefusedMovement as why:
                sheet.refuse(Refusal(row.line, "gift", str(why)))
        self._book(new)
        for line, gift in there:
            self._look_again(line, gift, known[self._key(gift)], sheet)

    def _key(self, gift: GiftFound) -> str:
        return f"{self.origin}-{gift.source_id}"

    def _known(self, keys: Sequence[str]) -> dict[str, Movement]:
        rows = Movement.objects.filter(rail=self.rail, kind=self.kind.value, remote_id__in=keys)
        return {row.remote_id: row for row in rows.prefetch_related("steps")}

    def _check(self, gift: GiftFound) -> None:
        if self.rail.currency and self.rail.currency != gift.currency:
            raise RefusedMovement(f"“{self.rail.name}” takes {self.rail.currency} alone")
        if len(self._key(gift)) > LONGEST_NAME - _SUFFIX:
            raise RefusedMovement("what it is called there is too long")
        if gift.on > self.today:
            raise RefusedMovement("its day is still to come")
        if gift.given_back_on and gift.given_back_on > self.today:
            raise RefusedMovement("the day on which it was given back is still to come")
        check_amounts(self.kind, gift.minor, gift.fee)

    def _is_again(self, gift: GiftFound) -> bool:
        before = self._seen.setdefault(gift.source_id, gift)
        if before is not gift and before != gift:
            raise RefusedMovement("stands in the list twice, and not the same")
        return before is not gift

    def _book(self, new: Sequence[tuple[GiftFound, Donor | None]]) -> None:
        pledges = self._pledges([(gift, donor) for gift, donor in new if donor])
        booked = book_many(
            [
                Happened(
                    rail=self.rail,
                    kind=self.kind,
                    remote_id=self._key(gift),
                    amount=gift.minor,
                    fee=gift.fee,
                    currency=gift.currency,
                    on=gift.on,
                    pledge=pledges.get(gift.source_id),
                )
                for gift, _ in new
            ]
        )
        for movement, (gift, _) in zip(booked, new, strict=True):
            if gift.given_back:
                self._give_back(movement, gift, gift.given_back)

    def _pledges(self, named: Sequence[tuple[GiftFound, Donor]]) -> dict[str, Pledge]:
        """Return promises that were kept at once: they join gifts to their donors."""
        references = _new_references(len(named))
        pledges = [
            Pledge(
                rail=self.rail,
                donor=donor,
                amount_minor=gift.minor,
                currency=gift.currency,
                reference=reference,
                form_nonce=nonce_of(self.rail, self.origin, gift.source_id),
                created_at=datetime.combine(gift.on, time(12), UTC),
            )
            for (gift, donor), reference in zip(named, references, strict=True)
        ]
        Pledge.objects.bulk_create(pledges)
        return {gift.source_id: each for (gift, _), each in zip(named, pledges, strict=True)}

    def _look_again(self, line: int, gift: GiftFound, there: Movement, sheet: Sheet) -> None:
        """Add what was given back of a gift that is booked since the list was brought before."""
        told = (gift.minor, gift.fee, gift.currency)
        if told != (there.amount_minor, there.fee_minor, there.currency):
            sheet.refuse(Refusal(line, "gift", "another sum was booked under its name"))
            return
        steps = [step for step in there.steps.all() if step.kind == Kind.REFUND.value]
        more = gift.given_back + sum(step.amount_minor for step in steps)
        if more <= 0:
            sheet.count("gift", "unchanged")
            return
        try:
            self._give_back(there, gift, more)
        except RefusedMovement as why:
            sheet.refuse(Refusal(line, "gift", str(why)))
        else:
            sheet.count("gift", "updated")

    def _give_back(self, movement: Movement, gift: GiftFound, minor: int) -> None:
        # What has gone back by then is in the name, so that the same list again adds nothing.
        key = f"{movement.remote_id}-back-{gift.given_back}"
        refund_gift(movement, amount=minor, key=key, on=gift.given_back_on or gift.on)


def _new_references(count: int) -> list[str]:
    """Return so many references that no promise has."""
    found: set[str] = set()
    while len(found) < count:
        some = {new_reference(secrets.randbelow) for _ in range(count - len(found))}
        taken = Pledge.objects.filter(reference__in=some).values_list("reference", flat=True)
        found |= some - set(taken)
    return list(found)
