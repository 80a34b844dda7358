from django.apps import AppConfig


class NewsroomConfig(AppConfig):
    name = "handpress.newsroom"
    label = "newsroom"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from handpress.newsroom import receivers  # noqa: F401
