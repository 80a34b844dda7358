"""What a person says on the desk about a list that is to be taken over."""

from __future__ import annotations

from typing import Any

from django import forms

from handpress.donations.actions.import_sheets import FATES, PARTS
from handpress.donations.actions.importing import LONGEST_ORIGIN, Wishes
from handpress.donations.lists import (
    FIELDS,
    HOLDS,
    KINDS,
    LARGEST,
    PLAIN,
    Choices,
    DonorList,
)
from handpress.donations.models import COMPANY_KINDS, Rail
from handpress.lib.money import currencies, format_number

_SEVERAL = "several columns"
_HOLDS_SAID = {"donors": "donors", "plans": "monthly gifts", "gifts": "gifts that came"}
COLUMN = "column-"
"""Before the names of fields that say which column holds what."""


class UploadForm(forms.Form):
    """A list, and whose it is."""

    file = forms.FileField(
        label="The list",
        allow_empty_file=True,
        help_text="A CSV file, as Stripe, PayPal, GiveWP or CiviCRM hands it out, or a table of "
        "your own saved as CSV. It is kept encrypted, for a day at most.",
    )
    kind = forms.ChoiceField(
        label="Whose list it is",
        required=False,
        choices=[
            ("", "what can be seen by its columns"),
            *((kind.name, kind.label) for kind in (*KINDS, PLAIN)),
        ],
    )

    def clean_file(self) -> Any:
        """Refuse what is far too large, before it is read."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(f"A list has {LARGEST // 2**20} MB at most.")
        return file


def _rails(*, companies: bool) -> Any:
    rows = Rail.objects.select_related("sponsor")
    return rows if companies else rows.exclude(kind__in=COMPANY_KINDS)


class WishesForm(forms.Form):
    """What is to become of a list. Which column holds what is asked of a table of one's own."""

    rail = forms.ModelChoiceField(
        Rail.objects.none(),
        label="Monthly gifts are to come by",
        required=False,
        empty_label="(there are none in this list)",
    )
    is_ended = forms.BooleanField(
        label="The company takes nothing for these subscriptions any more",
        required=False,
        help_text="Tick this once you have ended them there, and Handpress takes the next gift by "
        "itself. Until then those that it could take wait, paused: nobody pays twice.",
    )
    history = forms.ModelChoiceField(
        Rail.objects.none(),
        label="Book gifts that came there on",
        required=False,
        empty_label="(do not book them)",
        help_text="So that totals of past years are there. Best on a way of its own, such as a "
        "link that is not offered.",
    )
    dates = forms.ChoiceField(
        label="In its dates, first comes",
        required=False,
        choices=[("", "what can be seen"), ("dmy", "the day"), ("mdy", "the month")],
    )
    currency = forms.ChoiceField(
        label="Sums that name no currency are in",
        required=False,
        choices=lambda: [("", "none: do not guess"), *((each, each) for each in currencies())],
    )
    origin = forms.CharField(
        label="Where it comes from",
        required=False,
        max_length=LONGEST_ORIGIN,
        help_text="Only if you come from two systems of one kind, whose numbers may be the same.",
    )
    holds = forms.ChoiceField(
        label="The table holds",
        required=False,
        choices=[(name, _HOLDS_SAID[name]) for name in HOLDS],
    )

    def __init__(self, *args: Any, opened: DonorList, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.opened = opened
        for name, companies in (("rail", True), ("history", False)):
            field: Any = self.fields[name]
            field.queryset = _rails(companies=companies)
            field.label_from_instance = lambda row: f"{row.name} ({row.sponsor})"
        if opened.kind is not PLAIN:
            del self.fields["holds"]

    def chosen(self) -> dict[str, Any]:
        """Return what was chosen, as plain values."""
        data = self.cleaned_data
        values = {name: data[name] for name in ("is_ended", "dates", "currency", "origin")} | {
            name: data[name] and data[name].pk for name in ("rail", "history")
        }
        if "holds" in self.fields:
            values["holds"] = data["holds"]
            values["columns"] = self._columns()
        return values

    def _columns(self) -> dict[str, list[str]]:
        before = self.opened.named_columns()
        columns: dict[str, list[str]] = {}
        for what in FIELDS:
            name = str(self.data.get(f"{COLUMN}{what}", ""))
            if name == _SEVERAL and len(before.get(what, [])) > 1:
                columns[what] = before[what]
            elif name in self.opened.header:
                columns[what] = [name]
        return columns


def choices_of(kind: str, chosen: dict[str, Any]) -> Choices:
    """Return how a list is to be read."""
    columns = chosen.get("columns")
    if columns is not None:
        # What no column holds is said as well, or it would be guessed again.
        columns = {what: columns.get(what, []) for what in FIELDS}
    return Choices(
        kind=kind,
        holds=chosen.get("holds", ""),
        columns=columns,
        dates=chosen.get("dates", ""),
        currency=chosen.get("currency", ""),
    )


def wishes_of(chosen: dict[str, Any]) -> Wishes:
    """Return what is to become of a list."""

    def rail(name: str) -> Rail | None:
        rows = Rail.objects.filter(pk=chosen.get(name) or 0)
        return rows.select_related("sponsor").first()

    return Wishes(
        rail=rail("rail"),
        history=rail("history"),
        is_ended=bool(chosen.get("is_ended")),
        origin=chosen.get("origin", ""),
    )


def column_fields(opened: DonorList) -> list[dict[str, Any]]:
    """Return for each thing that a column can hold which one does; for a table of one's own."""
    named = opened.named_columns()
    fields = []
    for what, label in FIELDS.items():
        names = named.get(what, [])
        several = [_SEVERAL] if len(names) > 1 else []
        fields.append(
            {
                "name": f"{COLUMN}{what}",
                "label": label.capitalize(),
                "names": [*several, *opened.header],
                "chosen": _SEVERAL if several else "".join(names),
            }
        )
    return fields


def sheet_shown(sheet: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a balance as a page shows it: for each of the three what became of how many."""
    shown = []
    for part, words in PARTS:
        count = sheet.get(part, {})
        if count.get("found"):
            rows = [(format_number(count[fate]), said) for fate, said in FATES if count[fate]]
            states = sheet.get("plans_are", {}) if part == "plans" else {}
            shown.append(
                {
                    "words": words,
                    "found": format_number(count["found"]),
                    "rows": rows,
                    "states": [
                        (format_number(number), state.replace("_", " "))
                        for state, number in sorted(states.items())
                    ],
                }
            )
    return shown
