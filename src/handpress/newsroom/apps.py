from django.apps import AppConfig


class NewsroomConfig(AppConfig):
    name = "handpress.newsroom"
    label = "newsroom"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from handpress.mail.letters import names_outlet
        from handpress.newsroom import receivers  # noqa: F401
        from handpress.newsroom.moments import use_moment_fields
        from handpress.press.site import site_facts

        use_moment_fields()
        names_outlet(lambda: site_facts().name)
