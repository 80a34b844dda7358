"""The subscriber book on the desk: the list, one reader, and what may be done."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

import django_filters
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.generic import IndexView, WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import HeaderButton
from wagtail.log_actions import log
from wagtail.permission_policies import ModelPermissionPolicy

from handpress.accounts.confirming import Confirmed
from handpress.digest import actions
from handpress.digest.actions.readers import let_go_one
from handpress.digest.core.chart import HEIGHT, WIDTH, line_of
from handpress.digest.formats.lists import guarded
from handpress.digest.models import Frequency, Subscriber, SubscriberState
from handpress.digest.queries import book
from handpress.lib import clock
from handpress.lib.money import format_number
from handpress.mail.models import Suppression
from handpress.mail.suppression import lift
from handpress.newsroom.core.languages import language_name
from handpress.newsroom.models import Topic
from handpress.press.site import site_facts

ERASED, LET_GO, LIFTED = (
    "handpress.reader.erased",
    "handpress.reader.left",
    "handpress.reader.lifted",
)
EXPORTED, IMPORTED = "handpress.readers.exported", "handpress.readers.imported"
LOGGED = {
    ERASED: ("Erase reader", "Reader erased"),
    LET_GO: ("Let reader go", "Reader let go"),
    LIFTED: ("Mail reader again", "Reader may be mailed again"),
    EXPORTED: ("Export readers", "Readers exported"),
    IMPORTED: ("Import readers", "Readers imported"),
}
_HEADER = (
    "address state frequency topics language origin signed_up_at confirmed_at left_at paused_until"
).split()
_STATES = [
    (SubscriberState.ACTIVE, "reads it"),
    (SubscriberState.PAUSED, "has paused"),
    (SubscriberState.PENDING, "has not confirmed"),
    (SubscriberState.LEFT, "has left"),
    (SubscriberState.SUPPRESSED, "cannot be reached"),
    (SubscriberState.ERASED, "was erased"),
]


class ReaderFilterSet(WagtailFilterSet):
    """By state, frequency, topic, language, and where they came from."""

    state = django_filters.ChoiceFilter(label="State", choices=_STATES, empty_label="Any")
    frequency = django_filters.ChoiceFilter(
        label="How often", choices=Frequency.choices, empty_label="Any"
    )
    topic = django_filters.ModelChoiceFilter(
        label="Gets the topic", queryset=Topic.objects.order_by("name"), method="narrow_to_topic"
    )
    language = django_filters.CharFilter(label="Language (ko, pt-BR)")
    origin = django_filters.CharFilter(label="Came by (form, ghost)")

    class Meta:
        model = Subscriber
        fields: list[str] = []

    def narrow_to_topic(
        self, rows: QuerySet[Subscriber], name: str, topic: Topic
    ) -> QuerySet[Subscriber]:
        """Keep who gets a topic."""
        return book.narrow_to_topic(rows, topic.pk)


def _state(reader: Subscriber) -> str:
    if reader.state == SubscriberState.PAUSED and reader.paused_until:
        return f"has paused until {reader.paused_until:%-d %B}"
    return reader.get_state_display()


def _topics(reader: Subscriber) -> str:
    if reader.choice is None:
        return "all"
    return ", ".join(topic.name for topic in reader.choice.topics.all()) or "none any more"


class ReadersView(IndexView):
    """The list, newest first, with how many there are and how that grew above it."""

    model = Subscriber
    permission_policy = ModelPermissionPolicy(Subscriber)
    page_title = "Readers"
    header_icon = "group"
    template_name = "digest/book/index.html"
    index_url_name = "digest_readers"
    index_results_url_name = "digest_readers_results"
    any_permission_required = ["view"]
    filterset_class = ReaderFilterSet
    is_searchable = True
    default_ordering = "-pk"
    paginate_by = 50
    verbose_name_plural = "readers"

    @cached_property
    def columns(self) -> list[Any]:
        return [
            TitleColumn(
                "address", label="Address", accessor=str, url_name="digest_reader", sort_key=None
            ),
            Column("state", label="State", accessor=_state),
            Column("frequency", label="How often", accessor="get_frequency_display"),
            Column("topics", label="Topics", accessor=_topics),
            Column("origin", label="Came by", accessor="origin"),
            DateColumn("created_at", label="Since", accessor="created_at"),
        ]

    def get_base_queryset(self) -> QuerySet[Subscriber]:
        """Return readers with their topics: two queries more, however many are shown."""
        rows = Subscriber.objects.select_related("choice")
        return rows.prefetch_related("choice__topics")

    def search_queryset(self, queryset: QuerySet[Subscriber]) -> QuerySet[Subscriber]:
        """Look for addresses."""
        return book.search(queryset, self.search_query) if self.is_searching else queryset

    @property
    def header_buttons(self) -> list[HeaderButton]:
        """Offer what the visitor may do with the whole book."""
        user: Any = self.request.user
        doors = [
            ("digest.add_subscriber", "Import", "digest_readers_import", "upload", 10),
            ("digest.export_subscriber", "Export", "digest_readers_export", "download", 20),
        ]
        return [
            HeaderButton(label, url=self._with_filters(name), icon_name=icon, priority=priority)
            for permission, label, name, icon, priority in doors
            if user.has_perm(permission)
        ]

    @property
    def header_more_buttons(self) -> list[HeaderButton]:
        """Offer nothing that a list of readers has no use for."""
        return []

    def _with_filters(self, name: str) -> str:
        chosen = self.request.GET.urlencode() if name == "digest_readers_export" else ""
        return f"{reverse(name)}?{chosen}" if chosen else reverse(name)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the totals and the chart, where the whole page is asked for."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        if self.results_only:
            return context
        totals = book.totals()
        days = book.growth(
            now=clock.now(), zone=site_facts().zone, readers=totals.active + totals.paused
        )
        chart = line_of([day.readers for day in days])
        return context | {
            "figures": _figures(totals),
            "days": days,
            "joined": format_number(sum(day.joined for day in days)),
            "gone": format_number(sum(day.left for day in days)),
            "chart": chart,
            "most": format_number(chart.most),
            "least": format_number(chart.least),
            "chart_width": WIDTH,
            "chart_height": HEIGHT,
        }


def _figures(totals: book.Totals) -> list[dict[str, str]]:
    """Return the numbers at the head of the list, each with the list of those it counts."""
    state = SubscriberState
    shown = [
        ("get it daily", totals.daily, f"state={state.ACTIVE}&frequency={Frequency.DAILY}"),
        ("get it weekly", totals.weekly, f"state={state.ACTIVE}&frequency={Frequency.WEEKLY}"),
        ("have paused", totals.paused, f"state={state.PAUSED}"),
        ("have not confirmed", totals.unconfirmed, f"state={state.PENDING}"),
        ("have left", totals.left, f"state={state.LEFT}"),
        ("cannot be reached", totals.unreachable, f"state={state.SUPPRESSED}"),
    ]
    url = reverse("digest_readers")
    return [
        {"words": words, "count": format_number(count), "url": f"{url}?{query}"}
        for words, count, query in shown
    ]


class BookPage(PermissionRequiredMixin, WagtailAdminTemplateMixin):
    """A page of the desk under “Readers”."""

    header_icon = "group"
    permission_required = "digest.view_subscriber"
    raise_exception = True
    request: HttpRequest

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the list."""
        readers = {"url": reverse("digest_readers"), "label": "Readers"}
        here = {"url": "", "label": self.get_page_title()}
        return [*super().get_breadcrumbs_items(), readers, here]


