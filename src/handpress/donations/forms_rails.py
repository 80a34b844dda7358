"""Ways to give as the treasurer writes them: accounts, addresses, companies."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from handpress.donations.companies import company_kind, open_company
from handpress.donations.companies.secrets import NAME, SecretsUnusable, secrets_file
from handpress.donations.models import Rail, RailKind, RailMode, RailState
from handpress.donations.rails import RailFault, rail_kind
from handpress.lib.money import AmountError, currencies, parse_amount, plain_amount


class DetailFields:
    """The fields of a rail's details, by name; each kind of rail says which it has."""

    @staticmethod
    def make(name: str) -> forms.CharField:
        """Return a new field."""
        label, widget, help_text = _DETAILS.get(name, (name.replace("_", " "), _LINE, ""))
        more = {"rows": 4} if widget is _LINES else {}
        return forms.CharField(
            label=label,
            required=False,
            max_length=1000,
            widget=widget(attrs={"autocomplete": "off", "dir": "auto", **more}),
            help_text=help_text,
        )


_ONE_CURRENCY = frozenset({"stripe", "mollie", "gocardless", "paypal"})
"""Companies that convert what comes in another currency than the account's."""

_LINE, _LINES = forms.TextInput, forms.Textarea
_DETAILS: dict[str, tuple[str, type[forms.Widget], str]] = {
    "bic": ("BIC", _LINE, "The bank’s code, for transfers from abroad."),
    "bank_name": ("Name of the bank", _LINE, ""),
    "bank_code": (
        "Routing number, sort code or the like",
        _LINE,
        "Where banks have no IBAN.",
    ),
    "reference": ("What donors should write as the purpose", _LINE, ""),
    "payable_to": ("Made out to", _LINE, "Empty: the sponsor’s legal name."),
    "address": ("Where cheques are sent", _LINES, "Line by line."),
    "memo": ("What donors should write on the memo line", _LINE, ""),
    "words": ("What the link says", _LINE, "Empty: the sponsor’s legal name."),
    "base": (
        "Address of the server",
        _LINE,
        "With https://. It is your own, or a friend’s. Beside its key stands the same, as server: "
        "the key is sent nowhere else.",
    ),
    "store_id": ("Store", _LINE, "As the server names it, under Settings."),
    "webhook_id": ("Webhook ID", _LINE, "As the company shows it beside the webhook’s address."),
    "creditor": (
        "Creditor",
        _LINE,
        "Its number, CR and more signs, if your keys are good for several. Usually empty.",
    ),
    "merchant_id": ("Merchant ID", _LINE, "Thirteen signs, under Account settings there."),
    "creditor_id": (
        "Creditor identifier",
        _LINE,
        "As your bank or central bank gave it, such as DE98ZZZ09999999999.",
    ),
    "days_before": (
        "Days of notice",
        _LINE,
        "How many days before it collects a file is made. 14, unless your mandates say fewer.",
    ),
}
_ACCOUNTS = {
    "bank": ("IBAN, or account number", "The check digits of an IBAN are verified."),
    "link": ("Address", "With https://. The page of somebody else’s that takes gifts for you."),
    "stripe": ("Account", "It begins with acct_: Settings, Business, Account details there."),
    "mollie": ("Profile", "It begins with pfl_ and stands beside the API keys there."),
    "debit": ("IBAN", "Your own account, to which is collected."),
}


