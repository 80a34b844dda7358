from django.apps import AppConfig


class DigestConfig(AppConfig):
    name = "handpress.digest"
    label = "digest"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell mail whose messages those of editions are."""
        from handpress.digest.returns import address_of, leave_by_mail, sent_on
        from handpress.mail.returned import counts_volume, knows_owner, lets_leave

        knows_owner(address_of)
        lets_leave(leave_by_mail)
        counts_volume(sent_on)
