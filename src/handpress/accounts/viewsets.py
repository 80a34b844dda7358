"""Wagtail's users pages, as a newsroom needs them: by invitation, without passwords."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.admin.widgets.button import Button
from wagtail.users.forms import UserEditForm
from wagtail.users.views.groups import CreateView as GroupCreateView
from wagtail.users.views.groups import DeleteView as GroupDeleteView
from wagtail.users.views.groups import EditView as GroupEditView
from wagtail.users.views.groups import GroupViewSet
from wagtail.users.views.users import DeleteView, EditView, IndexView, UserViewSet

from handpress.accounts.confirming import Confirmed
from handpress.accounts.models import User
from handpress.accounts.queries import staff
from handpress.accounts.roles import Role


class StaffForm(UserEditForm):
    """Name, address and roles of a user. Nobody sets somebody else's password here."""

    last_name = forms.CharField(required=False, label=gettext_lazy("Last Name"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        by: User | None = kwargs.pop("for_user", None)
        super().__init__(*args, **kwargs)
        if by is not None and not by.is_superuser:
            # Who may not do everything lets nobody else do everything.
            self.fields.pop("is_superuser", None)

    def clean_email(self) -> str:
        """Refuse an address that another user has, however it is written."""
        email: str = self.cleaned_data["email"]
        if User.objects.exclude(pk=self.instance.pk).filter(email__iexact=email).exists():
            raise ValidationError(gettext("Another user already has this e-mail address."))
        return email


def _roles_of(user: User) -> str:
    names = [group.name for group in user.groups.all()]
    return ", ".join([gettext("may do everything"), *names] if user.is_superuser else names)


class StaffIndexView(IndexView):
    """The list of users: their roles and factors, and a way to invite instead of one to create."""

    add_item_label = gettext_lazy("Invite somebody")

    @cached_property
    def columns(self) -> list[Any]:
        """Add what tells who can do harm, and whether a stolen password would be enough."""
        roles = Column(
            "roles",
            accessor=_roles_of,
            label=gettext_lazy("Roles"),
        )
        factor = BooleanColumn("has_factor", label=gettext_lazy("Second factor"))
        *first, _, active, last_login = super().columns
        return [*first, roles, factor, active, last_login]

    def get_base_queryset(self) -> Any:
        """Return the users with what the columns show, in a constant number of queries."""
        return staff().select_related("wagtail_userprofile").prefetch_related("groups")

    @property
    def header_more_buttons(self) -> list[Button]:
        """Add the list of invitations."""
        buttons: list[Button] = list(super().header_more_buttons)
        if self.request.user.has_perm("accounts.add_user"):
            url = reverse("accounts_invitations")
            label = gettext("Invitations and links")
            buttons.append(Button(label, url=url, icon_name="mail", priority=20))
        return buttons


class StaffDeleteView(Confirmed, DeleteView):
    """Deleting a user."""


class StaffEditView(Confirmed, EditView):
    """A user's form; superusers are left to superusers."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse or ask first."""
        if self.object.is_superuser and not request.user.is_superuser:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Tell the form who fills it in."""
        return super().get_form_kwargs() | {"for_user": self.request.user}


class StaffViewSet(UserViewSet):
    """Users."""

    index_view_class = StaffIndexView
    edit_view_class = StaffEditView
    delete_view_class = StaffDeleteView

    @property
    def add_view(self) -> Any:
        """Lead to the invitation."""

        def to_invitation(request: HttpRequest) -> HttpResponseBase:
            return HttpResponseRedirect(reverse("accounts_invite"))

        return to_invitation

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return our form."""
        return StaffForm


def _is_role(group: Group) -> bool:
    return group.name in {role.value for role in Role}


class RoleAddView(Confirmed, GroupCreateView):
    """A new group."""


class RoleEditView(Confirmed, GroupEditView):
    """A group's form; a role keeps its name, because who needs a second factor hangs on it."""

    def get_form(self, *args: Any, **kwargs: Any) -> Any:
        """Hold the name of a role fast."""
        form = super().get_form(*args, **kwargs)
        if _is_role(self.object):
            form.fields["name"].disabled = True
            form.fields["name"].help_text = gettext("A role of Handpress keeps its name.")
        return form


class RoleDeleteView(Confirmed, GroupDeleteView):
    """Deleting a group; roles stay."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse for a role."""
        if _is_role(self.get_object()):
            raise PermissionDenied
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response


class RoleViewSet(GroupViewSet):
    """Groups."""

    add_view_class = RoleAddView
    edit_view_class = RoleEditView
    delete_view_class = RoleDeleteView
