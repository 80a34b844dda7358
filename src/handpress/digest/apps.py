from django.apps import AppConfig


class DigestConfig(AppConfig):
    name = "handpress.digest"
    label = "digest"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear of addresses that cannot be reached any more, and of those that can again."""
        from handpress.digest.actions.reach import mark_reachable, mark_unreachable
        from handpress.mail.suppression import on_lifted, on_suppressed

        on_suppressed(mark_unreachable)
        on_lifted(mark_reachable)  # type: ignore[arg-type]
