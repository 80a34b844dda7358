"""Doors of the staff's accounts on the desk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.account import BaseSettingsPanel
from wagtail.admin.widgets.button import Button
from wagtail.log_actions import LogActionRegistry
from wagtail.users.views.bulk_actions.user_bulk_action import UserBulkAction

from handpress.accounts import audit, sessions
from handpress.accounts.confirming import ask_to_confirm
from handpress.accounts.views import staff


@hooks.register("register_admin_urls")
def add_staff_pages() -> list[URLPattern]:
    return [
        path("staff/invitations/", staff.InvitationsView.as_view(), name="accounts_invitations"),
        path("staff/invite/", staff.InviteView.as_view(), name="accounts_invite"),
        path("staff/links/<int:pk>/revoke/", staff.RevokeView.as_view(), name="accounts_revoke"),
        path(
            "staff/<int:pk>/password-link/",
            staff.PasswordLinkView.as_view(),
            name="accounts_password_link",
        ),
        path("staff/<int:pk>/lock/", staff.LockView.as_view(), name="accounts_lock"),
        path(
            "staff/<int:pk>/end-sessions/",
            staff.EndSessionsView.as_view(),
            name="accounts_end_sessions",
        ),
    ]


class _InvitationsItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.add_user")


@hooks.register("register_settings_menu_item")
def add_invitations_item() -> MenuItem:
    label = gettext_lazy("Invitations")
    url = reverse("accounts_invitations")
    return _InvitationsItem(label, url, name="invitations", icon_name="mail", order=601)


@hooks.register("register_user_listing_buttons")
def add_user_buttons(user: Any, request_user: Any) -> Iterator[Button]:
    if not staff.may_manage(request_user, user):
        return
    steps = [
        ("accounts_password_link", gettext("Link for a new password"), "key"),
        ("accounts_end_sessions", gettext("Sign out everywhere"), "logout"),
    ]
    if user != request_user:
        label = gettext("Lock") if user.is_active else gettext("Unlock")
        steps.append(("accounts_lock", label, "lock" if user.is_active else "lock-open"))
    for number, (name, label, icon) in enumerate(steps):
        yield Button(label, url=reverse(name, args=[user.pk]), icon_name=icon, priority=40 + number)


class SecurityPanel(BaseSettingsPanel):
    """On the account page: where to change what one signs in with."""

    name = "security"
    title = gettext_lazy("Sign-in and security")
    order = 150
    template_name = "accounts/account_panel.html"

    def get_form(self) -> Any:
        """Return a form without fields: there is nothing to save here."""
        from django.forms import Form

        return Form()


@hooks.register("register_account_settings_panel")
def add_security_panel(request: HttpRequest, user: Any, profile: Any) -> SecurityPanel:
    return SecurityPanel(request, user, profile)


@hooks.register("register_log_actions")
def name_log_actions(actions: LogActionRegistry) -> None:
    for action, words in audit.WORDS.items():
        actions.register_action(action, *words)


@hooks.register("before_bulk_action")
def guard_superusers(
    request: HttpRequest, action_type: str, objects: list[Any], action: Any
) -> None:
    """Hold bulk actions on users to what may be done to each of them, after a confirmation."""
    is_about_users = isinstance(action, UserBulkAction)
    may_all = request.user.is_superuser
    if is_about_users and not may_all and any(user.is_superuser for user in objects):
        raise PermissionDenied
    if is_about_users:
        ask_to_confirm(request)


@hooks.register("after_bulk_action")
def end_sessions_after(
    request: HttpRequest, action_type: str, objects: list[Any], action: Any
) -> None:
    if isinstance(action, UserBulkAction) and action_type == "set_active_state":
        for user in objects:
            if user != request.user:
                sessions.end_sessions(user)


@hooks.register("insert_global_admin_css")
def add_styles() -> str:
    from wagtail.admin.staticfiles import versioned_static

    return format_html(
        '<link rel="stylesheet" href="{}">', versioned_static("accounts/accounts.css")
    )
