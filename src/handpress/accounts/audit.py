"""The audit log of sign-ins, factors, invitations and locks: Wagtail's, with actions of ours.

No entry holds a password, a code, a link or an address on the network.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.utils.translation import gettext_lazy
from wagtail.log_actions import log

SIGN_IN = "accounts.sign_in"
SIGN_IN_FAILED = "accounts.sign_in_failed"
SIGN_OUT = "accounts.sign_out"
SESSIONS_ENDED = "accounts.sessions_ended"
PASSWORD_CHANGED = "accounts.password_changed"  # noqa: S105  (the name of an action)
EMAIL_CHANGED = "accounts.email_changed"
FACTOR_ADDED = "accounts.factor_added"
FACTOR_REMOVED = "accounts.factor_removed"
CODES_MADE = "accounts.codes_made"
CODE_FAILED = "accounts.code_failed"
INVITED = "accounts.invited"
LINK_MADE = "accounts.link_made"
LINK_REVOKED = "accounts.link_revoked"
JOINED = "accounts.joined"
LOCKED = "accounts.locked"
UNLOCKED = "accounts.unlocked"
ROLES_CHANGED = "accounts.roles_changed"

WORDS = {
    SIGN_IN: (gettext_lazy("Sign in"), gettext_lazy("Signed in")),
    SIGN_IN_FAILED: (gettext_lazy("Fail to sign in"), gettext_lazy("A sign-in failed")),
    SIGN_OUT: (gettext_lazy("Sign out"), gettext_lazy("Signed out")),
    SESSIONS_ENDED: (gettext_lazy("End sessions"), gettext_lazy("Sessions ended")),
    PASSWORD_CHANGED: (gettext_lazy("Change password"), gettext_lazy("Password changed")),
    EMAIL_CHANGED: (gettext_lazy("Change e-mail"), gettext_lazy("E-mail address changed")),
    FACTOR_ADDED: (gettext_lazy("Add second factor"), gettext_lazy("Second factor added")),
    FACTOR_REMOVED: (gettext_lazy("Remove second factor"), gettext_lazy("Second factor removed")),
    CODES_MADE: (gettext_lazy("Make recovery codes"), gettext_lazy("Recovery codes made")),
    CODE_FAILED: (gettext_lazy("Fail the second factor"), gettext_lazy("A second factor failed")),
    INVITED: (gettext_lazy("Invite"), gettext_lazy("Invited")),
    LINK_MADE: (gettext_lazy("Make password link"), gettext_lazy("Link for a new password made")),
    LINK_REVOKED: (gettext_lazy("Revoke link"), gettext_lazy("Link revoked")),
    JOINED: (gettext_lazy("Join"), gettext_lazy("Joined the newsroom")),
    LOCKED: (gettext_lazy("Lock"), gettext_lazy("Locked")),
    UNLOCKED: (gettext_lazy("Unlock"), gettext_lazy("Unlocked")),
    ROLES_CHANGED: (gettext_lazy("Change roles"), gettext_lazy("Roles changed")),
}


def note(about: Model, action: str, *, by: Any = None, **data: Any) -> None:
    """Write an entry: what was done to `about`, and by which user (None: at the terminal)."""
    user = None if by is None or isinstance(by, AnonymousUser) else by
    log(about, action, user=user, data=data)
