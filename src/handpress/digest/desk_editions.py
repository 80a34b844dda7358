"""The doors to editions on the desk."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from handpress.digest.views import editions


@hooks.register("register_admin_urls")
def add_edition_pages() -> list[URLPattern]:
    """Give editions their addresses."""
    one = "digest/editions/<int:pk>/"
    return [
        path("digest/editions/", editions.EditionsView.as_view(), name="digest_editions"),
        path(one, editions.EditionView.as_view(), name="digest_edition"),
        path(f"{one}preview/", editions.PreviewView.as_view(), name="digest_edition_preview"),
        path(f"{one}<slug:step>/", editions.StepView.as_view(), name="digest_edition_step"),
    ]


class _Item(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm("digest.view_edition")


@hooks.register("register_digest_menu_item")
def editions_item() -> MenuItem:
    """Stand first in the digest's menu."""
    return _Item("Editions", reverse("digest_editions"), icon_name="doc-full", order=100)
