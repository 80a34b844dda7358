"""The newsroom's doors on the desk."""

from wagtail.snippets.models import register_snippet

from handpress.newsroom.viewsets import VIEWSETS

for viewset in VIEWSETS:
    register_snippet(viewset)
