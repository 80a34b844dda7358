from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class PressConfig(AppConfig):
    name = "handpress.press"
    label = "press"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from handpress.press.triggers import install_after_migrate

        autodiscover_modules("outputs")
        post_migrate.connect(install_after_migrate, sender=self, dispatch_uid="press.triggers")
