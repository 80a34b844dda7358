"""What the treasurer copies from a mandate that was signed on paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms

from handpress.donations.days import today
from handpress.donations.debits import (
    WrongNumber,
    check_account,
    check_mandate_id,
    next_banking_day,
    sepa_text,
)
from handpress.donations.debits.file import MOST_MINOR
from handpress.donations.forms_books import SumForm
from handpress.donations.models import Campaign, Rail
from handpress.mail.core.addresses import NotAnAddress, read_address

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_OLDEST = timedelta(days=3 * 365)
_LINE = {"autocomplete": "off", "dir": "auto"}


def _line(label: str, most: int, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=most, widget=forms.TextInput(attrs=_LINE), **options
    )


class MandateForm(SumForm):
    """A mandate, the donor who signed it, and the gift that is to be collected each month."""

    sums = ("amount",)
    name = _line("Donor’s name", 140)
    address = forms.CharField(
        label="Address",
        max_length=400,
        widget=forms.Textarea(attrs={**_LINE, "rows": 3}),
        help_text="Line by line, as on the mandate.",
    )
    email = _line(
        "E-mail address",
        320,
        required=False,
        help_text="If you know it: to say so when a gift comes back.",
    )
    iban = _line("IBAN", 50, help_text="The check digits are verified. It is kept encrypted.")
    account_name = _line(
        "Account of",
        140,
        required=False,
        help_text="If it is somebody else’s. They must have signed.",
    )
    mandate_id = _line(
        "Reference of the mandate",
        35,
        required=False,
        help_text="If one stands on the paper. Else it gets one here; the donor must be told it.",
    )
    signed_on = forms.DateField(label="Signed on", widget=_DAY)
    amount = forms.CharField(
        label="Every month",
        max_length=60,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="In euros, as you would write it: 25 or 12,50.",
    )
    day = forms.IntegerField(
        label="Day of the month",
        min_value=1,
        max_value=31,
        initial=1,
        help_text="In shorter months it is the last day.",
    )
    campaign = forms.ModelChoiceField(
        Campaign.objects.order_by("-starts_at"),
        label="For",
        required=False,
        empty_label="no campaign",
    )

    def currency_of(self, data: Mapping[str, Any]) -> str:
        """Return euros: SEPA knows nothing else."""
        return "EUR"

    def clean_name(self) -> str:
        """Return a name that a bank can write."""
        name = str(self.cleaned_data["name"]).strip()
        if not sepa_text(name, 70):
            raise forms.ValidationError("Banks need a name with letters.")
        return name

    def clean_iban(self) -> str:
        """Return the account, compact."""
        return self._checked("iban", check_account)

    def clean_mandate_id(self) -> str:
        """Return the mandate's reference, or nothing."""
        return self._checked("mandate_id", check_mandate_id)

    def _checked(self, name: str, check: Any) -> str:
        typed = str(self.cleaned_data[name]).strip()
        if not typed:
            return ""
        try:
            return str(check(typed))
        except WrongNumber as wrong:
            raise forms.ValidationError(wrong.sentence) from None

    def clean_email(self) -> str:
        """Return the address as it is written."""
        typed = str(self.cleaned_data["email"]).strip()
        try:
            return read_address(typed).text if typed else ""
        except NotAnAddress:
            raise forms.ValidationError(
                "Mail cannot reach this address. Please look at it again."
            ) from None

    def clean_signed_on(self) -> date:
        """Return the day; a mandate that was never used lapses after three years."""
        on: date = self.cleaned_data["signed_on"]
        if on > today():
            raise forms.ValidationError("This day is still to come.")
        if on < today() - _OLDEST:
            raise forms.ValidationError("A mandate that was not used for three years has lapsed.")
        return on

    def clean(self) -> dict[str, Any]:
        """Check the sum."""
        data = super().clean()
        amount = data.get("amount")
        if isinstance(amount, int) and not 0 < amount <= MOST_MINOR:
            self.add_error("amount", "A gift is more than nothing, and less than a bank refuses.")
        return data

    @property
    def facts(self) -> dict[str, str]:
        """Return what is kept of the donor."""
        names = ("name", "address", "email", "iban", "account_name")
        return {name: self.cleaned_data[name] for name in names}


class CollectForm(forms.Form):
    """On which day the next file collects."""

    on = forms.DateField(label="Collect on", widget=_DAY)

    def __init__(self, *args: Any, rail: Rail, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = timedelta(days=int(rail.details.get("days_before", 14)))
        self.earliest = next_banking_day(today() + days)
        self.fields["on"].initial = self.earliest
        self.fields[
            "on"
        ].help_text = (
            f"What is due until that day is in it. {self.earliest:%-d %B} is the first that can be."
        )
