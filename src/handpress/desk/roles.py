"""What each role of a newsroom may do. Kept by code: put right after every migration.

Groups that an administrator makes beside the four are left alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import connections, transaction
from django.db.models import Q, QuerySet
from wagtail.models import Collection, GroupCollectionPermission, Task, Workflow

from handpress.accounts.roles import Role

_WRITE = ("add", "change", "view")
_EVERYTHING = ("*",)

# (app, model or * for all, actions or * for all). What an app adds later comes with it.
Grant = tuple[str, str, tuple[str, ...]]
_DESK: Grant = ("wagtailadmin", "admin", ("access",))
_ARTICLES: Grant = ("newsroom", "article", _WRITE)
GRANTS: dict[Role, tuple[Grant, ...]] = {
    Role.REPORTER: (_DESK, _ARTICLES),
    Role.EDITOR: (
        _DESK,
        ("newsroom", "*", _EVERYTHING),
        ("archive", "frontpage", _EVERYTHING),
        ("digest", "pitch", _EVERYTHING),
        ("digest", "edition", ("change", "view")),
        ("mail", "letter", ("change", "view")),
        ("mail", "mailevent", ("view",)),
        ("mail", "receiverday", ("change", "view")),
        ("digest", "subscriber", ("view", "change")),
        ("donations", "campaign", ("view",)),
    ),
    Role.TREASURER: (_DESK, ("donations", "*", _EVERYTHING)),
    Role.ADMINISTRATOR: (
        _DESK,
        *(
            (app, "*", _EVERYTHING)
            for app in ("newsroom", "archive", "digest", "donations", "mail")
        ),
        ("accounts", "*", _EVERYTHING),
        ("auth", "group", _EVERYTHING),
        *(("wagtailcore", name, _EVERYTHING) for name in ("workflow", "task", "groupapprovaltask")),
    ),
}
WITHHELD: dict[Role, tuple[Grant, ...]] = {
    Role.EDITOR: (("newsroom", "outlet", _EVERYTHING), ("newsroom", "navigationitem", _EVERYTHING)),
}
"""Of what was granted above: the outlet itself is the administrators' affair."""

PICTURES: dict[Role, tuple[str, ...]] = {
    Role.REPORTER: ("add_image", "choose_image"),
    Role.EDITOR: ("add_image", "change_image", "choose_image"),
    Role.ADMINISTRATOR: ("add_image", "change_image", "choose_image"),
}

_WAGTAILS_GROUPS = ("Moderators", "Editors")
_WAGTAILS_WORKFLOW = "Moderators approval"
REVIEW, REVIEWERS = "Review", "Editors"
"""The workflow that there is from the start, and its only step."""


def keep_roles(**kwargs: Any) -> None:
    """Make the roles and give each exactly its permissions; set up the review once.

    A receiver of `post_migrate`. Safe to run again; does nothing while tables are missing.
    """
    using = kwargs.get("using", "default")
    if not _has_tables(using):
        return
    _make_permissions(using)
    with transaction.atomic(using=using):
        for role in Role:
            group, _ = Group.objects.get_or_create(name=role.value)
            _set_permissions(group, role)
            _set_pictures(group, PICTURES.get(role, ()))
        _drop_wagtails_own()
        _make_review()


def permissions_of(role: Role) -> QuerySet[Permission]:
    """Return what a role may do, as permissions."""
    granted = Permission.objects.filter(_any_of(GRANTS[role]))
    return granted.exclude(_any_of(WITHHELD[role])) if role in WITHHELD else granted


def may_publish(user: Any) -> bool:
    """Say whether a user may change what readers see."""
    return bool(user.has_perm("newsroom.publish_article"))


def _has_tables(using: str) -> bool:
    tables = set(connections[using].introspection.table_names())
    needed = [Group, Permission, Collection, GroupCollectionPermission, Workflow, Task]
    return all(model._meta.db_table in tables for model in needed)


def _make_permissions(using: str) -> None:
    """Have the permissions of all models: Django makes them app by app, ours come before."""
    from django.contrib.auth.management import create_permissions

    for app in apps.get_app_configs():
        create_permissions(app, verbosity=0, using=using)


def _any_of(grants: Iterable[Grant]) -> Q:
    condition = Q(pk__in=[])
    for app, model, actions in grants:
        one = Q(content_type__app_label=app)
        if model != "*":
            one &= Q(content_type__model=model)
        if actions != _EVERYTHING:
            one &= Q(codename__in=[f"{action}_{model}" for action in actions])
        condition |= one
    return condition


def _set_permissions(group: Group, role: Role) -> None:
    group.permissions.set(permissions_of(role))


def _set_pictures(group: Group, codenames: Iterable[str]) -> None:
    root = Collection.get_first_root_node()
    if root is None:
        return
    wanted = Permission.objects.filter(
        content_type__app_label="wagtailimages", codename__in=list(codenames)
    )
    rows = GroupCollectionPermission.objects.filter(group=group)
    rows.exclude(collection=root, permission__in=wanted).delete()
    for permission in wanted:
        GroupCollectionPermission.objects.get_or_create(
            group=group, collection=root, permission=permission
        )


def _drop_wagtails_own() -> None:
    """Remove the groups that Wagtail brings, where nobody is in them, and their workflow."""
    Group.objects.filter(name__in=_WAGTAILS_GROUPS, user=None).delete()
    if Group.objects.filter(name__in=_WAGTAILS_GROUPS).exists():
        return
    unused = Workflow.objects.filter(name=_WAGTAILS_WORKFLOW, workflow_states=None)
    Task.objects.filter(workflow_tasks__workflow__in=unused, task_states=None).delete()
    unused.delete()


def _make_review() -> None:
    """Let editors read what reporters submit, unless there ever was another workflow."""
    from django.contrib.contenttypes.models import ContentType
    from wagtail.models import GroupApprovalTask, WorkflowContentType, WorkflowTask

    from handpress.newsroom.models import Article, PlainPage, Topic

    if Workflow.objects.exclude(name=_WAGTAILS_WORKFLOW).exists():
        return
    review = Workflow.objects.create(name=REVIEW)
    task = GroupApprovalTask.objects.create(name=REVIEWERS)
    task.groups.set(Group.objects.filter(name__in=[Role.EDITOR, Role.ADMINISTRATOR]))
    WorkflowTask.objects.create(workflow=review, task=task, sort_order=0)
    for model in (Article, Topic, PlainPage):
        kind = ContentType.objects.get_for_model(model)
        WorkflowContentType.objects.get_or_create(content_type=kind, defaults={"workflow": review})
