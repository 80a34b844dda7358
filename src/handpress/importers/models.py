"""What was imported from where, so that the same material is known when it comes again."""

from __future__ import annotations

from django.db import models

from handpress.newsroom.models import Article


class ImportRecord(models.Model):
    """One imported article: its identity at the origin, and the words it had there.

    ``incoming`` holds those words; they tell a later change at the origin from an editor's own
    change on the desk.
    """

    kind = models.CharField(max_length=40)
    remote_id = models.CharField(max_length=128)
    headline_key = models.CharField(max_length=64, blank=True)
    excerpt_key = models.CharField(max_length=64, blank=True)
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="import_records")
    incoming = models.JSONField()
    imported_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "remote_id"], name="import_record_once")
        ]
        indexes = [
            models.Index(fields=["kind", "headline_key"], name="import_headline_key"),
            models.Index(fields=["kind", "excerpt_key"], name="import_excerpt_key"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.remote_id}"
