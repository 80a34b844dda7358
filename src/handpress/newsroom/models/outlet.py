"""The outlet itself: what its people choose about the whole site, on the desk."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.models import Orderable, PreviewableMixin, RevisionMixin

from handpress.lib.html import ROOT_MARK, clean_url
from handpress.newsroom.fields import PlainTextField
from handpress.newsroom.models.filing import Topic
from handpress.newsroom.models.images import NewsImage
from handpress.newsroom.models.pages import PlainPage
from handpress.newsroom.never_named import refuse_account
from handpress.press.site import forget_outlet, site_facts

ONLY = 1
"""The id of the only outlet there is."""

EVERYWHERE, FRONT_PAGE, NOWHERE = "everywhere", "front", "nowhere"
PLACES = [
    (EVERYWHERE, "on every page"),
    (FRONT_PAGE, "on the front page only"),
    (NOWHERE, "nowhere"),
]


class Outlet(PreviewableMixin, RevisionMixin, ClusterableModel):
    """One row. What is left empty is as handpress.toml or the theme has it."""

    name = models.CharField(max_length=200, blank=True)
    tagline = models.CharField(max_length=300, blank=True)
    language = models.CharField(max_length=20, blank=True)
    languages = models.CharField(max_length=200, blank=True)
    time_zone = models.CharField(max_length=60, blank=True)
    logo = models.ForeignKey(
        NewsImage, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    logo_dark = models.ForeignKey(
        NewsImage, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    accent = models.CharField(max_length=7, blank=True)
    accent_dark = models.CharField(max_length=7, blank=True)
    paper = models.CharField(max_length=7, blank=True)
    paper_dark = models.CharField(max_length=7, blank=True)
    footer = PlainTextField(blank=True, rows=3)
    full_appeal_on = models.CharField(max_length=10, choices=PLACES, default=EVERYWHERE)
    compact_appeal_on = models.CharField(max_length=10, choices=PLACES, default=EVERYWHERE)
    appeal_in_digest = models.BooleanField(default=True)
    feeds_are_full = models.BooleanField(default=True)
    shows_accounts = models.BooleanField(default=False)
    accounts_until = models.DateField(null=True, blank=True, editable=False)
    """The first day after the months that the public accounts hold: pages have no clock, so
    whoever prints them moves it on."""

    class Meta:
        verbose_name = "site settings"
        verbose_name_plural = "site settings"
        constraints = [
            models.CheckConstraint(condition=Q(id=ONLY), name="only_one_outlet"),
            models.CheckConstraint(
                condition=Q(full_appeal_on__in=[place for place, _ in PLACES])
                & Q(compact_appeal_on__in=[place for place, _ in PLACES]),
                name="outlet_places_known",
            ),
        ]

    def __str__(self) -> str:
        return "Site settings"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the only row; its logos are made ready for readers."""
        from handpress.newsroom.pictures import publish_pictures

        self.pk = ONLY
        publish_pictures(pk for pk in (self.logo_id, self.logo_dark_id) if pk)
        super().save(*args, **kwargs)
        forget_outlet()

    @classmethod
    def in_force(cls) -> Outlet:
        """Return the row; where nobody has chosen anything yet, an unsaved one."""
        row = cls.objects.select_related("latest_revision").filter(pk=ONLY).first()
        return row or cls(pk=ONLY)

    @property
    def preview_modes(self) -> list[tuple[str, str]]:
        return [("front", "Front page"), ("article", "Newest article")]


def _read_address(text: str) -> str:
    """Return an address as it is kept: one of the site itself from its root, so that it moves."""
    url = clean_url(text, own_address=site_facts().address)
    if url is None:
        example = "https://example.org/ or, within this site, /donate/"
        raise ValidationError({"url": f"“{text}” is no address. Write it like {example}."})
    return f"/{url.removeprefix(ROOT_MARK)}" if url.startswith(ROOT_MARK) else url


class NavigationItem(Orderable):
    """One link of the bar below the masthead: to a topic, a page or an address."""

    outlet = ParentalKey(Outlet, on_delete=models.CASCADE, related_name="navigation")
    topic = models.ForeignKey(
        Topic, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    page = models.ForeignKey(
        PlainPage, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    label = models.CharField(max_length=60, blank=True, help_text="Empty: the name of the aim.")
    url = models.CharField(max_length=500, blank=True, verbose_name="address")

    class Meta(Orderable.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(topic__isnull=False, page__isnull=True, url="")
                | Q(topic__isnull=True, page__isnull=False, url="")
                | (Q(topic__isnull=True, page__isnull=True) & ~Q(url="") & ~Q(label="")),
                name="navigation_item_has_one_aim",
            )
        ]

    def __str__(self) -> str:
        return self.label or str(self.topic or self.page or self.url)

    def clean(self) -> None:
        super().clean()
        aims = [bool(self.topic_id), bool(self.page_id), bool(self.url)]
        if sum(aims) != 1:
            raise ValidationError("Choose one: a topic, a page, or an address.")
        if self.url:
            self.url = _read_address(self.url)
        refuse_account(self.url, asks=True)
        refuse_account(self.label, asks=True)
        if self.url and not self.label:
            raise ValidationError({"label": "An address needs words to click on."})
