"""What the treasurer sends about receipts: to whom, why taken back, how a sponsor writes them."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms

from handpress.donations.core.receipts import PROFILES, Recipient, recipient
from handpress.donations.models import Sponsor

_BY_MAIL = "Send it by mail, as text"


class ReceiptForm(forms.Form):
    """To whom a receipt of one gift is written."""

    name = forms.CharField(
        label="To",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    address = forms.CharField(
        label="Address",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "dir": "auto"}),
        help_text="Line by line. It stands on this receipt alone.",
    )
    in_return = forms.CharField(
        label="What was given in return",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        help_text="With what it is worth, such as: a cup, worth $5. Usually nothing.",
    )
    by_mail = forms.BooleanField(label=_BY_MAIL, required=False)

    def __init__(
        self, *args: Any, mail_to: str, takes_return: bool, needs_address: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["address"].required = needs_address
        if not takes_return:
            del self.fields["in_return"]
        offer_mail(self, mail_to)

    @property
    def to(self) -> Recipient:
        """Whom it is written to."""
        return recipient(self.cleaned_data["name"], self.cleaned_data["address"])


class DonorForm(forms.Form):
    """Under which name and address a donor gets receipts."""

    name = forms.CharField(
        label="Name",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    address = forms.CharField(
        label="Address",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "dir": "auto"}),
        help_text="Line by line.",
    )


class VoidForm(forms.Form):
    """Why a receipt is taken back."""

    reason = forms.CharField(
        label="Reason",
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        help_text="It stands on the paper that takes the receipt back.",
    )
    by_mail = forms.BooleanField(label=_BY_MAIL, required=False)

    def __init__(self, *args: Any, mail_to: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_mail(self, mail_to)


def offer_mail(form: forms.Form, mail_to: str) -> None:
    """Say where a letter would go, or offer none where no address is known or no mail leaves."""
    if mail_to:
        form.fields["by_mail"].help_text = f"To {mail_to}. Nothing is attached."
    else:
        del form.fields["by_mail"]


_MONTHS = (
    "January February March April May June July August September October November December"
).split()


class ReceiptsOfSponsorForm(forms.ModelForm[Sponsor]):
    """How a sponsor's receipts are written from now on."""

    receipt_profile = forms.ChoiceField(
        label="Form",
        choices=[(each.code, each.label) for each in PROFILES.values()],
        help_text="What a tax office accepts is for it to say: have the first one looked at.",
    )
    year_begins_month = forms.TypedChoiceField(
        label="Its year begins in",
        coerce=int,
        choices=[(number, name) for number, name in enumerate(_MONTHS, 1)],
        help_text="A year is called by the calendar year in which it begins.",
    )
    zone = forms.ChoiceField(label="Time zone", required=False)

    class Meta:
        model = Sponsor
        fields = [
            "receipt_profile",
            "address",
            "tax_id",
            "tax_words",
            "year_begins_month",
            "zone",
        ]
        labels = {
            "address": "Address",
            "tax_id": "Tax number",
            "tax_words": "What receipts say about tax",
        }
        widgets = {
            "address": forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
            "tax_words": forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        }
        help_texts = {
            "address": "Line by line, as it stands on receipts.",
            "tax_id": "Without one, receipts say that gifts are not tax-deductible.",
            "tax_words": "Also beside its ways to give. The German form needs here which tax "
            "office found when, and for which purposes, that the sponsor is exempt.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone: Any = self.fields["zone"]
        names = {name for name in available_timezones() if "/" in name} | {self.instance.zone}
        zone.choices = [
            ("", "the newsroom’s"),
            *((name, name.replace("_", " ")) for name in sorted(names - {""})),
        ]
