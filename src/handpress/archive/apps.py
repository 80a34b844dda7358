from django.apps import AppConfig


class ArchiveConfig(AppConfig):
    name = "handpress.archive"
    label = "archive"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from handpress.archive.feed_readers import BY_FEED
        from handpress.archive.listings import counted
        from handpress.newsroom.followers import register
        from handpress.newsroom.topic_queries import count_with

        register(BY_FEED)
        count_with(counted)
