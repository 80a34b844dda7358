"""What the digest answers below `/-/`."""

from django.urls import path

from handpress.digest.views import own, preferences, signing_up

app_name = "digest"
urlpatterns = [
    path("subscribe", signing_up.subscribe, name="subscribe"),
    path("confirm/<str:signed>", signing_up.confirm_sign_up, name="confirm"),
    path("unsubscribe/<str:token>", own.unsubscribe, name="unsubscribe"),
    path("preferences/<str:token>", preferences.preferences, name="preferences"),
    path("data-link/<str:token>", own.send_data_link, name="data_link"),
    path("my-data/<str:signed>", own.own_data_page, name="my_data"),
]
