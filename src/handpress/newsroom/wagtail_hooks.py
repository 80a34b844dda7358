"""The newsroom's doors on the desk."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.db import models
from django.http import HttpRequest
from django.urls import reverse_lazy
from wagtail import hooks
from wagtail.admin import messages
from wagtail.log_actions import LogActionRegistry, LogFormatter
from wagtail.models import WorkflowMixin, WorkflowState
from wagtail.snippets.models import register_snippet

from handpress.lib import clock
from handpress.newsroom import outlet_changes
from handpress.newsroom.bulk_actions import ACTIONS
from handpress.newsroom.moments import describe_twice
from handpress.newsroom.pictures import BareOperation
from handpress.newsroom.viewsets import VIEWSETS

for viewset in VIEWSETS:
    register_snippet(viewset)

hooks.register("register_log_actions", outlet_changes.register)


@hooks.register("register_image_operations")
def filter_operations() -> list[tuple[str, type[BareOperation]]]:
    """Let renditions be asked for without what a camera wrote into them."""
    return [("bare", BareOperation)]


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


# After Wagtail's own, one of which is replaced.
for action in ACTIONS:
    hooks.register("register_bulk_action", action, order=100)


@hooks.register("after_create_snippet")
@hooks.register("after_edit_snippet")
def say_which_of_two_hours(request: HttpRequest, instance: models.Model) -> None:
    """Where a schedule names an hour that the clocks show twice, say which one was taken."""
    if not request.accepts("text/html"):  # the form saves by itself, again and again
        return
    for field in instance._meta.fields:
        moment = getattr(instance, field.name) if isinstance(field, models.DateTimeField) else None
        if field.editable and moment and moment > clock.now() and (note := describe_twice(moment)):
            messages.info(request, note)


@hooks.register("before_edit_snippet")
def say_what_was_asked_for(request: HttpRequest, instance: models.Model) -> None:
    """On what a reviewer has sent back, say who wants what changed."""
    if request.method != "GET" or not isinstance(instance, WorkflowMixin):
        return
    review = instance.current_workflow_state
    if review and review.status == WorkflowState.STATUS_NEEDS_CHANGES:
        step = review.current_task_state
        comment = f": “{step.comment}”" if step.comment else "."
        messages.warning(request, f"{step.finished_by or 'A reviewer'} asks for changes{comment}")


@hooks.register("register_log_actions", order=100)
def name_log_actions(actions: LogActionRegistry) -> None:
    """Name what the newsroom does beside Wagtail, and what the clock does for it."""
    actions.register_action("newsroom.topics")(_Filed)
    for action, label, message in (
        ("publish", "Publish at its hour", "Published at its hour, by the clock"),
        ("unpublish", "Expire at its hour", "Taken down at its hour, by the clock"),
    ):
        name = f"wagtail.{action}.scheduled"
        actions.choices[:] = [choice for choice in actions.choices if choice[0] != name]
        actions.register_action(name, label, message)


class _Filed(LogFormatter):
    label = "Change topics"
    _words = {"add": "Added topics", "remove": "Took away topics", "set": "Set topics"}

    def format_message(self, log_entry: Any) -> str:
        names = ", ".join(log_entry.data.get("topics", []))
        return f"{self._words.get(log_entry.data.get('how'), self.label)}: {names}"
