"""What donations answer below `/-/`."""

from django.urls import path

from handpress.donations.views import giving

app_name = "donations"
urlpatterns = [
    path("donate", giving.donate, name="donate"),
    path("gift/<str:signed>", giving.gift, name="gift"),
]
