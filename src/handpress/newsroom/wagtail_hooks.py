"""The newsroom's doors on the desk."""

from wagtail import hooks
from wagtail.snippets.models import register_snippet

from handpress.newsroom import outlet_changes
from handpress.newsroom.viewsets import VIEWSETS

for viewset in VIEWSETS:
    register_snippet(viewset)

hooks.register("register_log_actions", outlet_changes.register)
