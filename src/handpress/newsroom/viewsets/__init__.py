"""The desk's views of the newsroom's tables."""

from __future__ import annotations

from typing import Any

from handpress.newsroom.viewsets.articles import ArticleViewSet
from handpress.newsroom.viewsets.credits import ContributorViewSet, SourceViewSet
from handpress.newsroom.viewsets.outlet import OutletViewSet
from handpress.newsroom.viewsets.pages import PageViewSet
from handpress.newsroom.viewsets.topics import TopicViewSet

VIEWSETS: tuple[Any, ...] = (
    ArticleViewSet,
    TopicViewSet,
    SourceViewSet,
    ContributorViewSet,
    PageViewSet,
    OutletViewSet,
)
