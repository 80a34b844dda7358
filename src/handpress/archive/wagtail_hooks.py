"""The archive's doors on the desk."""

from wagtail.snippets.models import register_snippet

from handpress.archive.viewsets import FrontPageViewSet

register_snippet(FrontPageViewSet)
