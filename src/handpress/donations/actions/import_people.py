"""Donors of a list: one for each address, with what is told of them and was not known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from handpress.donations import sealing
from handpress.donations.actions.import_sheets import Sheet
from handpress.donations.lists import DonorFound, Found, Refusal
from handpress.donations.models import Donor
from handpress.lib.batches import batched
from handpress.mail.core.addresses import NotAnAddress, read_address

_AT_ONCE = 500
_FACTS = ("name", "email", "address")


@dataclass(slots=True)
class _Person:
    """Somebody as all lines of the list together tell them."""

    line: int
    facts: dict[str, str]
    language: str
    lines: int = 1


@dataclass(slots=True)
class People:
    """The donors of a list by their addresses' keys; ``keys`` has the key of each line's donor."""

    keys: dict[int, str] = field(default_factory=dict)
    donors: dict[str, Donor] = field(default_factory=dict)
    _told: dict[str, _Person] = field(default_factory=dict)

    def of(self, found: Found) -> Donor | None:
        """Return the donor that a line names; None where it names nobody whom we keep."""
        return self.donors.get(self.keys.get(found.line, ""))

    def hear(self, rows: Iterable[Found], sheet: Sheet) -> None:
        """Gather what the lines tell; count those whose address is none. Asks no database."""
        for row in rows:
            if row.donor is not None:
                self._hear_one(row, row.donor, sheet)

    def _hear_one(self, row: Found, donor: DonorFound, sheet: Sheet) -> None:
        try:
            address = read_address(donor.email)
        except NotAnAddress:
            why = "has no e-mail address that mail could reach" if donor.email else "has no address"
            sheet.refuse(Refusal(row.line, "donor", why))
            return
        self.keys[row.line] = address.key
        told = {"name": donor.name, "email": address.text, "address": donor.address}
        facts = {name: text for name, text in told.items() if text}
        known = self._told.get(address.key)
        if known is None:
            self._told[address.key] = _Person(row.line, facts, donor.language)
            return
        known.facts = {**facts, **known.facts}
        known.language = known.language or donor.language
        known.lines += 1

    def forget(self, keys: Iterable[str], sheet: Sheet) -> None:
        """Leave people out who were erased here, with every line that names them."""
        gone = {key for key in keys if key in self._told}
        for key in gone:
            del self._told[key]
        for line, key in list(self.keys.items()):
            if key in gone:
                del self.keys[line]
                sheet.refuse(Refusal(line, "donor", "was erased here"))

    def keep(self, sheet: Sheet) -> None:
        """Write down whoever is new and what is new of those who are known.

        What is known here stays as it is: a list may be older. A second line about somebody counts
        as unchanged. Inside the caller's transaction.
        """
        for some in batched(self._told.items(), _AT_ONCE):
            self._keep_some(dict(some), sheet)

    def _keep_some(self, told: Mapping[str, _Person], sheet: Sheet) -> None:
        marks = {sealing.mark_of(key): key for key in told}
        rows = {
            marks[row.email_mark or ""]: row
            for row in Donor.objects.select_for_update().filter(email_mark__in=marks)
        }
        new = {mark: _new_donor(told[key], mark) for mark, key in marks.items() if key not in rows}
        if new:
            # Somebody may give with the same address at this moment, and be first.
            Donor.objects.bulk_create(new.values(), ignore_conflicts=True)
            for row in Donor.objects.filter(email_mark__in=new):
                rows[marks[row.email_mark or ""]] = row
        for mark, key in marks.items():
            is_new = mark in new and rows[key].uuid == new[mark].uuid
            fate = "imported" if is_new else _complete(rows[key], told[key])
            sheet.count("donor", fate)
            sheet.donors.add("unchanged", told[key].lines - 1)
        self.donors |= rows


def _new_donor(person: _Person, mark: str) -> Donor:
    key, wrapped = sealing.new_donor_key()
    return Donor(
        email_mark=mark,
        wrapped_key=wrapped,
        sealed=sealing.seal(person.facts, key),
        language=person.language,
    )


def _complete(donor: Donor, person: _Person) -> str:
    """Add what was not known; return what became of the line."""
    known = sealing.unseal(donor.sealed, donor.wrapped_key)
    more = {
        name: text for name, text in person.facts.items() if name in _FACTS and name not in known
    }
    language = donor.language or person.language
    if not more and language == donor.language:
        return "unchanged"
    donor.sealed = sealing.seal({**known, **more}, sealing.donor_key(donor.wrapped_key))
    donor.language = language
    donor.save(update_fields=["sealed", "language"])
    return "updated"
