"""What the press remembers: what changed, what is stale, what was printed."""

from django.db import models


class Mark(models.Model):
    """A row changed. Written by database triggers in the transaction of the change."""

    label = models.CharField(max_length=40)
    row_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.label} {self.row_id}"


class StalePage(models.Model):
    """A page whose inputs changed and that waits to be printed again."""

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    rank = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="stale_page_once")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"


class PrintedPage(models.Model):
    """The manifest: one file of the site, as it was last printed."""

    path = models.CharField(max_length=400, primary_key=True)
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    rank = models.BigIntegerField()
    run = models.BigIntegerField(default=0)
    is_gone = models.BooleanField(default=False)
    is_packed = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["kind", "key"], name="printed_kind_key"),
            models.Index(fields=["path"], name="printed_gone", condition=models.Q(is_gone=True)),
            models.Index(
                fields=["-rank"], name="printed_unpacked", condition=models.Q(is_packed=False)
            ),
        ]

    def __str__(self) -> str:
        return self.path


class PressState(models.Model):
    """A fact about the press itself: fingerprints of theme and frame, time of the last run."""

    name = models.CharField(max_length=60, primary_key=True)
    value = models.JSONField()

    def __str__(self) -> str:
        return self.name
