"""The campaign's form: amounts as people type them."""

from __future__ import annotations

from typing import Any

from django import forms

from handpress.donations.suggesting import read_suggested, write_suggested
from handpress.lib.money import (
    AmountError,
    currencies,
    currency_name,
    parse_amount,
    plain_amount,
)
from handpress.newsroom.forms import MomentKeepingForm
from handpress.newsroom.forms_outlet import LanguageField, Proposing, language_labels

_WORDS = ("heading", "full_text", "compact_text")
_AMOUNTS = ("goal_minor", "raised_minor")


class CampaignForm(MomentKeepingForm):
    """Goal and sum raised are typed as amounts of the campaign's currency, kept in minor units."""

    asks = (*_WORDS, "monthly_costs")

    currency = forms.ChoiceField(required=False, help_text="Goal and sum raised are in it.")
    goal_minor = forms.CharField(
        required=False,
        label="Goal",
        max_length=60,
        help_text="As you would write it: 84000, 84.000 or 84,000.00. Empty: no goal.",
    )
    raised_minor = forms.CharField(
        required=False,
        label="Counted elsewhere",
        max_length=60,
        help_text="What came before you kept books here, or comes past them. What was raised is "
        "this and what “Gifts” says.",
    )
    monthly_costs = forms.CharField(
        required=False,
        label="What a month costs",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text="One item a line, the amount after a colon, as in “Rent: 1,450”.",
    )

    suggested_amounts = forms.CharField(
        required=False,
        label="Amounts to choose from",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text="A line for each currency and frequency, as in “EUR once: 10; 25; 50” and “EUR "
        "monthly: 5; 10”. Empty: usual amounts.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        currency = self.instance.currency
        self.fields["currency"].choices = _choices(currency)
        for name in _AMOUNTS:
            minor = getattr(self.instance, name)
            self.initial[name] = plain_amount(minor, currency) if minor and currency else ""
            self.fields[name].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}
        self.initial["monthly_costs"] = "\n".join(
            f"{what}: {plain_amount(minor, currency)}"
            for what, minor in self.instance.monthly_costs
        )

        self.initial["suggested_amounts"] = write_suggested(self.instance.suggested_amounts)

    def clean_suggested_amounts(self) -> list[list[Any]]:
        """Read the amounts that the form on how to give offers."""
        return read_suggested(self.cleaned_data["suggested_amounts"])

    def clean(self) -> dict[str, Any]:
        """Turn what was typed into minor units; say what is wrong beside the field."""
        data = super().clean()
        currency = data.get("currency", "")
        for name in _AMOUNTS:
            if name in data:
                self._clean_amount(name, str(data[name]), currency)
        if "monthly_costs" in data:
            self._clean_costs(str(data["monthly_costs"]), currency)
        if data.get("goal_minor") == 0:
            self.add_error("goal_minor", "A goal is more than nothing. Leave it empty for none.")
        return self.cleaned_data

    def _clean_amount(self, name: str, typed: str, currency: str) -> None:
        if not typed.strip():
            self.cleaned_data[name] = None if name == "goal_minor" else 0
        elif not currency:
            self.add_error(name, "An amount needs a currency. Please choose one.")
        else:
            try:
                self.cleaned_data[name] = parse_amount(typed, currency)
            except AmountError as refusal:
                self.add_error(name, str(refusal))

    def _clean_costs(self, typed: str, currency: str) -> None:
        costs = []
        for line in filter(None, (each.strip() for each in typed.splitlines())):
            what, colon, amount = line.rpartition(":")
            if not colon or not what.strip():
                message = f"“{line[:80]}” has no amount after a colon, as in “Rent: 1,450”."
                self.add_error("monthly_costs", message)
                return
            try:
                costs.append([what.strip()[:200], parse_amount(amount, currency or "EUR")])
            except AmountError as refusal:
                self.add_error("monthly_costs", f"{what.strip()[:80]}: {refusal}")
                return
        if costs and not currency:
            self.add_error("monthly_costs", "Amounts need a currency. Please choose one.")
        self.cleaned_data["monthly_costs"] = costs


class WordsForm(MomentKeepingForm):
    """An appeal in another language."""

    asks = _WORDS

    language = LanguageField(max_length=20, widget=Proposing(language_labels))


def _choices(stored: str) -> list[tuple[str, str]]:
    """Return the currencies of today, and the one that is stored whatever it is."""
    codes = sorted({*currencies(), stored} - {""})
    return [("", "none chosen"), *((code, f"{code} – {currency_name(code)}") for code in codes)]
