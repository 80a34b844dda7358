"""Lists of other systems on the desk: bring one, see exactly what it would do, take it over."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView, TemplateView
from wagtail.log_actions import log

from handpress.donations import sealing
from handpress.donations.actions import list_uploads as uploads
from handpress.donations.actions.importing import Wishes, import_list, known_columns
from handpress.donations.forms_imports import (
    UploadForm,
    WishesForm,
    choices_of,
    column_fields,
    sheet_shown,
    wishes_of,
)
from handpress.donations.lists import PLAIN, DonorList, NotAList, open_list
from handpress.donations.models import Donor
from handpress.donations.views.pages import LISTED, MoneyPage
from handpress.press.site import site_facts

MOST_ON_THE_DESK = 10_000
"""Lines that are taken over while somebody waits for a page."""
_REFUSALS_SHOWN = 50
_PERMISSIONS: Any = ("donations.add_donor", "donations.add_plan", "donations.add_movement")


class ImportView(MoneyPage, FormView):
    """Bring a list."""

    permission_required = _PERMISSIONS
    template_name = "donations/import.html"
    page_title = "Coming from another system"
    trail = (("donations_donors", "Donors"),)
    form_class = UploadForm

    def form_valid(self, form: UploadForm) -> HttpResponse:
        """Keep the list, if it is one."""
        file, kind = form.cleaned_data["file"], form.cleaned_data["kind"]
        data = file.read()
        try:
            opened = open_list(data, choices_of(kind, {}), zone=site_facts().zone)
            if len(opened.rows) > MOST_ON_THE_DESK:
                raise NotAList(
                    f"The list has {len(opened.rows):,} lines, and {MOST_ON_THE_DESK:,} are taken "
                    "over here at a time. “handpress fund import-donors” takes more, or split it."
                )
            upload = uploads.keep_upload(file.name, data)
        except (NotAList, sealing.KeysUnusable) as refusal:
            form.add_error("file", str(refusal))
            return self.form_invalid(form)
        chosen: dict[str, Any] = {"kind": opened.kind.name}
        if known := known_columns(opened):
            chosen |= {"holds": known[0], "columns": known[1]}
        uploads.note_choices(upload, chosen, {})
        return HttpResponseRedirect(reverse("donations_import_step", args=[upload.token]))


class ImportStepView(MoneyPage, TemplateView):
    """One list: what it holds, what taking it over would do, or has done."""

    permission_required = _PERMISSIONS
    template_name = "donations/import_step.html"
    trail = (("donations_donors", "Donors"), ("donations_import", "Coming from another system"))
    kwargs: dict[str, Any]
    form: WishesForm | None = None
    trouble = ""

    @cached_property
    def upload(self) -> uploads.Upload:
        """Return the list."""
        upload = uploads.find_upload(self.kwargs["token"])
        if upload is None:
            raise Http404
        return upload

    def get_page_title(self) -> str:
        """Return the file's name."""
        return self.upload.name

    def _opened(self) -> DonorList:
        chosen = self.upload.choices
        return open_list(
            uploads.data_of(self.upload),
            choices_of(chosen["kind"], chosen),
            zone=site_facts().zone,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what the list is, what was chosen, and the balance of the last look."""
        sheet = self.upload.sheet
        context = super().get_context_data(**kwargs) | {
            "upload": self.upload,
            "trouble": self.trouble,
            "sheet": sheet_shown(sheet),
            "rows": sheet.get("rows", 0),
            "passed_over": sheet.get("passed_over", 0),
            "left_out": sorted(sheet.get("left_out", {}).items()),
            "refusals": sheet.get("refusals", [])[:_REFUSALS_SHOWN],
            "more_refusals": max(0, _refused(sheet) - _REFUSALS_SHOWN),
            "has_looked": bool(sheet) and not self.trouble and not self.upload.is_done,
        }
        return context if self.upload.is_done else context | self._reading()

    def _reading(self) -> dict[str, Any]:
        try:
            opened = self._opened()
        except (NotAList, sealing.KeysUnusable) as refusal:
            return {"trouble": str(refusal), "form": None, "has_looked": False}
        form = self.form or WishesForm(initial=self.upload.choices, opened=opened)
        return {
            "form": form,
            "kind": opened.kind.label,
            "lines": len(opened.rows),
            "header": opened.header,
            "sample": opened.sample(),
            "columns": column_fields(opened) if opened.kind is PLAIN else [],
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do what the button said."""
        wish = request.POST.get("do", "")
        if wish == "away":
            uploads.throw_away(self.upload)
            messages.success(request, "The list is thrown away. Nothing of it was taken over.")
            return HttpResponseRedirect(reverse("donations_import"))
        try:
            if wish == "look" and not self.upload.is_done:
                return self._look(request)
            if wish == "import" and self.upload.sheet and not self.upload.is_done:
                return self._take_over()
        except (NotAList, sealing.KeysUnusable) as refusal:
            self.trouble = str(refusal)
            return self.get(request)
        return HttpResponseRedirect(request.path)

    def _look(self, request: HttpRequest) -> HttpResponse:
        """Keep what was chosen, and find out what it would do, without doing it."""
        self.form = WishesForm(request.POST, opened=self._opened())
        if not self.form.is_valid():
            return self.get(request)
        chosen = {"kind": self.upload.choices["kind"], **self.form.chosen()}
        self.form = None
        # What was chosen stays also where it cannot be done, with nothing to be taken over.
        self.__dict__["upload"] = uploads.note_choices(self.upload, chosen, {})
        sheet = import_list(self._opened(), wishes_of(chosen), is_dry=True)
        uploads.note_choices(self.upload, chosen, sheet.as_json())
        return HttpResponseRedirect(request.path)

    def _take_over(self) -> HttpResponse:
        wishes = wishes_of(self.upload.choices)
        sheet = import_list(self._opened(), wishes)
        uploads.note_done(self.upload, sheet.as_json())
        self._log(wishes)
        messages.success(self.request, "The list is taken over.")
        return HttpResponseRedirect(self.request.path)

    def _log(self, wishes: Wishes) -> None:
        about = wishes.rail or wishes.history or Donor.objects.order_by("-pk").first()
        if about:
            log(about, LISTED, user=self.request.user, title=f"list {self.upload.token[:8]}")


def _refused(sheet: dict[str, Any]) -> int:
    return sum(sheet.get(part, {}).get("refused", 0) for part in ("donors", "plans", "gifts"))
