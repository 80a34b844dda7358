"""The newsroom's doors on the desk."""

from copy import copy
from typing import Any

from django.urls import reverse_lazy
from wagtail import hooks
from wagtail.snippets.models import register_snippet

from handpress.newsroom import outlet_changes
from handpress.newsroom.viewsets import VIEWSETS

for viewset in VIEWSETS:
    register_snippet(viewset)

hooks.register("register_log_actions", outlet_changes.register)


# After Wagtail has registered its own.
@hooks.register("register_rich_text_features", order=100)
def link_to_what_is_here(features: Any) -> None:
    """Open the chooser of links where there is something to choose: there is no tree of pages."""
    plugin = copy(features.plugins_by_editor["draftail"]["link"])
    own = reverse_lazy("wagtailsnippets_newsroom_article:choose_link")
    choosers = {**plugin.data["chooserUrls"], "pageChooser": own}
    # What stands on the site begins with a slash; so may what is pasted from there.
    allowed = {"href": "^(https?:|mailto:|tel:|#|/(?!/)|undefined$)"}
    plugin.data = {**plugin.data, "chooserUrls": choosers, "allowlist": allowed}
    features.register_editor_plugin("draftail", "link", plugin)
