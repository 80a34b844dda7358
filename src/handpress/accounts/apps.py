from django.apps import AppConfig
from wagtail.users.apps import WagtailUsersAppConfig


class AccountsConfig(AppConfig):
    # There are two in this file.
    default = True
    name = "handpress.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen for what happens to sessions and factors."""
        from handpress.accounts import receivers  # noqa: F401


class StaffConfig(WagtailUsersAppConfig):
    """Wagtail's users pages with our views."""

    user_viewset = "handpress.accounts.viewsets.StaffViewSet"
    group_viewset = "handpress.accounts.viewsets.RoleViewSet"
