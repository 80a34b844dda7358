"""Importing readers on the desk: bring a list, see what it would do, take it over."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView, TemplateView
from wagtail.admin import messages
from wagtail.log_actions import log

from handpress.digest.actions import uploads
from handpress.digest.core.incoming import NotAList
from handpress.digest.formats import FORMATS, Columns
from handpress.digest.models import ImportState, ReaderImport
from handpress.digest.views.book import IMPORTED, BookPage
from handpress.lib.money import format_number

LABELS = {
    "address": "E-mail address",
    "standing": "State (active, left, unreachable)",
    "joined": "Signed up or confirmed at",
    "left": "Left at",
    "frequency": "How often (daily, weekly)",
    "topics": "Topics",
    "language": "Language",
    "paused": "Paused until",
}
_FATES = [
    ("added", "new readers"),
    ("activated", "waited here for their confirmation; readers now"),
    ("unchanged", "known here, unchanged"),
    ("kept_away", "left or unreachable here; they stay so"),
    ("added_away", "left or unreachable there; noted, so that nobody mails them"),
    ("let_go", "readers here who left there; let go"),
    ("suppressed", "readers here who are unreachable there; not mailed any more"),
    ("twice", "in the list twice"),
    ("refused", "not taken over"),
]


class UploadForm(forms.Form):
    """A list, and on what ground its people may be mailed."""

    file = forms.FileField(
        label="The list",
        allow_empty_file=True,
        help_text="Mailchimp’s export as the ZIP that it comes in; members of Ghost, subscribers "
        "of Substack or listmonk, as CSV; a list of ours; or any table with a column of addresses.",
    )
    words = forms.CharField(
        label="What they agreed to there, if you know it",
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept with each of them as proof.",
    )
    asked = forms.BooleanField(
        label="The people in this list asked for mail from this newsroom.",
        error_messages={
            "required": "Mail that nobody asked for is spam. Import only people who asked."
        },
    )


class UploadView(BookPage, FormView):
    """Bring a list."""

    permission_required = "digest.add_subscriber"
    page_title = "Import readers"
    template_name = "digest/book/upload.html"
    form_class = UploadForm

    def form_valid(self, form: UploadForm) -> HttpResponse:
        """Keep the list and look it through."""
        file = form.cleaned_data["file"]
        words = form.cleaned_data["words"]
        try:
            row = uploads.keep_list(file.name, file.read(), words=words, by=self.request.user)
        except NotAList as refusal:
            form.add_error("file", str(refusal))
            return self.form_invalid(form)
        uploads.look_through(row)
        return HttpResponseRedirect(reverse("digest_readers_import_step", args=[row.pk]))


class ImportView(BookPage, TemplateView):
    """One list: what it holds, what its import would do, does, or has done."""

    permission_required = "digest.add_subscriber"
    template_name = "digest/book/import.html"
    kwargs: dict[str, Any]

    @cached_property
    def row(self) -> ReaderImport:
        """Return the list."""
        return get_object_or_404(ReaderImport, pk=self.kwargs["pk"])

    def get_page_title(self) -> str:
        """Return the file's name."""
        return f"Import {self.row.file_name}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add where it stands."""
        row = self.row
        names = {one.name: one.label for one in FORMATS}
        is_at_work = row.state in {ImportState.LOOKING, ImportState.IMPORTING}
        context = super().get_context_data(**kwargs) | {
            "list": row,
            "format": names.get(row.format, "a table"),
            "is_silent": uploads.is_silent(row),
            "is_at_work": is_at_work and not uploads.is_silent(row),
            "is_looked": row.state == ImportState.LOOKED,
            "is_done": row.state == ImportState.DONE,
            "is_failed": row.state == ImportState.FAILED,
            "is_importing": row.state == ImportState.IMPORTING,
            "done": format_number(row.done),
            "sheet": _sheet(row.sheet),
            "refusals": row.sheet.get("refusals", [])[:50],
            "more_refusals": max(0, row.sheet.get("refused", 0) - 50),
            "unread_states": row.sheet.get("unread_states", []),
            "unknown_topics": row.sheet.get("unknown_topics", []),
            "has_chosen": row.format in {"handpress", "csv"},
        }
        if row.state in {ImportState.LOOKED, ImportState.FAILED}:
            context |= self._columns()
        return context

    def _columns(self) -> dict[str, Any]:
        try:
            upload = uploads.opened(self.row)
        except NotAList:
            return {}
        if not upload.can_be_mapped:
            return {"held_back": upload.held_back}
        chosen = self.row.columns
        return {
            "says_who_left": upload.says_who_left,
            "header": upload.header,
            "sample": upload.sample(),
            "columns": [
                {"name": name, "label": label, "chosen": chosen.get(name, "")}
                for name, label in LABELS.items()
            ],
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do what the button said."""
        wish = request.POST.get("do", "")
        if wish == "away":
            uploads.throw_away(self.row)
            messages.success(request, "The list is thrown away; no reader was changed.")
            return HttpResponseRedirect(reverse("digest_readers"))
        if wish == "map":
            self._choose(request)
        elif wish == "look":
            uploads.look_through(self.row)
        elif wish == "import":
            self._take_over(request)
        return HttpResponseRedirect(request.path)

    def _choose(self, request: HttpRequest) -> None:
        try:
            header = uploads.opened(self.row).header
        except NotAList as refusal:
            messages.error(request, str(refusal))
            return
        sent = {one.name: request.POST.get(one.name, "") for one in fields(Columns)}
        columns = Columns(**{name: text if text in header else "" for name, text in sent.items()})
        if not columns.address:
            messages.error(request, "Please say which column holds the addresses.")
            return
        uploads.choose_columns(self.row, columns)
        uploads.look_through(self.row)

    def _take_over(self, request: HttpRequest) -> None:
        if not uploads.take_over(self.row):
            messages.warning(request, "This list is being taken over, or was already.")
            return
        log(self.row, IMPORTED, user=request.user, title=f"list {self.row.pk}")


def _sheet(sheet: dict[str, Any]) -> list[dict[str, str]]:
    if not sheet:
        return []
    rows = [
        {"words": words, "count": format_number(sheet.get(name, 0))}
        for name, words in _FATES
        if sheet.get(name)
    ]
    return [*rows, {"words": "lines in all", "count": format_number(sheet["found"])}]
