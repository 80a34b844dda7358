"""What was imported from where, so that the same material is known when it comes again."""

from __future__ import annotations

from django.db import models

from handpress.newsroom.models import Article


class ImportRecord(models.Model):
    """One imported article: its identity at the origin, and the words it had there.

    The words tell a later change at the origin from an editor's own change on the desk.
    """

    origin = models.CharField(max_length=60)
    remote_id = models.CharField(max_length=128)
    second_id = models.CharField(max_length=128, blank=True)
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="import_records")
    incoming = models.JSONField()
    imported_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["origin", "remote_id"], name="import_record_once")
        ]
        indexes = [models.Index(fields=["origin", "second_id"], name="import_second_id")]

    def __str__(self) -> str:
        return f"{self.origin}: {self.remote_id}"
