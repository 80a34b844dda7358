"""The doors of gifts, sponsors and the overview on the desk."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem
from wagtail.log_actions import LogActionRegistry

from handpress.donations.views import (
    companies_desk,
    debits,
    donor_imports,
    donors,
    gift_steps,
    gifts,
    orders_desk,
    overview,
    plans_desk,
    refunds,
    sponsors,
    statements,
    years,
)
from handpress.donations.views.pages import LOGGED

donations_menu = Menu(register_hook_name="register_donations_menu_item")


@hooks.register("register_admin_menu_item")
def donations_item() -> MenuItem:
    """Make the menu of all about money; it is shown to whom it leads anywhere."""
    return SubmenuMenuItem(
        "Donations", donations_menu, name="donations", icon_name="pick", order=204
    )


@hooks.register("register_admin_urls")
def add_pages() -> list[URLPattern]:
    below = "donations/"
    return [
        path(f"{below}overview/", overview.OverviewView.as_view(), name="donations_overview"),
        path(f"{below}gifts/", gifts.GiftsView.as_view(), name="donations_gifts"),
        path(f"{below}gifts/record/", gifts.RecordView.as_view(), name="donations_gift_record"),
        path(f"{below}gifts/<int:pk>/", gifts.GiftView.as_view(), name="donations_gift"),
        path(
            f"{below}gifts/<int:pk>/<slug:step>/",
            gift_steps.StepView.as_view(),
            name="donations_gift_step",
        ),
        path(
            f"{below}companies/",
            companies_desk.CompaniesView.as_view(),
            name="donations_companies",
        ),
        path(
            f"{below}companies/<int:pk>/",
            companies_desk.CompanyView.as_view(),
            name="donations_company",
        ),
        path(f"{below}years/", years.YearsView.as_view(), name="donations_years"),
        path(f"{below}refunds/", refunds.RefundsView.as_view(), name="donations_refunds"),
        path(f"{below}monthly/", plans_desk.PlansView.as_view(), name="donations_plans"),
        path(
            f"{below}monthly/orders/",
            orders_desk.OrdersView.as_view(),
            name="donations_lost_orders",
        ),
        path(f"{below}monthly/<int:pk>/", plans_desk.PlanView.as_view(), name="donations_plan"),
        path(f"{below}donors/", donors.DonorsView.as_view(), name="donations_donors"),
        path(
            f"{below}donors/import/",
            donor_imports.ImportView.as_view(),
            name="donations_import",
        ),
        path(
            f"{below}donors/import/<slug:token>/",
            donor_imports.ImportStepView.as_view(),
            name="donations_import_step",
        ),
        path(f"{below}donors/<uuid:uuid>/", donors.DonorView.as_view(), name="donations_donor"),
        path(
            f"{below}donors/<uuid:uuid>/file/",
            donors.DonorFileView.as_view(),
            name="donations_donor_file",
        ),
        path(
            f"{below}statements/",
            statements.StatementsView.as_view(),
            name="donations_statements",
        ),
        path(
            f"{below}statements/<int:pk>/",
            statements.LineView.as_view(),
            name="donations_statement_line",
        ),
        path(f"{below}ways/", sponsors.WaysView.as_view(), name="donations_ways"),
        path(
            f"{below}ways/sponsor/",
            sponsors.SponsorView.as_view(),
            name="donations_sponsor_add",
        ),
        path(
            f"{below}ways/sponsor/<int:pk>/",
            sponsors.SponsorView.as_view(),
            name="donations_sponsor",
        ),
        path(
            f"{below}ways/sponsor/<int:pk>/hand-over/",
            sponsors.HandOverView.as_view(),
            name="donations_hand_over",
        ),
        path(
            f"{below}ways/sponsor/<int:pk>/resume/",
            sponsors.ResumeView.as_view(),
            name="donations_sponsor_resume",
        ),
        path(
            f"{below}ways/sponsor/<int:sponsor>/<slug:kind>/",
            sponsors.RailView.as_view(),
            name="donations_rail_add",
        ),
        path(f"{below}ways/<int:pk>/debits/", debits.DebitsView.as_view(), name="donations_debits"),
        path(
            f"{below}ways/<int:pk>/debits/<slug:name>/",
            debits.DebitFileView.as_view(),
            name="donations_debit_file",
        ),
        path(
            f"{below}ways/<int:pk>/mandate/",
            debits.MandateView.as_view(),
            name="donations_mandate_add",
        ),
        path(f"{below}ways/<int:pk>/", sponsors.RailView.as_view(), name="donations_rail"),
    ]


class _BooksItem(MenuItem):
    permission = "donations.view_movement"

    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(self.permission))


class _DonorsItem(_BooksItem):
    permission = "donations.view_donor"


class _LinesItem(_BooksItem):
    permission = "donations.view_bankline"


class _WaysItem(_BooksItem):
    permission = "donations.view_sponsor"


@hooks.register("register_donations_menu_item")
def overview_item() -> MenuItem:
    return _BooksItem("Overview", reverse("donations_overview"), icon_name="view", order=100)


@hooks.register("register_donations_menu_item")
def gifts_item() -> MenuItem:
    return _BooksItem("Gifts", reverse("donations_gifts"), icon_name="list-ul", order=150)


@hooks.register("register_donations_menu_item")
def donors_item() -> MenuItem:
    return _DonorsItem("Donors", reverse("donations_donors"), icon_name="user", order=180)


@hooks.register("register_donations_menu_item")
def years_item() -> MenuItem:
    url = reverse("donations_years")
    return _BooksItem("Years", url, icon_name="calendar-alt", order=190)


class _RefundsItem(_BooksItem):
    permission = "donations.add_movement"


@hooks.register("register_donations_menu_item")
def refunds_item() -> MenuItem:
    return _RefundsItem("Refunds", reverse("donations_refunds"), icon_name="undo", order=155)


class _PlansItem(_BooksItem):
    permission = "donations.view_plan"


class _CompaniesItem(_BooksItem):
    permission = "donations.view_rail"


@hooks.register("register_donations_menu_item")
def plans_item() -> MenuItem:
    return _PlansItem("Monthly gifts", reverse("donations_plans"), icon_name="date", order=160)


@hooks.register("register_donations_menu_item")
def companies_item() -> MenuItem:
    url = reverse("donations_companies")
    return _CompaniesItem("Companies", url, icon_name="globe", order=310)


@hooks.register("register_donations_menu_item")
def statements_item() -> MenuItem:
    url = reverse("donations_statements")
    return _LinesItem("Bank statements", url, icon_name="table", order=170)


@hooks.register("register_donations_menu_item")
def ways_item() -> MenuItem:
    url = reverse("donations_ways")
    return _WaysItem("Sponsors and ways to give", url, icon_name="key", order=300)


@hooks.register("register_log_actions")
def name_log_actions(registered: LogActionRegistry) -> None:
    """Let the history say what was done."""
    for action, (label, message) in LOGGED.items():
        registered.register_action(action, label, message)
