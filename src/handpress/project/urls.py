"""Addresses that the app answers: the desk, and `/-/` for forms and webhooks.

Everything else a reader may ask for is a file in the pressed site, so that no page
depends on this table.
"""

from django.urls import URLPattern, URLResolver, include, path
from wagtail.admin import urls as desk_urls

# Capabilities hang their dynamic addresses here; there are none yet.
dynamic_urls: list[URLPattern | URLResolver] = []

urlpatterns = [
    path("desk/", include(desk_urls)),
    path("-/", include(dynamic_urls)),
]
