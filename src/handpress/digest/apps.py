from django.apps import AppConfig


class DigestConfig(AppConfig):
    name = "handpress.digest"
    label = "digest"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell mail whose messages those of editions are, and hear of who can be reached."""
        from handpress.digest.actions.reach import mark_reachable, mark_unreachable
        from handpress.digest.following import BY_DIGEST
        from handpress.digest.returns import (
            address_of,
            answer_wish,
            leave_by_mail,
            note_arrival,
            sent_on,
        )
        from handpress.mail.reports import knows_arrival
        from handpress.mail.returned import answers_wish, counts_volume, knows_owner, lets_leave
        from handpress.mail.suppression import on_lifted, on_suppressed
        from handpress.newsroom.followers import register

        knows_owner(address_of)
        lets_leave(leave_by_mail)
        answers_wish(answer_wish)
        counts_volume(sent_on)
        knows_arrival(note_arrival)
        on_suppressed(mark_unreachable)
        on_lifted(mark_reachable)  # type: ignore[arg-type]
        register(BY_DIGEST)
