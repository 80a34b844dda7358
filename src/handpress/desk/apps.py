from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class DeskConfig(AppConfig):
    name = "handpress.desk"
    label = "desk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from handpress.accounts import delivery
        from handpress.desk.doctor.folder import check_clock
        from handpress.desk.pictures import guard_pictures
        from handpress.desk.roles import keep_roles
        from handpress.desk.staff_mail import Letters
        from handpress.desk.zone import use_newsroom_zone
        from handpress.mail.doctor.looking import looks_first_at
        from handpress.mail.letters import shown_only_to

        # Once, after the last app that has tables: roles speak of all of them.
        last = [app for app in apps.get_app_configs() if app.models_module][-1]
        post_migrate.connect(keep_roles, sender=last, dispatch_uid="desk.roles")
        delivery.use(Letters())
        # They hold links that open the desk.
        shown_only_to("accounts.change_user", "invitation", "password")
        looks_first_at("clock", check_clock)
        guard_pictures()
        use_newsroom_zone()
