"""Links by mail, where mail can leave: accounts know what is said, whoever has mail knows how.

A mail is asked for in the transaction that makes the link, and leaves once that is committed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext

from handpress.accounts.models import Invitation

if TYPE_CHECKING:
    from handpress.accounts.actions import Link


class Way(Protocol):
    """How mail leaves."""

    def is_open(self) -> bool:
        """Say whether mail really leaves, so that nobody waits for it in vain."""

    def send(self, *, to: str, subject: str, text: str, kind: str, deadline_s: int) -> None:
        """Have a letter sent after the transaction."""


_ways: list[Way] = []


def use(way: Way | None) -> None:
    """Say how mail leaves from now on; None: not at all."""
    _ways[:] = [way] if way else []


def can_mail() -> bool:
    """Say whether links can be mailed."""
    return any(way.is_open() for way in _ways)


def address_of(link: Link) -> str:
    """Return the address that a link has for whoever is not in a browser yet."""
    path = reverse("accounts_link", args=[link.token])
    return urljoin(settings.WAGTAILADMIN_BASE_URL, path)


def mail_link(link: Link, *, is_own_wish: bool = False) -> None:
    """Mail a link to the address that it was made for."""
    invitation = link.invitation
    with translation.override(settings.LANGUAGE_CODE):
        subject, text = _words(invitation, address_of(link), is_own_wish)
    lasts = invitation.expires_at - invitation.created_at
    for way in _ways:
        way.send(
            to=invitation.email,
            subject=subject,
            text=text,
            kind="invitation" if invitation.purpose == "join" else "password",
            deadline_s=int(min(lasts.total_seconds(), 86400)),
        )


def _words(invitation: Invitation, address: str, is_own_wish: bool) -> tuple[str, str]:
    outlet = str(settings.WAGTAIL_SITE_NAME)
    until = date_format(localtime(invitation.expires_at), "DATETIME_FORMAT")
    if invitation.purpose == "join":
        subject = gettext("%(outlet)s invites you to its desk")
        begin = gettext("%(outlet)s invites you to work at its desk. Choose how you will sign in:")
        end = gettext("If you do not know what this is about, forget this mail; nothing happens.")
    elif is_own_wish:
        subject = gettext("A new password for the desk of %(outlet)s")
        begin = gettext("Somebody, most likely you, has forgotten your password. Set a new one:")
        end = gettext("If it was not you, forget this mail; your password stays as it is.")
    else:
        subject = gettext("A new password for the desk of %(outlet)s")
        begin = gettext(
            "An administrator of %(outlet)s has made this link for you. Set a new password:"
        )
        end = gettext("If you did not ask for it, tell your administrator before you use it.")
    lasts = gettext("The link works once, until %(until)s. Give it to nobody.") % {"until": until}
    parts = [begin % {"outlet": outlet}, address, lasts, end]
    return subject % {"outlet": outlet}, "\n\n".join(parts) + "\n"
