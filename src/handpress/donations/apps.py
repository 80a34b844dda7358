from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DonationsConfig(AppConfig):
    name = "handpress.donations"
    label = "donations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from handpress.donations.ledger_rules import install_after_migrate

        post_migrate.connect(install_after_migrate, sender=self, dispatch_uid="donations.ledger")
