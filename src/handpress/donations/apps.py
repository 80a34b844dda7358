from django.apps import AppConfig


class DonationsConfig(AppConfig):
    name = "handpress.donations"
    label = "donations"
    default_auto_field = "django.db.models.BigAutoField"
