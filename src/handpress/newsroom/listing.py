"""Lists of the desk whose buttons for many rows are there only for those who may use them."""

from __future__ import annotations

from typing import Any

from django.utils.functional import cached_property
from wagtail.admin.ui.tables import BulkActionsCheckboxColumn
from wagtail.snippets.views.snippets import IndexView


class ListView(IndexView):
    """A list; whoever may not delete its rows is offered no bulk actions."""

    @cached_property
    def columns(self) -> list[Any]:
        columns: list[Any] = super().columns
        if self.user_has_permission("delete"):
            return columns
        return [one for one in columns if not isinstance(one, BulkActionsCheckboxColumn)]

    def get_template_names(self) -> list[str]:
        if self.results_only or self.user_has_permission("delete"):
            names: list[str] = super().get_template_names()
            return names
        return ["wagtailadmin/generic/index.html"]
