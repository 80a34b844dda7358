"""Mail's doors on the desk."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from handpress.mail.views import deliverability, letters, outbox, returned


@hooks.register("register_admin_urls")
def add_pages() -> list[URLPattern]:
    return [
        path("outbox/", outbox.OutboxView.as_view(), name="mail_outbox"),
        path("outbox/clear/", outbox.ClearView.as_view(), name="mail_outbox_clear"),
        path("outbox/<str:name>/", outbox.OutboxView.as_view(), name="mail_outbox_message"),
        path("outbox/<str:name>/frame/", outbox.FrameView.as_view(), name="mail_outbox_frame"),
        path("outbox/<str:name>/delete/", outbox.DeleteView.as_view(), name="mail_outbox_delete"),
        path("letters/", letters.LettersView.as_view(), name="mail_letters"),
        path("letters/<int:pk>/<slug:step>/", letters.StepView.as_view(), name="mail_letter_step"),
        path("returned/", returned.ReturnedView.as_view(), name="mail_returned"),
        path("returned/<int:pk>/seen/", returned.SeenView.as_view(), name="mail_returned_seen"),
        path(
            "deliverability/",
            deliverability.DeliverabilityView.as_view(),
            name="mail_deliverability",
        ),
    ]


class _Item(MenuItem):
    permission = "mail.view_letter"

    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm(self.permission)


class _ReturnedItem(_Item):
    permission = "mail.view_mailevent"


class _DeliverabilityItem(_Item):
    permission = "mail.view_receiverday"


# The digest makes the menu that these stand in.
@hooks.register("register_digest_menu_item")
def letters_item() -> MenuItem:
    return _Item("Letters", reverse("mail_letters"), icon_name="mail", order=400)


@hooks.register("register_digest_menu_item")
def outbox_item() -> MenuItem:
    return _Item("Outbox", reverse("mail_outbox"), icon_name="folder-open-1", order=500)


@hooks.register("register_digest_menu_item")
def returned_item() -> MenuItem:
    url = reverse("mail_returned")
    return _ReturnedItem("Returned mail", url, icon_name="history", order=420)


@hooks.register("register_digest_menu_item")
def deliverability_item() -> MenuItem:
    url = reverse("mail_deliverability")
    return _DeliverabilityItem("Deliverability", url, icon_name="circle-check", order=440)
