"""The doors to deliveries on the desk."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from handpress.digest.views import deliveries


@hooks.register("register_admin_urls")
def add_delivery_pages() -> list[URLPattern]:
    """Give deliveries their addresses."""
    one = "digest/delivery/<int:pk>/"
    return [
        path("digest/delivery/", deliveries.DeliveriesView.as_view(), name="digest_deliveries"),
        path(one, deliveries.DeliveryView.as_view(), name="digest_delivery"),
        path(f"{one}now/", deliveries.NowView.as_view(), name="digest_delivery_now"),
        path(f"{one}readers/", deliveries.ReadersView.as_view(), name="digest_delivery_readers"),
        path(f"{one}<slug:step>/", deliveries.StepView.as_view(), name="digest_delivery_step"),
    ]


class _Item(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("digest.view_edition"))


@hooks.register("register_digest_menu_item")
def delivery_item() -> MenuItem:
    """Stand behind readers in the digest's menu."""
    return _Item("Delivery", reverse("digest_deliveries"), icon_name="success", order=300)
