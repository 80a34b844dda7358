"""The doors of the book of readers on the desk."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.log_actions import LogActionRegistry

from handpress.digest.views import book, bringing_in, unreachable


@hooks.register("register_admin_urls")
def add_book() -> list[URLPattern]:
    return [
        path("digest/readers/", book.ReadersView.as_view(), name="digest_readers"),
        path(
            "digest/readers/results/",
            book.ReadersView.as_view(results_only=True),
            name="digest_readers_results",
        ),
        path("digest/readers/export/", book.ExportView.as_view(), name="digest_readers_export"),
        path(
            "digest/readers/import/", bringing_in.UploadView.as_view(), name="digest_readers_import"
        ),
        path(
            "digest/readers/import/<int:pk>/",
            bringing_in.ImportView.as_view(),
            name="digest_readers_import_step",
        ),
        path("digest/readers/<int:pk>/", book.ReaderView.as_view(), name="digest_reader"),
        path(
            "digest/readers/<int:pk>/<slug:step>/",
            book.ReaderStepView.as_view(),
            name="digest_reader_step",
        ),
        path(
            "digest/unreachable/", unreachable.UnreachableView.as_view(), name="digest_unreachable"
        ),
        path(
            "digest/unreachable/results/",
            unreachable.UnreachableView.as_view(results_only=True),
            name="digest_unreachable_results",
        ),
        path(
            "digest/unreachable/<int:pk>/lift/",
            unreachable.LiftView.as_view(),
            name="digest_unreachable_lift",
        ),
    ]


class _ReadersItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("digest.view_subscriber"))


@hooks.register("register_digest_menu_item")
def readers_item() -> MenuItem:
    return _ReadersItem("Readers", reverse("digest_readers"), icon_name="group", order=200)


@hooks.register("register_digest_menu_item")
def unreachable_item() -> MenuItem:
    url = reverse("digest_unreachable")
    return _ReadersItem("Unreachable", url, icon_name="no-view", order=210)


@hooks.register("register_log_actions")
def name_log_actions(registered: LogActionRegistry) -> None:
    for action, words in book.LOGGED.items():
        registered.register_action(action, *words)
