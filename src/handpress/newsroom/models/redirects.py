"""Addresses that were once given out."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from handpress.newsroom.models.articles import Article
from handpress.newsroom.models.pages import PlainPage


class Redirect(models.Model):
    """An address that an article or a page once had. With neither: what stood there is gone."""

    path = models.CharField(max_length=400, unique=True)
    article = models.ForeignKey(
        Article, null=True, blank=True, on_delete=models.SET_NULL, related_name="redirects"
    )
    page = models.ForeignKey(
        PlainPage, null=True, blank=True, on_delete=models.SET_NULL, related_name="redirects"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(path=""), name="redirect_has_path"),
            models.CheckConstraint(
                condition=Q(article__isnull=True) | Q(page__isnull=True),
                name="redirect_has_one_aim",
            ),
        ]

    def __str__(self) -> str:
        return self.path
