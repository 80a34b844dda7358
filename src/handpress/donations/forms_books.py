"""What the treasurer sends: gifts, what is given back, sponsors and their ways to give."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet

from handpress.donations.core.movements import Kind, RefusedMovement, check_amounts
from handpress.donations.core.references import ReferenceError, parse_reference
from handpress.donations.days import today
from handpress.donations.forms_rails import DetailFields, check_rail
from handpress.donations.models import (
    Campaign,
    Movement,
    Pledge,
    Rail,
    RailState,
    Sponsor,
    SponsorKind,
    SponsorState,
)
from handpress.lib.money import AmountError, currencies, parse_amount
from handpress.mail.core.addresses import NotAnAddress, read_address

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_AMOUNT = {"inputmode": "decimal", "autocomplete": "off"}


def _amount(label: str, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=60, widget=forms.TextInput(attrs=_AMOUNT), **options
    )


class SumForm(forms.Form):
    """A form in which sums are typed as people type them; `sums` names those fields."""

    sums: tuple[str, ...] = ("amount", "fee")
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def currency_of(self, data: Mapping[str, Any]) -> str:
        """Return the currency that the sums are in; "" where it is not known yet."""
        return str(data.get("currency") or "")

    def clean_on(self) -> date:
        """Return the day; one to come is a slip of the pen."""
        on: date = self.cleaned_data["on"]
        if on > today():
            raise forms.ValidationError("This day is still to come.")
        return on

    def clean(self) -> dict[str, Any]:
        """Turn sums into minor units; say what is wrong beside the field."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        currency = self.currency_of(data)
        for name in self.sums:
            if name in data and currency:
                self._clean_sum(name, str(data[name]), currency)
        return self.cleaned_data

    def _clean_sum(self, name: str, typed: str, currency: str) -> None:
        if not typed.strip():
            self.cleaned_data[name] = 0
            return
        try:
            self.cleaned_data[name] = parse_amount(typed, currency)
        except AmountError as refusal:
            self.add_error(name, str(refusal))


