"""Inviting people, giving them a link for a new password, locking and unlocking them.

Wagtail's users page lists and edits; these are what it has no pages for.
"""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, gettext_lazy
from django.views.generic import FormView, TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from handpress.accounts import actions, audit, sessions
from handpress.accounts.forms import InviteForm, LinkForm
from handpress.accounts.models import Invitation, User
from handpress.accounts.roles import LABELS, Role
from handpress.lib import clock

# Lists are for looking at; what is older than the newest hundred is found in the audit log.
_MOST_LISTED = 100
_confirmed = method_decorator(reauthentication_required(app="handpress.accounts"), name="dispatch")


def may_manage(by: Any, user: User) -> bool:
    """Say whether `by` may lock a user or make links for them; superusers only by superusers."""
    return by.has_perm("accounts.change_user") and (by.is_superuser or not user.is_superuser)


class _StaffPage(PermissionRequiredMixin, WagtailAdminTemplateMixin):
    """A page of the desk under “Users”."""

    header_icon = "user"
    permission_required = "accounts.add_user"
    raise_exception = True
    request: HttpRequest

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the users."""
        users = {"url": reverse("wagtailusers_users:index"), "label": gettext("Users")}
        here = {"url": "", "label": self.get_page_title()}
        return [*super().get_breadcrumbs_items(), users, here]


class InvitationsView(_StaffPage, TemplateView):
    """Links that were made, newest first: open, used, revoked, run out."""

    template_name = "accounts/staff/invitations.html"
    page_title = gettext_lazy("Invitations and links")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the links with what has become of them."""
        rows = Invitation.objects.select_related("user", "created_by")
        if not self.request.user.is_superuser:
            rows = rows.exclude(
                Q(is_superuser=True) | Q(purpose="password", user__is_superuser=True)
            )
        now = clock.now()
        links = [{"link": link, "state": _state(link, now)} for link in rows[:_MOST_LISTED]]
        return super().get_context_data(**kwargs) | {"links": links, "labels": LABELS}


def _state(link: Invitation, now: Any) -> str:
    if link.used_at:
        return "used"
    if link.revoked_at:
        return "revoked"
    return "open" if link.expires_at > now else "expired"


@_confirmed
class InviteView(_StaffPage, FormView):
    """Invite somebody; the link is shown once, in the answer."""

    template_name = "accounts/staff/invite.html"
    page_title = gettext_lazy("Invite somebody")
    form_class = InviteForm
    initial = {"role": Role.REPORTER.value}

    def get_form_kwargs(self) -> dict[str, Any]:
        """Only superusers make superusers."""
        is_superuser = self.request.user.is_superuser
        return super().get_form_kwargs() | {"may_make_superusers": is_superuser}

    def form_valid(self, form: InviteForm) -> HttpResponse:
        """Make the link and show it."""
        by: Any = self.request.user
        given = form.cleaned_data
        try:
            link = actions.invite(
                name=given["name"],
                email=given["email"],
                role=given["role"],
                is_superuser=given.get("is_superuser", False),
                by=by,
                by_mail=given.get("by_mail", False),
            )
        except ValidationError as error:
            form.add_error("email", error)
            return self.form_invalid(form)
        return _show(self, link, is_mailed=given.get("by_mail", False))


def _show(view: Any, link: actions.Link, *, is_mailed: bool) -> HttpResponse:
    address = view.request.build_absolute_uri(reverse("accounts_link", args=[link.token]))
    context = view.get_context_data(
        form=None, link=link.invitation, address=address, is_mailed=is_mailed
    )
    return view.render_to_response(context)


@_confirmed
class RevokeView(_StaffPage, TemplateView):
    """Make a link useless."""

    template_name = "accounts/staff/revoke.html"
    page_title = gettext_lazy("Revoke a link")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the link."""
        return super().get_context_data(**kwargs) | {"link": self._link()}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Revoke it."""
        by: Any = request.user
        if actions.revoke(self._link(), by=by):
            messages.success(request, gettext("The link does not work any more."))
        else:
            messages.warning(request, gettext("That link did not work any more as it was."))
        return HttpResponseRedirect(reverse("accounts_invitations"))

    def _link(self) -> Invitation:
        link = get_object_or_404(Invitation, pk=self.kwargs["pk"])
        is_high = link.is_superuser or (link.user is not None and link.user.is_superuser)
        if is_high and not self.request.user.is_superuser:
            raise PermissionDenied
        return link


class _AboutUser(_StaffPage):
    """A step that concerns one user."""

    permission_required = "accounts.change_user"
    kwargs: dict[str, Any]

    def user(self) -> User:
        """Return the user, if whoever asks may manage them."""
        user = get_object_or_404(User, pk=self.kwargs["pk"])
        if not may_manage(self.request.user, user):
            raise PermissionDenied
        return user

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the user."""
        return super().get_context_data(**kwargs) | {"person": self.user()}


@_confirmed
class PasswordLinkView(_AboutUser, FormView):
    """Make a link for a new password; it is shown once, in the answer."""

    template_name = "accounts/staff/password_link.html"
    page_title = gettext_lazy("Link for a new password")
    form_class = LinkForm

    def form_valid(self, form: LinkForm) -> HttpResponse:
        """Make the link and show it."""
        by: Any = self.request.user
        link = actions.make_password_link(
            self.user(),
            removes_factors=form.cleaned_data["removes_factors"],
            by=by,
            by_mail=form.cleaned_data.get("by_mail", False),
        )
        is_mailed = bool(form.cleaned_data.get("by_mail") and link.invitation.email)
        return _show(self, link, is_mailed=is_mailed)


@_confirmed
class LockView(_AboutUser, TemplateView):
    """Lock a user, or unlock one who is locked."""

    template_name = "accounts/staff/lock.html"
    page_title = gettext_lazy("Lock or unlock")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do what the button said."""
        user, by = self.user(), request.user
        if user == by:
            messages.error(request, gettext("Nobody locks themselves out."))
        elif request.POST.get("step") == "unlock":
            actions.unlock(user, by=by)  # type: ignore[arg-type]
            messages.success(request, gettext("%s may sign in again.") % user)
        else:
            actions.lock(user, by=by)  # type: ignore[arg-type]
            messages.success(request, gettext("%s is signed out everywhere, and locked.") % user)
        return HttpResponseRedirect(reverse("wagtailusers_users:index"))


@_confirmed
class EndSessionsView(_AboutUser, TemplateView):
    """Sign a user out everywhere."""

    template_name = "accounts/staff/end_sessions.html"
    page_title = gettext_lazy("Sign out everywhere")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End the sessions."""
        user = self.user()
        sessions.end_sessions(user)
        audit.note(user, audit.SESSIONS_ENDED, by=request.user)
        messages.success(request, gettext("%s is signed out everywhere.") % user)
        return HttpResponseRedirect(reverse("wagtailusers_users:index"))
