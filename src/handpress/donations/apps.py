from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class DonationsConfig(AppConfig):
    name = "handpress.donations"
    label = "donations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from handpress.donations import ledger_rules, receipt_rules
        from handpress.donations.migrating import stand_aside
        from handpress.donations.queries.ways import accounts_of_rails, companies_named
        from handpress.mail.letters import shown_only_to
        from handpress.newsroom.never_named import names_never, names_no_company

        names_never(accounts_of_rails)
        names_no_company(companies_named)
        shown_only_to("donations.view_donor", "gift", "receipt")
        pre_migrate.connect(stand_aside, sender=self, dispatch_uid=stand_aside.__module__)
        for rules in (ledger_rules, receipt_rules):
            post_migrate.connect(
                rules.install_after_migrate, sender=self, dispatch_uid=rules.__name__
            )
