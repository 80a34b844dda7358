"""Addresses that the app answers: the desk, and `/-/` for forms and webhooks.

Everything else a reader may ask for is a file in the pressed site, so that no page
depends on this table.
"""

from typing import Any

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from wagtail import hooks
from wagtail.admin.api.views import PagesAdminAPIViewSet

from handpress.accounts import urls as accounts_urls
from handpress.project.media import send_media


def stand_in(router: Any) -> None:
    """Give every page of Wagtail's desk the addresses it asks for, and nothing behind them.

    wagtail.documents would bring a second place to upload files to, from which nothing is
    published. Its list of pictures knows no rights: whoever may enter the desk would see all.
    """
    for name in ("documents", "images"):
        router.register_endpoint(name, PagesAdminAPIViewSet)


# Called while the next line is imported, after Wagtail's own.
hooks.register("construct_admin_api", stand_in, order=100)
from wagtail.admin import urls as desk_urls  # noqa: E402

# What is dynamic for readers and for companies hangs here.
dynamic_urls: list[URLPattern | URLResolver] = [
    path("", include("handpress.digest.urls")),
    path("", include("handpress.donations.urls")),
    path("", include("handpress.mail.urls")),
]

# Wagtail shows the log of the desk to whoever is in; ours is for those who answer for it.
to_history = RedirectView.as_view(pattern_name="desk_history", query_string=True)

urlpatterns = [
    path("desk/reports/site-history/", to_history),
    path("desk/reports/site-history/results/", to_history),
    path("desk/media/<path:path>", send_media),
    # First, because they stand in for Wagtail's own ways in.
    path("desk/", include(accounts_urls)),
    path("desk/", include(desk_urls)),
    path("-/", include(dynamic_urls)),
]
