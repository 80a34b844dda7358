"""What donations answer below `/-/`."""

from django.urls import path

from handpress.donations.views import again, companies, gift, giving, plan, practice

app_name = "donations"
urlpatterns = [
    path("donate", giving.donate, name="donate"),
    path("gift/<str:signed>", gift.gift, name="gift"),
    path("plan/<str:signed>", plan.plan, name="plan"),
    path("again/<str:signed>", again.again, name="again"),
    path("company/<uuid:hook>", companies.hear, name="company"),
    path("practice/<str:name>", practice.checkout, name="practice"),
]
