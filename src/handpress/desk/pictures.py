"""Who may change a picture: one that readers see is changed only by those who may publish.

So is one that they will see: somebody has looked at it, and nobody will once more.
"""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from wagtail.images import permissions
from wagtail.models import Revision
from wagtail.permission_policies.collections import CollectionOwnershipPermissionPolicy

from handpress.desk.roles import may_publish
from handpress.newsroom.core.body import image_ids
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
    """Return the pictures that stand on the site, or will at an hour that was approved."""
    this = OuterRef("pk")
    return NewsImage.objects.filter(
        Q(pk__in=_scheduled_pictures())
        | Exists(ArticleImage.objects.filter(image=this, article__live=True))
        | Exists(PageImage.objects.filter(image=this, page__live=True))
        | Exists(Topic.objects.filter(image=this, live=True))
        | Exists(Outlet.objects.filter(Q(logo=this) | Q(logo_dark=this)))
    )


def _scheduled_pictures() -> set[int]:
    """Return the pictures of what is published at its hour, by id; one query."""
    found: set[int] = set()
    rows = Revision.objects.filter(approved_go_live_at__isnull=False)
    for content in rows.values_list("content", flat=True):
        body = content.get("body") or "[]"
        found.update(image_ids(json.loads(body) if isinstance(body, str) else body))
        found.update(content[name] for name in ("lead_image", "image") if content.get(name))
    return found


def guard_pictures() -> None:
    """Put our policy in place of Wagtail's, in the object that all its views already hold."""
    permissions.permission_policy.__class__ = PicturePolicy