class ReaderView(BookPage, TemplateView):
    """One reader: what is known, what was agreed, what was sent, and what may be done."""

    template_name = "digest/book/reader.html"
    kwargs: dict[str, Any]

    @cached_property
    def reader(self) -> Subscriber:
        """Return the reader whose page it is."""
        rows = Subscriber.objects.select_related("choice")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    @cached_property
    def suppression(self) -> Suppression | None:
        """Return why the address is not mailed any more, whatever else became of its reader."""
        rows = Suppression.objects.filter(lifted_at__isnull=True)
        return rows.filter(address_key=self.reader.address_key or "").first()

    def get_page_title(self) -> str:
        """Return the address, or what an erased reader is called."""
        return str(self.reader)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the reader's facts; six queries."""
        reader = self.reader
        deliveries = reader.deliveries.select_related("edition").order_by("-edition_id")
        user: Any = self.request.user
        return super().get_context_data(**kwargs) | {
            "reader": reader,
            "state": _state(reader),
            "language": language_name(reader.language) if reader.language else "",
            "topics": _topics(reader),
            "consents": reader.consents.select_related("wording").order_by("-asked_at")[:20],
            "deliveries": deliveries[:30],
            "may_let_go": reader.state in _CAN_GO and user.has_perm("digest.change_subscriber"),
            "suppressed": self.suppression,
            "has_left": reader.state == SubscriberState.LEFT,
            "may_lift": (self.suppression or reader.state == SubscriberState.SUPPRESSED)
            and user.has_perm("digest.change_subscriber"),
            "may_erase": reader.state != SubscriberState.ERASED
            and user.has_perm("digest.delete_subscriber"),
        }


