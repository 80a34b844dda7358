"""Who may change a picture: one that readers see is changed only by those who may publish."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from wagtail.images import permissions
from wagtail.permission_policies.collections import CollectionOwnershipPermissionPolicy

from handpress.desk.roles import may_publish
from handpress.newsroom.models import ArticleImage, NewsImage, Outlet, PageImage, Topic

_CHANGES = {"change", "delete"}


class PicturePolicy(CollectionOwnershipPermissionPolicy):
    """Wagtail's policy, but whoever uploaded a picture cannot replace it once it is public."""

    def user_has_permission_for_instance(self, user: Any, action: str, instance: Any) -> bool:
        allowed = bool(super().user_has_permission_for_instance(user, action, instance))
        if not allowed or action not in _CHANGES or may_publish(user):
            return allowed
        return not public_pictures().filter(pk=instance.pk).exists()

    def instances_user_has_any_permission_for(self, user: Any, actions: Any) -> QuerySet[NewsImage]:
        rows: QuerySet[NewsImage] = super().instances_user_has_any_permission_for(user, actions)
        if not _CHANGES.intersection(actions) or may_publish(user):
            return rows
        return rows.exclude(pk__in=public_pictures().values("pk"))


def public_pictures() -> QuerySet[NewsImage]:
    """Return the pictures that stand on the site."""
    this = OuterRef("pk")
    return NewsImage.objects.filter(
        Exists(ArticleImage.objects.filter(image=this, article__live=True))
        | Exists(PageImage.objects.filter(image=this, page__live=True))
        | Exists(Topic.objects.filter(image=this, live=True))
        | Exists(Outlet.objects.filter(Q(logo=this) | Q(logo_dark=this)))
    )


def guard_pictures() -> None:
    """Put our policy in place of Wagtail's, in the object that all its views already hold."""
    permissions.permission_policy.__class__ = PicturePolicy
