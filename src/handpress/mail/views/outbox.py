"""The outbox on the desk, like a mail program: a list, a message, and the means to clear it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.generic import TemplateView, View
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from handpress.lib import clock
from handpress.mail import outbox
from handpress.mail.letters import kinds_hidden_from
from handpress.mail.views.frames import framed

_KEPT_DAYS = (7, 30)


class MayRead(PermissionRequiredMixin, View):
    """A page for who may see letters and the outbox."""

    permission_required = "mail.view_letter"
    raise_exception = True

    def seen(self, lines: Sequence[outbox.Headline]) -> list[outbox.Headline]:
        """Return what the visitor may see: some letters are for those alone whom they concern."""
        return outbox.seen(lines, without=kinds_hidden_from(self.request.user))

    def opened(self, name: str) -> outbox.Opened:
        """Return a message, or say that it is not there."""
        opened = outbox.open_message(name)
        if opened is None or not self.seen([opened.headline]):
            raise Http404
        return opened


class OutboxView(MayRead, WagtailAdminTemplateMixin, TemplateView):
    """The list; with a name, that message beside it."""

    template_name = "mail/outbox/index.html"
    page_title = "Outbox"
    header_icon = "mail"
    request: HttpRequest

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the list from a message."""
        items = [*super().get_breadcrumbs_items()]
        if "name" not in self.kwargs:
            return [*items, {"url": "", "label": self.page_title}]
        return [
            *items,
            {"url": reverse("mail_outbox"), "label": self.page_title},
            {"url": "", "label": "Message"},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the page of the list that is asked for, and the message if there is one."""
        words = self.request.GET.get("q", "").strip()[:200]
        found = self.seen(outbox.search(words)) if words else []
        everything = [line.name for line in found] if words else outbox.names()
        opened = self.opened(self.kwargs["name"]) if "name" in self.kwargs else None
        page = Paginator(everything, outbox.PAGE).get_page(self._page(everything))
        shown = set(page)
        there = [line for line in found if line.name in shown] or outbox.headlines(list(page))
        lines = self.seen(there)
        return super().get_context_data(**kwargs) | {
            "lines": lines,
            "hidden": len(there) - len(lines),
            "page": page,
            "words": words,
            "searched": outbox.SEARCHED,
            "opened": opened,
            "view": self._view(opened),
            "uses_outbox": settings.HANDPRESS.mail.uses_outbox,
            "may_clear": self.request.user.has_perm("mail.change_letter"),
            "query": self._query(words, page.number),
            "is_phone": self.request.GET.get("width") == "phone",
        }

    def _page(self, everything: list[str]) -> Any:
        """Return the page asked for, else the one on which the opened message stands."""
        name = self.kwargs.get("name", "")
        if "p" in self.request.GET or name not in everything:
            return self.request.GET.get("p")
        return everything.index(name) // outbox.PAGE + 1

    def _view(self, opened: outbox.Opened | None) -> str:
        """Return how the message is shown: as asked, else as a reader sees it first."""
        wanted = self.request.GET.get("view", "")
        if opened is None or wanted in {"text", "source"}:
            return wanted
        return "html" if opened.html else "text"

    def _query(self, words: str, number: int) -> str:
        """Return what leads from a message back to the same place in the list."""
        return urlencode(
            ([("q", words)] if words else []) + ([("p", number)] if number > 1 else [])
        )


@method_decorator(xframe_options_sameorigin, name="dispatch")
class FrameView(MayRead):
    """The HTML of one message, for a frame that lets it do nothing."""

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Answer with what was sent; links open in a window of their own."""
        opened = self.opened(name)
        if not opened.html:
            raise Http404
        return framed(opened.html)


class ClearView(MayRead, WagtailAdminTemplateMixin, TemplateView):
    """Delete what is old, or everything; asks first."""

    template_name = "mail/outbox/clear.html"
    page_title = "Clear the outbox"
    header_icon = "bin"
    permission_required = "mail.change_letter"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the list."""
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse("mail_outbox"), "label": "Outbox"},
            {"url": "", "label": self.page_title},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add how many messages each choice would delete."""
        dates = [outbox.at_of(name) for name in outbox.names()]
        now = clock.now()
        choices = [
            {
                "days": days,
                "count": sum(at < now - timedelta(days=days) for at in dates),
            }
            for days in _KEPT_DAYS
        ]
        return super().get_context_data(**kwargs) | {"choices": choices, "count": len(dates)}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Delete what was chosen."""
        chosen = request.POST.get("days", "")
        if chosen not in {"all", *map(str, _KEPT_DAYS)}:
            messages.error(request, "Choose what to delete. Nothing was deleted.")
            return HttpResponseRedirect(reverse("mail_outbox_clear"))
        before = None if chosen == "all" else clock.now() - timedelta(days=int(chosen))
        count = outbox.clear(before=before)
        what = "1 message was" if count == 1 else f"{count} messages were"
        messages.success(request, f"{what} deleted.")
        return HttpResponseRedirect(reverse("mail_outbox"))


class DeleteView(MayRead):
    """Delete one message."""

    permission_required = "mail.change_letter"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Delete it, and show the list."""
        # Somebody may have deleted it before: that is as good.
        if outbox.open_message(name) and outbox.delete(self.opened(name).headline.name):
            messages.success(request, "The message was deleted.")
        return HttpResponseRedirect(reverse("mail_outbox"))
