"""The desk's views of what has no drafts: saving it changes the site at once."""

from __future__ import annotations

from typing import Any

from wagtail.snippets.views.snippets import CreateView, EditView, SnippetViewSet

from handpress.newsroom.viewsets.choosers import ChooserViewSet


class _SavesWhenAsked:
    """Wagtail saves by itself while one types. Without drafts that would print half a sentence
    on every page of the site."""

    autosave_enabled: bool

    def setup(self, *args: Any, **kwargs: Any) -> None:
        super().setup(*args, **kwargs)  # type: ignore[misc]
        self.autosave_enabled = False


class CreateLiveView(_SavesWhenAsked, CreateView):
    """A form for something new that is public as soon as it is saved."""


class EditLiveView(_SavesWhenAsked, EditView):
    """A form whose *Save* is felt by readers."""


class LiveViewSet(SnippetViewSet):
    """Views of a model without drafts."""

    add_view_class = CreateLiveView
    edit_view_class = EditLiveView
    chooser_viewset_class = ChooserViewSet
