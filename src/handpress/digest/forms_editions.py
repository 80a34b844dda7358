"""What editors send about an edition."""

from __future__ import annotations

from typing import Any

from django import forms

from handpress.digest.core.compose import Contents, arrange
from handpress.digest.core.seen import Seen
from handpress.newsroom.never_named import refuse_accounts

_MOST = 500
_FAR = 10_000


class EditionForm(forms.Form):
    """Subject and note; the order of articles comes as numbers, which need no script."""

    subject = forms.CharField(
        max_length=400,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        help_text="Empty: the first article's headline.",
    )
    note = forms.CharField(
        max_length=2000,
        required=False,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        label="A note from the editors",
        help_text="Stands above everything else. An empty line is not needed: each line is a "
        "paragraph.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Refuse accounts that gifts come to: the edition stands on the web for good."""
        super().clean()
        refuse_accounts(self)
        return self.cleaned_data


class TestForm(forms.Form):
    """To whom a test goes."""

    address = forms.EmailField(max_length=320, label="Send a test to")


def order_of(data: Any) -> list[str]:
    """Return the articles that are kept, in the order of their numbers.

    ``piece`` names each once, in the order of the page; ``in-UUID`` says that it is kept and
    ``at-UUID`` its number. Of two with the same number the one that was moved up goes first.
    """
    rows = []
    for place, uuid in enumerate(dict.fromkeys(data.getlist("piece")[:_MOST]), 1):
        if data.get(f"in-{uuid}"):
            wanted = data.get(f"at-{uuid}", "")
            number = int(wanted) if wanted.isdecimal() and len(wanted) < 6 else _FAR
            rows.append((number, number >= place, place, uuid))
    return [row[-1] for row in sorted(rows)]


def as_sent(contents: Contents, data: Any, seen: Seen) -> Contents:
    """Return an edition in the order that was sent, with what it has since then at the end.

    Where nobody moved anything, in the order that it has now.
    """
    order = order_of(data)
    if order == list(seen.order):
        return contents
    sent = set(data.getlist("piece"))
    return arrange(contents, [*order, *(e.uuid for e in contents.pieces if e.uuid not in sent)])


def sent_again(data: Any, seen: Seen, now: Seen) -> Any:
    """Return what was sent, but for what its sender left as it was: that is as it is now."""
    sent = data.copy()
    for name in ("subject", "note"):
        if seen.left_alone(name, data.get(name, "")):
            sent[name] = getattr(now, name)
    sent["seen"] = now.as_text()
    return sent