_CAN_GO = {
    SubscriberState.PENDING,
    SubscriberState.ACTIVE,
    SubscriberState.PAUSED,
    SubscriberState.SUPPRESSED,
}


class ReaderStepView(ReaderView):
    """Let go, mail again, or erase: asked first, done by the button."""

    template_name = "digest/book/step.html"
    permission_required = "digest.view_subscriber"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse who may not take the step."""
        step = kwargs["step"]
        needed = "delete" if step == "erase" else "change"
        user: Any = request.user
        if step not in _STEPS or not user.has_perm(f"digest.{needed}_subscriber"):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what is asked."""
        return super().get_context_data(**kwargs) | {"step": self.kwargs["step"]}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take the step, and say what came of it."""
        action, done, words = _STEPS[self.kwargs["step"]]
        if done(self.reader, request.user):
            # The log names no address: what is erased would live on in it.
            log(self.reader, action, user=request.user, title=f"reader {self.reader.pk}")
            messages.success(request, words or lifted_words(self.reader.address_key or ""))
        else:
            messages.warning(request, "That was so already. Nothing was changed.")
        return HttpResponseRedirect(reverse("digest_reader", args=[self.reader.pk]))


def _lift(reader: Subscriber, by: Any) -> bool:
    return lift(reader.address_key or "", by=by) or actions.mark_reachable(reader.address_key or "")


def lifted_words(address_key: str) -> str:
    """Say what it means that an address was lifted, which depends on whose it is."""
    reader = Subscriber.objects.filter(address_key=address_key).first()
    if reader and reader.state == SubscriberState.ACTIVE:
        return "The reader is mailed again."
    if reader and reader.state == SubscriberState.PAUSED:
        return "The address may be mailed again. Its reader has paused, and is mailed after that."
    if reader and reader.state == SubscriberState.LEFT:
        return "The address may be mailed again. Its reader has left: they may sign up anew."
    return "The address may be mailed again. The digest goes to it once somebody signs up with it."


_STEPS: dict[str, tuple[str, Any, str]] = {
    "let-go": (
        LET_GO,
        lambda reader, by: let_go_one(reader, "desk"),
        "The reader has left and gets no more mail.",
    ),
    "lift": (LIFTED, _lift, ""),
    "erase": (
        ERASED,
        lambda reader, by: actions.erase_reader(reader),
        "The reader is erased. Deliveries still add up.",
    ),
}


class ExportView(Confirmed, BookPage, TemplateView):
    """The book, or what it is narrowed to, as a file; by a POST, confirmed and logged."""

    permission_required = "digest.export_subscriber"
    page_title = "Export readers"
    template_name = "digest/book/export.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add how many lines it will have."""
        count = self._rows().exclude(state=SubscriberState.ERASED).count()
        is_all = not self.request.GET
        return super().get_context_data(**kwargs) | {"count": count, "is_all": is_all}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> StreamingHttpResponse:
        """Hand the file over."""
        rows = self._rows()
        log(request.user, EXPORTED, user=request.user)
        response = StreamingHttpResponse(lines_of(rows), content_type="text/csv; charset=utf-8")
        name = f"readers-{clock.now():%Y-%m-%d}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def _rows(self) -> QuerySet[Subscriber]:
        filters = ReaderFilterSet(self.request.GET, request=self.request)
        rows: QuerySet[Subscriber] = Subscriber.objects.all()
        if filters.is_valid():
            rows = filters.filter_queryset(rows)
        return book.search(rows, self.request.GET.get("q", ""))


class _Echo:
    def write(self, text: str) -> str:
        return text


def lines_of(rows: QuerySet[Subscriber]) -> Iterator[str]:
    """Yield readers as lines of CSV, the header first; no cell is a formula to a spreadsheet."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + str(writer.writerow(_HEADER))
    for row in book.exported(rows):
        yield str(writer.writerow([guarded(row[name]) for name in _HEADER]))
