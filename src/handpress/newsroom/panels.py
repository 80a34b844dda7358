"""Parts of the article's form that hold a list: what is picked by typing, and corrections."""

from __future__ import annotations

from typing import Any

from django import forms
from wagtail.admin.panels import FieldPanel, InlinePanel, Panel

from handpress.newsroom.queries import describe
from handpress.newsroom.widgets import article_url, is_id


class PickPanel(InlinePanel):
    """An ordered list of rows, found by typing a few letters of their names.

    It sends the same fields as Wagtail's own `InlinePanel`. ``words`` are what it says:
    ``first`` marks the first of the list, ``role`` labels the text that each row may have.
    """

    def __init__(
        self,
        relation_name: str,
        field_name: str,
        *,
        kind: str,
        words: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        self.field_name, self.kind, self.words = field_name, kind, words or {}
        kwargs.pop("panels", None)
        panels = [FieldPanel(field_name, widget=forms.HiddenInput())]
        if "role" in self.words:
            panels.append(FieldPanel("role"))
        super().__init__(relation_name, panels=panels, **kwargs)

    def clone_kwargs(self) -> dict[str, Any]:
        own = {"field_name": self.field_name, "kind": self.kind, "words": self.words}
        return {**super().clone_kwargs(), **own}

    class BoundPanel(InlinePanel.BoundPanel):
        template_name = "newsroom/panels/pick.html"
        # Wagtail's script would look for the buttons of its own template.
        telepath_adapter_name = "wagtail.panels.Panel"

        def js_opts(self) -> dict[str, Any]:
            return Panel.BoundPanel.js_opts(self)

        def telepath_pack(self, context: Any) -> Any:
            return Panel.BoundPanel.telepath_pack(self, context)

        @property
        def media(self) -> forms.Media:
            own = forms.Media(js=["newsroom/picker.js"], css={"all": ["newsroom/writing.css"]})
            return super().media + own

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context = super().get_context_data(parent_context)
            kind = self.panel.kind
            context |= {
                "rows": self._rows(),
                "empty": self._row(self.empty_child.form, {}),
                "prefix": self.formset.prefix,
                "words": self.panel.words,
                "kind": kind,
                "suggest_url": article_url("suggest", kind=kind),
                "make_url": article_url("make", kind=kind),
                "own_id": self.instance.pk if kind == "article" else None,
            }
            return context

        def _rows(self) -> list[dict[str, Any]]:
            name = self.panel.field_name
            shown = [child.form for child in self.children]
            ids = {str(form[name].value() or ""): form for form in shown}
            known = describe(self.panel.kind, [int(pk) for pk in ids if is_id(pk)])
            return [self._row(form, known) for form in shown]

        def _row(self, form: Any, known: dict[int, Any]) -> dict[str, Any]:
            field = form[self.panel.field_name]
            value = str(field.value() or "")
            found = known.get(int(value)) if is_id(value) else None
            is_gone = str(form["DELETE"].value() or "").lower() in {"1", "on", "true"}
            errors = [*form.non_field_errors(), *field.errors]
            return {"form": form, "field": field, "found": found, "gone": is_gone, "errors": errors}


class CorrectionsPanel(InlinePanel):
    """Dated notes; a new one is dated now."""

    def get_form_options(self) -> dict[str, Any]:
        from handpress.newsroom.forms import CorrectionForm

        options = super().get_form_options()
        options["formsets"][self.relation_name]["form"] = CorrectionForm
        return options
