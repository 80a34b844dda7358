"""Editions on the desk: the list, one edition to be looked at and changed, its preview."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.generic import TemplateView, View
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from handpress.digest import arranging, deciding, editions
from handpress.digest.core.compose import Contents
from handpress.digest.core.schedule import next_slot
from handpress.digest.core.seen import Seen
from handpress.digest.forms_editions import EditionForm, TestForm, as_sent, order_of, sent_again
from handpress.digest.message import web_path
from handpress.digest.models import Edition, EditionState, Frequency, TopicChoice
from handpress.digest.previews import preview_html, preview_text, write_test
from handpress.digest.queries.coming import count_getting
from handpress.lib import clock
from handpress.mail.views.frames import framed, framed_text
from handpress.newsroom.core.languages import language_name
from handpress.newsroom.models import Topic
from handpress.press.site import site_facts

_PAGE = 30
_MOST_CHOICES = 30
_AGAIN = "Somebody else changed this edition meanwhile. What you wrote is still below, not saved."
_GONE_ON = "The edition has gone on meanwhile. Nothing was changed."


class MaySee(PermissionRequiredMixin, View):
    """A page for who may see editions, or change them."""

    permission_required = "digest.view_edition"
    raise_exception = True


class EditionsView(MaySee, WagtailAdminTemplateMixin, TemplateView):
    """The list, newest first, and when the next ones are due."""

    template_name = "digest/editions/index.html"
    page_title = "Editions"
    header_icon = "mail"
    request: HttpRequest

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Say where one is."""
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of editions."""
        rows = Edition.objects.defer("contents", "note").order_by("-edition_on", "frequency")
        page = Paginator(rows, _PAGE).get_page(self.request.GET.get("p"))
        tables = [editions.timetable(frequency) for frequency in Frequency]
        return super().get_context_data(**kwargs) | {
            "page": page,
            "has_any": any(tables),
            "due": _next_ones(clock.now()),
        }


def _next_ones(now: datetime) -> list[tuple[str, datetime]]:
    """Return when the next edition of each frequency is made, unless it is there already."""
    found = []
    for frequency in Frequency:
        if table := editions.timetable(frequency):
            slot = next_slot(now, table)
            if not Edition.objects.filter(frequency=frequency, edition_on=slot.on).exists():
                found.append((str(frequency.label), slot.compose_at))
    return found


class EditionView(MaySee, WagtailAdminTemplateMixin, TemplateView):
    """One edition: its mail as it would go, and what an editor may do about it."""

    template_name = "digest/editions/edition.html"
    header_icon = "mail"
    request: HttpRequest
    form: EditionForm | None = None
    as_sent: Contents | None = None
    test_form: TestForm | None = None

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the list."""
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse("digest_editions"), "label": "Editions"},
            {"url": "", "label": self.get_page_title()},
        ]

    def get_page_title(self) -> str:
        """Say which edition it is."""
        edition = self._edition()
        return f"{str(edition.get_frequency_display()).title()}, {edition.edition_on:%d %B %Y}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the edition, its form, and how its preview is shown."""
        edition, now = self._edition(), clock.now()
        contents = editions.contents_of(edition)
        form = self.form or _form_for(edition, contents)
        shown = contents if self.as_sent is None else self.as_sent
        may_change = self.request.user.has_perm("digest.change_edition")
        is_open = edition.state in editions.CHANGEABLE and now < edition.deadline_at
        return super().get_context_data(**kwargs) | {
            "edition": edition,
            "is_open": is_open,
            "may_change": may_change and is_open,
            "may_bring_back": may_change and _may_come_back(edition, now),
            "is_past": edition.send_at <= now,
            "pieces": shown.pieces,
            "dropped": shown.dropped,
            "topics": {heading.id: heading.name for heading in contents.headings},
            "form": form,
            "test_form": self.test_form or TestForm(initial={"address": self._own_address()}),
            "readers": count_getting(edition, now) if is_open else 0,
            "uses_outbox": settings.HANDPRESS.mail.uses_outbox,
            "web_url": f"/{web_path(edition)}",
            "shown": _shown(self.request),
            "choices": _choices(),
            "languages": _languages(),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save what an editor made of it."""
        if not request.user.has_perm("digest.change_edition"):
            raise PermissionDenied
        form = EditionForm(request.POST)
        if not form.is_valid():
            return self._show_again(form)
        order = order_of(request.POST)
        if not order:
            messages.error(request, "An edition needs an article. To send none, call it off.")
            return self._show_again(form)
        try:
            return self._save(form.cleaned_data, order)
        except arranging.ChangedMeanwhile:
            messages.warning(request, _AGAIN)
            del self._found
            return self._show_again(form, is_changed=True)

    def _show_again(self, form: EditionForm, *, is_changed: bool = False) -> HttpResponse:
        """Show a form that was not saved, with the articles in its order."""
        edition, sent = self._edition(), self.request.POST
        contents, seen = editions.contents_of(edition), Seen.read(sent.get("seen", ""))
        self.as_sent = as_sent(contents, sent, seen)
        now = arranging.seen_of(edition, contents)
        self.form = EditionForm(sent_again(sent, seen, now)) if is_changed else form
        return self.render_to_response(self.get_context_data())

    def _save(self, given: dict[str, str], order: list[str]) -> HttpResponse:
        edition = self._edition()
        if arranging.arrange_edition(
            edition.pk,
            order=order,
            subject=given["subject"],
            note=given["note"],
            seen=Seen.read(given["seen"]),
        ):
            messages.success(self.request, "Saved. The preview shows what will go.")
        else:
            messages.warning(self.request, _GONE_ON)
        return HttpResponseRedirect(edition_url(edition))

    def _edition(self) -> Edition:
        if not hasattr(self, "_found"):
            self._found = get_object_or_404(Edition, pk=self.kwargs["pk"])
        return self._found

    def _own_address(self) -> str:
        return getattr(self.request.user, "email", "") or ""


def edition_url(edition: Edition) -> str:
    """Return the address of an edition's page on the desk."""
    return reverse("digest_edition", args=[edition.pk])


def _form_for(edition: Edition, contents: Contents) -> EditionForm:
    seen = arranging.seen_of(edition, contents)
    return EditionForm(initial={"subject": seen.subject, "note": seen.note, "seen": seen.as_text()})


def _may_come_back(edition: Edition, now: datetime) -> bool:
    states = (EditionState.SKIPPED, EditionState.CANCELLED)
    return edition.state in states and now < edition.deadline_at


def _shown(request: HttpRequest) -> dict[str, str]:
    """Return how the preview is asked for, what is not understood being left out."""
    wanted = {"form": "html", "width": "wide", "scheme": "light", "choice": "", "language": ""}
    known = {"form": {"html", "text"}, "width": {"wide", "phone"}, "scheme": {"light", "dark"}}
    for name, values in known.items():
        if request.GET.get(name) in values:
            wanted[name] = request.GET[name]
    choice = request.GET.get("choice", "")
    wanted["choice"] = choice if choice.isdecimal() and len(choice) < 10 else ""
    wanted["language"] = request.GET.get("language", "")[:20]
    return wanted


def _choices() -> list[tuple[int, str]]:
    """Return choices of topics that readers made, with the topics' names; two queries."""
    rows = list(TopicChoice.objects.order_by("-pk").values_list("pk", "key")[:_MOST_CHOICES])
    wanted = {int(each) for _, key in rows for each in key.split(",") if each}
    names = dict(Topic.objects.filter(pk__in=wanted).values_list("pk", "name"))
    return [
        (pk, ", ".join(names.get(int(each), "?") for each in key.split(",") if each))
        for pk, key in rows
    ]


def _languages() -> list[tuple[str, str]]:
    return [(tag, language_name(tag)) for tag in site_facts().theme.words.languages]


@method_decorator(xframe_options_sameorigin, name="dispatch")
class PreviewView(MaySee):
    """The mail itself, in a frame that may do nothing."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer with the HTML as a mail program would show it, or the text."""
        edition, shown = get_object_or_404(Edition, pk=pk), _shown(request)
        choice = int(shown["choice"]) if shown["choice"] else None
        try:
            if shown["form"] == "text":
                return framed_text(preview_text(edition, choice, shown["language"]))
            is_dark = shown["scheme"] == "dark"
            return framed(preview_html(edition, choice, shown["language"], is_dark=is_dark))
        except TopicChoice.DoesNotExist:
            raise Http404 from None


class StepView(MaySee, WagtailAdminTemplateMixin, TemplateView):
    """Hold, let go, call off, compose anew, test, or send now, which is asked about first."""

    template_name = "digest/editions/send.html"
    page_title = "Send now"
    header_icon = "mail"
    permission_required = "digest.change_edition"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the edition."""
        edition = self._edition()
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse("digest_editions"), "label": "Editions"},
            {"url": edition_url(edition), "label": str(edition)},
            {"url": "", "label": self.page_title},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the edition and how many get it."""
        if self.kwargs["step"] != "now":
            raise Http404
        edition = self._edition()
        return super().get_context_data(**kwargs) | {
            "edition": edition,
            "subject": editions.subject_now(edition, editions.contents_of(edition)),
            "readers": count_getting(edition, clock.now()),
            "uses_outbox": settings.HANDPRESS.mail.uses_outbox,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, unless the edition has gone on meanwhile."""
        edition, step = self._edition(), self.kwargs["step"]
        if step == "test":
            return self._test(edition)
        if step not in _STEPS:
            raise Http404
        act, done = _STEPS[step]
        if not act(edition.pk, clock.now(), _name_of(request.user)):
            messages.warning(request, _GONE_ON)
        elif step == "now":
            # There one sees it go.
            return HttpResponseRedirect(reverse("digest_delivery", args=[edition.pk]))
        else:
            messages.success(request, done)
        return HttpResponseRedirect(edition_url(edition))

    def _test(self, edition: Edition) -> HttpResponse:
        form = TestForm(self.request.POST)
        if form.is_valid():
            address = form.cleaned_data["address"]
            write_test(edition, address)
            messages.success(self.request, f"A test is on its way to {address}.")
        else:
            messages.error(self.request, "That is no address a test could go to. None was sent.")
        return HttpResponseRedirect(edition_url(edition))

    def _edition(self) -> Edition:
        return get_object_or_404(Edition, pk=self.kwargs["pk"])


def _name_of(user: Any) -> str:
    return user.get_full_name() or user.get_username()


_Step = Callable[[int, datetime, str], Any]
_STEPS: dict[str, tuple[_Step, str]] = {
    "hold": (
        lambda pk, now, by: deciding.hold(pk, now, by=by),
        "Held. It is not sent until somebody lets it go.",
    ),
    "go": (lambda pk, now, by: deciding.let_go(pk, now), "It goes at its time."),
    "off": (
        lambda pk, now, by: deciding.call_off(pk, now, by=by),
        "Called off. Its articles will be in the next edition.",
    ),
    "anew": (
        lambda pk, now, by: editions.recompose_edition(pk, now),
        "Composed anew of all that is out by now.",
    ),
    "now": (lambda pk, now, by: deciding.send_now(pk, now), ""),
}
