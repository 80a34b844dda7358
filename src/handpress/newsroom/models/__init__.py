"""The newsroom's tables: articles and what they are filed under, plain pages, the outlet itself."""

from handpress.newsroom.models.articles import (
    Article,
    ArticleContributor,
    ArticleImage,
    ArticleQuerySet,
    ArticleRelated,
    ArticleTopic,
    Correction,
)
from handpress.newsroom.models.features import TopicFeature
from handpress.newsroom.models.filing import (
    Contributor,
    MergedTopic,
    Source,
    Topic,
    TopicAlias,
)
from handpress.newsroom.models.images import NewsImage, Rendition
from handpress.newsroom.models.outlet import NavigationItem, Outlet
from handpress.newsroom.models.pages import PageImage, PlainPage
from handpress.newsroom.models.redirects import Redirect

__all__ = [
    "Article",
    "ArticleContributor",
    "ArticleImage",
    "ArticleQuerySet",
    "ArticleRelated",
    "ArticleTopic",
    "Contributor",
    "Correction",
    "MergedTopic",
    "NavigationItem",
    "NewsImage",
    "Outlet",
    "PageImage",
    "PlainPage",
    "Redirect",
    "Rendition",
    "Source",
    "Topic",
    "TopicAlias",
    "TopicFeature",
]
