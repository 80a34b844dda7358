"""The doors of receipts on the desk."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from handpress.donations.views import receipt_steps, receipt_years, receipts


@hooks.register("register_admin_urls")
def add_pages() -> list[URLPattern]:
    below = "donations/receipts/"
    return [
        path(below, receipts.ReceiptsView.as_view(), name="donations_receipts"),
        path(f"{below}year/", receipt_years.YearView.as_view(), name="donations_receipt_year"),
        path(
            f"{below}sponsor/<int:pk>/",
            receipt_years.ReceiptsOfSponsorView.as_view(),
            name="donations_receipts_of_sponsor",
        ),
        path(
            f"{below}gift/<int:gift>/",
            receipt_steps.IssueView.as_view(),
            name="donations_receipt_issue",
        ),
        path(
            "donations/donors/<uuid:uuid>/name/",
            receipt_steps.DonorFactsView.as_view(),
            name="donations_donor_facts",
        ),
        path(f"{below}<int:pk>/", receipts.ReceiptView.as_view(), name="donations_receipt"),
        path(
            f"{below}<int:pk>/void/",
            receipt_steps.VoidView.as_view(),
            name="donations_receipt_void",
        ),
        path(
            f"{below}<int:pk>/file.<slug:form>",
            receipts.ReceiptFileView.as_view(),
            name="donations_receipt_file",
        ),
    ]


class _ReceiptsItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("donations.view_receipt"))


@hooks.register("register_donations_menu_item")
def receipts_item() -> MenuItem:
    url = reverse("donations_receipts")
    return _ReceiptsItem("Receipts", url, icon_name="doc-full", order=190)
