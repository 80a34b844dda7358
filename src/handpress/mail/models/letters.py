"""Letters: single messages to one person, such as “please confirm” or “your new password”."""

from __future__ import annotations

import json
import uuid
from typing import Any, Self

from django.db import models
from django.db.models import Q

from handpress.lib import clock
from handpress.mail.sealing import unseal


class LetterState(models.IntegerChoices):
    """ON_ITS_WAY is committed before the final dot: after a crash, what is so may have arrived."""

    WAITING = 0, "waiting"
    CLAIMED = 1, "at a sender"
    ON_ITS_WAY = 2, "on its way"
    ACCEPTED = 3, "accepted"
    FAILED = 4, "refused"
    UNKNOWN = 5, "unknown"
    EXPIRED = 6, "too late"


OPEN_STATES = [LetterState.WAITING, LetterState.CLAIMED, LetterState.ON_ITS_WAY]


class Letter(models.Model):
    """One letter: what it says until it is through, and where it stands.

    A letter often holds a link that opens something. Its words are forgotten as soon as nobody
    has to send them any more. Of a letter that is not everybody's business the row has only what
    `mail.sealing` makes of it: in ``to`` a mark, in ``sealed_to`` the address, in ``text`` the
    words. Whoever reads the row gets what was meant, or a letter that ``is_shut`` where the key is
    another now.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=40)
    to = models.CharField(max_length=320)
    sealed_to = models.TextField(blank=True, default="", editable=False)
    from_name = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=500)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    language = models.CharField(max_length=20, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    state = models.PositiveSmallIntegerField(choices=LetterState, default=LetterState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    next_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    changed_at = models.DateTimeField(default=clock.now)
    sender = models.CharField(max_length=32, blank=True)
    relay = models.CharField(max_length=40, blank=True)
    reply = models.CharField(max_length=200, blank=True)
    is_shut = False

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=LetterState.values), name="letter_state"),
            models.CheckConstraint(
                condition=~Q(state__in=OPEN_STATES) | ~Q(text=""), name="open_letter_has_text"
            ),
            models.CheckConstraint(condition=~Q(to="") & ~Q(kind=""), name="letter_to_somebody"),
        ]
        indexes = [
            models.Index(
                fields=["next_at"], name="letter_open", condition=Q(state__in=OPEN_STATES)
            ),
            models.Index(fields=["-created_at", "-id"], name="letter_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"

    @classmethod
    def from_db(cls, *row: Any, **more: Any) -> Self:
        """Return the letter as it was written."""
        letter = super().from_db(*row, **more)
        if letter.__dict__.get("sealed_to"):
            letter._open()
        return letter

    def _open(self) -> None:
        sealed = self.__dict__.get("text")
        to, words = unseal(self.sealed_to), unseal(sealed) if sealed else ""
        self.is_shut = to is None or words is None
        self.to = to or ""
        if words:
            self.text, self.html = json.loads(words)