class RailForm(forms.ModelForm[Rail]):
    """One way to give; which fields it has depends on its kind."""

    class Meta:
        model = Rail
        fields = ["name", "currency", "state", "position"]
        labels = {
            "name": "Name",
            "currency": "Currency",
            "state": "State",
            "position": "Place",
        }
        help_texts = {
            "name": "For the desk only, such as: Savings bank, euros.",
            "currency": "Empty: it takes any.",
            "position": "Small numbers come first on the donation page.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rail: Rail = self.instance
        for name in rail_kind(rail.kind).fields:
            self.fields[name] = DetailFields.make(name)
            value = rail.details.get(name, "")
            self.initial[name] = "\n".join(value) if isinstance(value, list) else value
        if rail.kind in _ACCOUNTS:
            label, help_text = _ACCOUNTS[rail.kind]
            self.fields["account_ref"] = forms.CharField(
                label=label, max_length=400, required=False, help_text=help_text
            )
            self.initial["account_ref"] = rail.account_ref
        if rail.kind == RailKind.DEBIT:
            # There is no SEPA in another currency.
            del self.fields["currency"]
            rail.currency = "EUR"
        order = ["name", "account_ref", *rail_kind(rail.kind).fields]
        self.order_fields([*order, "currency", "state", "position"])

    def clean_currency(self) -> str:
        """Return a currency's code, or nothing."""
        typed = self.cleaned_data["currency"].strip().upper()
        if typed and typed not in currencies():
            raise forms.ValidationError("Write a currency as banks do: EUR, USD, KRW.")
        return typed

    def clean(self) -> dict[str, Any]:
        """Check account and details by the rules of the kind."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        check_rail(self, self.instance, data)
        return self.cleaned_data


class CompanyForm(RailForm):
    """An account with a company. Its keys are not typed here, nor anywhere on the desk.

    It cannot be offered without its keys, nor with those of the other mode.
    """

    fee_percent = forms.CharField(
        label="The company keeps, in percent",
        required=False,
        max_length=8,
        help_text="As in 1.5. Donors may then add it to their gift. Empty: nothing is offered.",
    )
    fee_fixed = forms.CharField(
        label="And of each gift, besides",
        required=False,
        max_length=20,
        help_text="As in 0.25, in the currency of this way.",
    )
    exposure = forms.CharField(
        label="Warn when more than this lies there",
        required=False,
        max_length=30,
        help_text="In the currency of this way. What a company holds, it can keep from you.",
    )

    class Meta(RailForm.Meta):
        fields = ["name", "secret_name", "mode", "currency", "state", "position"]
        labels = {
            **RailForm.Meta.labels,
            "secret_name": "Name of its keys",
            "mode": "It moves",
        }
        help_texts = {
            **RailForm.Meta.help_texts,
            "secret_name": "Keys are never written into the database.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rail: Rail = self.instance
        kind = company_kind(rail.kind)
        self.initial["secret_name"] = rail.secret_name or rail.kind
        if kind.secret_fields:
            names = ", ".join(kind.secret_fields)
            self.fields["secret_name"].help_text = (
                f"They lie in {secrets_file(self.initial['secret_name'])}, one line each: {names}."
                " Nobody sees them on the desk."
            )
        else:
            del self.fields["secret_name"], self.fields["mode"]
        for name in ("fee_percent", "fee_fixed"):
            self.initial[name] = rail.details.get(name, "")
        limit = rail.exposure_limit_minor
        if limit is not None and rail.currency:
            self.initial["exposure"] = plain_amount(limit, rail.currency)
        if rail.kind in _ONE_CURRENCY:
            self.fields[
                "currency"
            ].help_text = (
                "Name that of your account there: what it converts, the books could not follow."
            )
        fees = ("fee_percent", "fee_fixed", "exposure")
        own = ("name", "secret_name", "mode", "account_ref", *kind.fields, "currency")
        self.order_fields([*own, *fees, "state", "position"])

    def clean_secret_name(self) -> str:
        """Return a name that can be a file's."""
        typed = str(self.cleaned_data["secret_name"]).strip().lower()
        if not NAME.fullmatch(typed):
            raise forms.ValidationError("Small letters, figures, - and _ alone, a letter first.")
        return typed

    def clean_fee_percent(self) -> str:
        """Return a percentage below fifty as it is kept, or nothing."""
        typed = self.cleaned_data["fee_percent"].strip().replace(",", ".").rstrip("% ")
        if not typed:
            return ""
        try:
            percent = Decimal(typed)
        except InvalidOperation:
            percent = Decimal(-1)
        if not percent.is_finite() or not 0 <= percent < 50:
            raise forms.ValidationError("Write a number as in 1.5, below fifty.")
        return f"{percent.normalize():f}"

    def clean(self) -> dict[str, Any]:
        """Check the company's own details, the fees, and the keys where it is to be offered."""
        data = super().clean()
        rail: Rail = self.instance
        if self.errors:
            return self.cleaned_data
        currency = data.get("currency", "")
        fixed = self._amount("fee_fixed", currency)
        rail.exposure_limit_minor = self._amount("exposure", currency)
        fees = {"fee_percent": data.get("fee_percent", ""), "fee_fixed": data.get("fee_fixed", "")}
        rail.details |= {name: value for name, value in fees.items() if value}
        if fixed is not None:
            rail.details["fee_fixed_minor"] = fixed
        if not rail.account_ref:
            rail.account_ref = data.get("secret_name", "")
            _refuse_double(self, rail, "secret_name")
        if data.get("state") == RailState.ENABLED and not self.errors:
            self._check_keys(rail, data)
        return self.cleaned_data

    def _amount(self, name: str, currency: str) -> int | None:
        typed = self.cleaned_data.get(name, "").strip()
        if not typed:
            return None
        if not currency:
            self.add_error(name, "An amount needs the currency of this way.")
            return None
        try:
            return parse_amount(typed, currency)
        except AmountError:
            self.add_error(name, "This cannot be read as an amount.")
            return None

    def _check_keys(self, rail: Rail, data: Mapping[str, Any]) -> None:
        trial = Rail(
            kind=rail.kind,
            account_ref=rail.account_ref,
            details=rail.details,
            secret_name=data.get("secret_name", ""),
            mode=data.get("mode") or RailMode.LIVE,
        )
        try:
            open_company(trial)
        except SecretsUnusable as error:
            field = "secret_name" if "secret_name" in self.fields else None
            self.add_error(field, f"It cannot be offered: {error}")


def rail_form(rail: Rail) -> type[RailForm]:
    """Return the form of a rail's kind."""
    return CompanyForm if rail.is_company else RailForm


def check_rail(form: forms.BaseForm, rail: Rail, data: Mapping[str, Any], prefix: str = "") -> None:
    """Put account and details on a rail, or say beside the field what is wrong.

    ``prefix`` is what the names of the form's fields begin with.
    """
    kind = rail_kind(rail.kind)
    details = {name: data.get(f"{prefix}{name}", "") for name in kind.fields}
    typed = str(data.get(f"{prefix}account_ref", ""))
    try:
        rail.account_ref, rail.details = kind.check(typed, details)
    except RailFault as fault:
        form.add_error(f"{prefix}{fault.field}", str(fault))
        return
    _refuse_double(form, rail, f"{prefix}account_ref")


def _refuse_double(form: forms.BaseForm, rail: Rail, field: str) -> None:
    """Say beside a field, or above all of them where the form has no such one, whose it is."""
    others = Rail.objects.filter(kind=rail.kind, account_ref=rail.account_ref).exclude(pk=rail.pk)
    if rail.account_ref and (there := others.select_related("sponsor").first()):
        words = f"That is “{there.name}” of {there.sponsor} already."
        form.add_error(field if field in form.fields else None, words)
