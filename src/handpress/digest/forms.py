"""What readers send: untrusted, read field by field."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django import forms

from handpress.digest.actions.readers import Preferences
from handpress.digest.models import Frequency
from handpress.mail.core.addresses import NotAnAddress, read_address
from handpress.press.site import theme

_FREQUENCIES = {"daily": Frequency.DAILY, "weekly": Frequency.WEEKLY}
PAUSES = {"week": 7, "fortnight": 14, "month": 30}


class SignUpForm(forms.Form):
    """An address and a frequency; ``website`` is a trap that no person sees."""

    address = forms.CharField(required=False)

    def clean_address(self) -> Any:
        """Read the address."""
        try:
            return read_address(self.cleaned_data["address"])
        except NotAnAddress as refusal:
            raise forms.ValidationError(str(refusal)) from None

    @property
    def is_trap_sprung(self) -> bool:
        """Say whether something filled in what only programs see."""
        return bool(self.data.get("website"))

    @property
    def is_sure(self) -> bool:
        """Say whether the reader has looked at the address once more."""
        return bool(self.data.get("sure"))

    @property
    def pace(self) -> Frequency:
        """Return the frequency asked for; the day's digest where that is none."""
        return _FREQUENCIES.get(str(self.data.get("frequency", "")), Frequency.DAILY)

    def again(self, **changes: str) -> tuple[tuple[str, str], ...]:
        """Return the fields that send the form once more."""
        return (*changes.items(), ("frequency", self.pace.name.lower()))

    def as_context(self) -> dict[str, str]:
        """Return what stands in the form."""
        translate = theme().translate
        error = translate("This is no whole e-mail address. It looks like name@example.org.")
        is_wrong = self.is_bound and not self.is_valid()
        return {
            "address": str(self.data.get("address", ""))[:254],
            "frequency": self.pace.name.lower(),
            "error": error if is_wrong else "",
        }


class PreferencesForm(forms.Form):
    """What a reader wants; topics and languages are those that there are."""

    frequency = forms.ChoiceField(choices=[(name, name) for name in _FREQUENCIES])
    which = forms.ChoiceField(choices=[("all", "all"), ("chosen", "chosen")])
    topic = forms.MultipleChoiceField(required=False)
    pause = forms.CharField(max_length=20, required=False)
    language = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, topics: list[int], languages: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        topic: Any = self.fields["topic"]
        topic.choices = [(str(number), number) for number in topics]
        language: Any = self.fields["language"]
        language.choices = [(tag, tag) for tag in languages]

    def wanted(
        self, *, today: date, until: date | None, hidden: Collection[int] = ()
    ) -> Preferences:
        """Return what is wanted.

        ``until`` is the day to which the reader has paused already, ``hidden`` are the topics they
        chose that are taken down at this moment: those they could not choose again.
        """
        given = self.cleaned_data
        pause = given["pause"]
        if pause in PAUSES:
            until = today + timedelta(days=PAUSES[pause])
        elif pause == "open":
            until = None
        is_chosen = given["which"] == "chosen"
        return Preferences(
            frequency=_FREQUENCIES[given["frequency"]],
            topics=(*map(int, given["topic"]), *hidden) if is_chosen else (),
            language=given["language"],
            # A pause that ended while the page was open is over.
            is_paused=pause in {*PAUSES, "open"} or (pause == "as it is" and until is not None),
            paused_until=until,
        )