class GiftForm(SumForm):
    """A gift that came. What looks like one that is there already is asked about once."""

    rail = forms.ModelChoiceField(Rail.objects.none(), label="Came by", empty_label=None)
    amount = _amount("Amount", help_text="As you would write it: 25, 1.250,00 or 1,250.00.")
    currency = forms.ChoiceField(label="Currency")
    on = forms.DateField(
        label="Day", widget=_DAY, help_text="The day on which it came, as the bank says."
    )
    fee = _amount(
        "Fee that was kept",
        required=False,
        help_text="What the bank took on the way. Usually none.",
    )
    reference = forms.CharField(
        label="Reference",
        required=False,
        max_length=60,
        help_text="HP and eight signs, if the transfer or cheque bears one.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    campaign = forms.ModelChoiceField(
        Campaign.objects.order_by("-starts_at"),
        label="For",
        required=False,
        empty_label="no campaign",
        help_text="With a reference, that promise’s own campaign counts.",
    )
    donor_name = forms.CharField(
        label="Donor’s name",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
        help_text="Kept encrypted, and only if you fill it in.",
    )
    donor_email = forms.CharField(
        label="Donor’s e-mail address",
        required=False,
        max_length=320,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )
    is_another = forms.BooleanField(
        label="It is another gift of the same sum on the same day",
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(self, *args: Any, rails: QuerySet[Rail], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["rail"].queryset = rails
        fields["rail"].label_from_instance = lambda rail: f"{rail.name} ({rail.sponsor})"
        usual = str(self.initial.get("currency") or "")
        fields["currency"].choices = [(code, code) for code in _codes(usual)]

    def clean_reference(self) -> Pledge | None:
        """Return the promise that the reference names."""
        typed = self.cleaned_data["reference"].strip()
        if not typed:
            return None
        try:
            reference = parse_reference(typed)
        except ReferenceError as refusal:
            raise forms.ValidationError(str(refusal)) from None
        pledge = Pledge.objects.filter(reference=reference).first()
        if pledge is None:
            raise forms.ValidationError(
                "Nobody was given this reference here. Leave it empty to record the gift without."
            )
        return pledge

    def clean_donor_email(self) -> str:
        """Return the address as it is written."""
        typed = self.cleaned_data["donor_email"].strip()
        try:
            return read_address(typed).text if typed else ""
        except NotAnAddress:
            raise forms.ValidationError(
                "Mail cannot reach this address. Please look at it again."
            ) from None

    def clean(self) -> dict[str, Any]:
        """Ask once about what looks like a gift that was recorded before."""
        data = super().clean()
        if not {"amount", "fee"} & set(self.errors) and "currency" in data:
            try:
                check_amounts(Kind.BANK_IN, data["amount"], data["fee"])
            except RefusedMovement as refusal:
                self.add_error("amount", str(refusal))
        if not self.errors and not data.get("is_another") and self._looks_recorded(data):
            self.fields["is_another"].widget = forms.CheckboxInput()
            self.add_error(
                "is_another",
                "A gift of this sum is recorded for that day and way already. Tick this if "
                "another one came; nothing is recorded until then.",
            )
        if (pledge := data.get("reference")) and pledge.campaign:
            # What was promised for a campaign counts for that one, also once another one runs.
            data["campaign"] = pledge.campaign
        return data

    def _looks_recorded(self, data: Mapping[str, Any]) -> bool:
        same = Movement.objects.filter(
            rail=data["rail"],
            amount_minor=data["amount"],
            currency=data["currency"],
            occurred_on=data["on"],
            of=None,
        )
        return same.exclude(remote_id=str(data["key"])).exists()

    @property
    def donor(self) -> dict[str, str]:
        """What was told of the donor."""
        data = self.cleaned_data
        told = {"name": data["donor_name"], "email": data["donor_email"]}
        return {name: value for name, value in told.items() if value}


def _codes(usual: str) -> list[str]:
    codes = currencies()
    return [usual, *(code for code in codes if code != usual)] if usual else list(codes)


class StepForm(SumForm):
    """What was done to a gift; which ``fields`` it has depends on that."""

    amount = _amount("Amount given back")
    on = forms.DateField(label="Day", widget=_DAY)
    fee = _amount("Fee", required=False, help_text="What was charged for it. Usually nothing.")

    def __init__(
        self, *args: Any, currency: str, came_on: date, fields: tuple[str, ...], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.currency, self.came_on = currency, came_on
        for name in {"amount", "on", "fee"} - set(fields):
            del self.fields[name]

    def clean_on(self) -> date:
        """Return the day; nothing goes back before it came."""
        on = super().clean_on()
        if on < self.came_on:
            raise forms.ValidationError(f"The gift came later, on {self.came_on:%-d %B %Y}.")
        return on

    def currency_of(self, data: Mapping[str, Any]) -> str:
        """Return that of the gift."""
        return self.currency


class SponsorForm(forms.ModelForm[Sponsor]):
    """The legal body that receives gifts."""

    class Meta:
        model = Sponsor
        fields = ["legal_name", "kind", "tax_id", "tax_words", "state"]
        labels = {
            "legal_name": "Legal name",
            "kind": "It is",
            "tax_id": "Tax number",
            "tax_words": "What donors should know about tax",
            "state": "State",
        }
        help_texts = {
            "legal_name": "Exactly as its bank account is named: banks compare, and warn donors "
            "where it differs.",
            "tax_words": "Printed beside its ways to give, such as: “Gifts are not "
            "tax-deductible.”",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        state: Any = self.fields["state"]
        # Suspending is a step of its own, with a successor.
        state.choices = [
            (value, label)
            for value, label in SponsorState.choices
            if value in {SponsorState.DRAFT, SponsorState.LIVE, SponsorState.WOUND_DOWN}
        ]
        if self.instance.state == SponsorState.SUSPENDED:
            del self.fields["state"]


NOBODY, NEW = "", "new"


class HandOverForm(forms.Form):
    """Suspend a sponsor, and say who receives gifts from now on, all in one."""

    successor = forms.ChoiceField(label="Gifts go from now on to", widget=forms.RadioSelect)
    legal_name = forms.CharField(
        label="Legal name",
        required=False,
        max_length=140,
        help_text="Exactly as the bank account is named.",
    )
    kind = forms.ChoiceField(label="It is", choices=SponsorKind.choices)
    tax_words = forms.CharField(
        label="What donors should know about tax", required=False, max_length=300
    )
    bank_account_ref = forms.CharField(
        label="IBAN, or account number", required=False, max_length=60
    )
    bank_bic = DetailFields.make("bic")
    bank_bank_name = DetailFields.make("bank_name")
    bank_bank_code = DetailFields.make("bank_code")
    cheque_address = DetailFields.make("address")
    link_account_ref = forms.CharField(
        label="Address of a page that takes gifts", required=False, max_length=400
    )

    groups = (
        ("New sponsor", ("legal_name", "kind", "tax_words")),
        ("Bank account", ("bank_account_ref", "bank_bic", "bank_bank_name", "bank_bank_code")),
        ("Cheques", ("cheque_address",)),
        ("Link", ("link_account_ref",)),
    )

    def __init__(self, *args: Any, sponsor: Sponsor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sponsor = sponsor
        self.rails: list[Rail] = []
        others = Sponsor.objects.exclude(pk=sponsor.pk).exclude(state=SponsorState.WOUND_DOWN)
        self.others = {str(each.pk): each for each in others}
        field: Any = self.fields["successor"]
        field.choices = [
            (NEW, "a new sponsor, as written below"),
            *((pk, str(each)) for pk, each in self.others.items()),
            (NOBODY, "nobody for now"),
        ]
        field.required = False

    def clean(self) -> dict[str, Any]:
        """Check everything that the new ways to give need."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("successor") != NEW:
            return data
        name = data.get("legal_name", "").strip()
        if not name:
            self.add_error("legal_name", "Who is it?")
        elif Sponsor.objects.filter(legal_name=name).exists():
            self.add_error("legal_name", "This sponsor is there already. Choose it above.")
        for needed in ("bank_account_ref", "cheque_address", "link_account_ref"):
            if data.get(needed):
                self._add_rail(needed.partition("_")[0], data)
        if not self.rails and not self.errors:
            self.add_error(
                "bank_account_ref", "Name one way to give at least, so that nobody is turned away."
            )
        return self.cleaned_data

    def _add_rail(self, kind: str, data: Mapping[str, Any]) -> None:
        place = 10 * (len(self.rails) + 1)
        rail = Rail(kind=kind, position=place, state=RailState.ENABLED)
        rail.name = rail.get_kind_display()
        check_rail(self, rail, data, prefix=f"{kind}_")
        self.rails.append(rail)

    def as_successor(self) -> Sponsor | None:
        """Return who takes over: known, new and not saved, or nobody."""
        data = self.cleaned_data
        if data["successor"] == NEW:
            return Sponsor(
                legal_name=data["legal_name"].strip(),
                kind=data["kind"],
                tax_words=data["tax_words"],
            )
        return self.others.get(data["successor"])
