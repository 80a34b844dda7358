"""What donors send: untrusted, read field by field, and nothing of it lost when it is wrong."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID, uuid4

from django import forms

from handpress.donations.core.asking import FREQUENCIES, MOST, ONCE, Wish, read_choice
from handpress.donations.wording import sum_said
from handpress.lib.money import AmountError, AmountUnclear, parse_amount, plain_amount
from handpress.mail.core.addresses import Address, NotAnAddress, likely_meant, read_address
from handpress.press.site import theme

OTHER = "other"
_KEPT = ("choice", "amount", "currency", "frequency")


class GiftForm(forms.Form):
    """How much, in which currency, how often: chosen from what is offered, or typed.

    ``currencies`` are offered to choose from; ``takes`` says whether another can come too, as on
    a form that was opened before. ``wish`` is what was understood. Where something typed can be
    read in two ways, ``readings`` are both, and nothing was understood. ``website`` is a trap that
    no person sees.
    """

    def __init__(self, data: Any, *, currencies: list[str], takes: Callable[[str], bool]) -> None:
        super().__init__(data)
        self.offered = currencies
        self.takes = takes
        self.wish: Wish | None = None
        self.readings: tuple[Wish, ...] = ()

    @property
    def is_trap_sprung(self) -> bool:
        """Say whether something filled in what only programs see."""
        return bool(self.data.get("website"))

    def typed(self, name: str) -> str:
        """Return what stands in a field, right or wrong."""
        return str(self.data.get(name, ""))[:200]

    def hidden(self) -> list[tuple[str, str]]:
        """Return the fields that say the same once more."""
        return [(name, self.typed(name)) for name in _KEPT if self.typed(name)]

    def clean(self) -> dict[str, Any]:
        """Understand the wish, or say what is wrong."""
        chosen, amount = read_choice(self.typed("choice")), self.typed("amount").strip()
        if chosen and amount:
            raise forms.ValidationError(_both(chosen, amount))
        self.wish = chosen or self._read(amount)
        if self.wish and self.wish.minor > MOST:
            raise forms.ValidationError(
                theme().translate("That is more than this form takes. Please write to us.")
            )
        if self.wish and not self.takes(self.wish.currency):
            raise forms.ValidationError(_not_in(self.wish.currency))
        return self.cleaned_data

    def _read(self, amount: str) -> Wish | None:
        translate = theme().translate
        currency, frequency = self.typed("currency") or self.offered[0], self.typed("frequency")
        if not self.takes(currency):
            raise forms.ValidationError(_not_in(currency))
        frequency = frequency if frequency in FREQUENCIES else ONCE
        if not amount:
            raise forms.ValidationError(translate("Please choose an amount, or write one."))
        try:
            minor = parse_amount(amount, currency)
        except AmountUnclear as unclear:
            self.readings = tuple(Wish(each, currency, frequency) for each in unclear.readings)
            return None
        except AmountError:
            raise forms.ValidationError(_unreadable(amount, currency)) from None
        if not minor:
            raise forms.ValidationError(translate("A gift is more than nothing."))
        return Wish(minor, currency, frequency)


class WayForm(forms.Form):
    """By which way, and an address if one likes; the stamp makes one form one promise.

    ``needing`` are the ways that cannot do without an address, ``languages`` are offered for
    letters. ``wants_cover`` says that the donor
    would add the company's fee, ``covered`` that the sum with it was seen and is right.
    """

    way = forms.CharField(required=False, max_length=20)
    email = forms.CharField(required=False, max_length=320)

    def __init__(
        self,
        data: Any,
        *,
        ways: list[int],
        needing: Collection[int] = (),
        languages: Collection[str] = (),
    ) -> None:
        super().__init__(data)
        self.ways = ways
        self.languages = languages
        self.needing = needing
        self.address: Address | None = None
        self.meant = ""

    @property
    def wants_cover(self) -> bool:
        """Say whether the donor would pay the company's fee too."""
        return bool(self.data.get("cover"))

    @property
    def covered(self) -> bool:
        """Say whether the donor was shown the sum with the fee."""
        return bool(self.data.get("covered"))

    @property
    def is_sent(self) -> bool:
        """Say whether this step was reached at all."""
        return "way" in self.data or "email" in self.data

    @property
    def language(self) -> str:
        """Return the language of letters that was chosen, "" where none was."""
        chosen = self.typed("language")
        return chosen if chosen in self.languages else ""

    def typed(self, name: str) -> str:
        """Return what stands in a field, right or wrong."""
        return str(self.data.get(name, ""))[:320]

    def clean_way(self) -> int:
        """Return the number of one of the ways."""
        given = self.cleaned_data["way"]
        if not given.isascii() or not given.isdigit() or int(given) not in self.ways:
            raise forms.ValidationError(theme().translate("Please choose a way to give."))
        return int(given)

    def clean_email(self) -> str:
        """Read the address, if there is one; ask once where a letter seems to have slipped."""
        given = str(self.cleaned_data["email"]).strip()
        if not given and self.cleaned_data.get("way") in self.needing:
            raise forms.ValidationError(
                theme().translate(
                    "A gift every month needs an address: we mail you the link by which you change"
                    " or end it."
                )
            )
        if not given:
            return ""
        try:
            self.address = read_address(given)
        except NotAnAddress:
            message = theme().translate(
                "This is no whole e-mail address. It looks like name@example.org."
            )
            raise forms.ValidationError(message) from None
        if self.typed("sure") != given and (meant := likely_meant(self.address)):
            self.meant = meant
            raise forms.ValidationError(
                theme().translate(
                    "You wrote {address}. Did you mean {meant}? If it is right as it is, go on.",
                    address=given,
                    meant=meant,
                )
            )
        return self.address.text


def nonce_of(text: str) -> UUID:
    """Return the nonce that a stamp holds, or a new one."""
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def _both(chosen: Wish, amount: str) -> str:
    return theme().translate(
        "You chose {chosen} and also wrote “{typed}”. Please leave one of the two.",
        chosen=sum_said(chosen.minor, chosen.currency, chosen.frequency),
        typed=amount,
    )


def _not_in(currency: str) -> str:
    return theme().translate(
        "Gifts in {currency} cannot be taken now. Please choose another currency.",
        currency=currency[:3],
    )


def _unreadable(typed: str, currency: str) -> str:
    return theme().translate(
        "“{typed}” cannot be read as an amount. Please write it as in {example}.",
        typed=typed[:40],
        example=plain_amount(123450, currency),
    )
