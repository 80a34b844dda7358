"""Send the letters that wait, each once.

A letter is claimed by a conditional update. Before the final dot it is noted as being on its way;
what a crash leaves in that state may have arrived, is called unknown, and is not sent again on a
guess. One process sends at a time (`mail.locks`), so whatever another had claimed is free again.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from handpress.conf import RelaySettings
from handpress.lib import clock
from handpress.mail.core.addresses import NotAnAddress, normal_key
from handpress.mail.core.bounces import Verdict, classify_reply
from handpress.mail.core.dkim import Signer
from handpress.mail.core.pace import OTHERS, RelayPace, Terms, retry_delay_s
from handpress.mail.core.receivers import is_counted_at_last
from handpress.mail.core.smtp import Reply, Stage
from handpress.mail.core.verp import Ref
from handpress.mail.core.wire import BadValueError
from handpress.mail.envelopes import LETTERS, bounce_address, in_ascii, own_ref
from handpress.mail.messages import letter_message
from handpress.mail.models import Letter, LetterState
from handpress.mail.returned import note_refusal
from handpress.mail.transports import (
    CannotConnect,
    NotSent,
    OutcomeUnknown,
    Transport,
    Withdrawn,
)
from handpress.mail.transports.kinds import OUTBOX, Connector, connector

logger = logging.getLogger(__name__)

_FIRST_RETRY_S = 60.0
# A letter that nobody has to send any more does not keep what it said.
FORGOTTEN = {"text": "", "html": "", "headers": {}}
# What only one of these says does not depend on the reader.
_ABOUT_US = frozenset({Stage.CONNECT, Stage.MAIL})
# A relay that wants a longer pause is passed over: somebody may ask the process to end.
_LONGEST_PAUSE_S = 2.0
# What this process learnt of each relay; it outlives a run, which is over in seconds.
_PACES: dict[RelaySettings, RelayPace] = {}


def _new_pace() -> RelayPace:
    return RelayPace(Terms("letters", connections=1))


@dataclass(slots=True)
class Way:
    """One relay during one run: its connection, whether it is out of order, what it was given."""

    name: str
    connector: Connector
    weight: int = 1
    rate_per_s: float = 0
    messages_per_connection: int = 100
    is_down: bool = False
    connection: Transport | None = None
    carried: int = 0
    next_at: float = 0.0
    given: int = 0
    pace: RelayPace = field(default_factory=_new_pace)

    @property
    def is_usable(self) -> bool:
        """Whether it may be given a letter now, or in a moment."""
        now = monotonic()
        is_ready = not self.is_down and self.pace.is_usable(now)
        return is_ready and self.pace.wait_s(now) <= _LONGEST_PAUSE_S

    def rest(self, why: str, reply: Reply | None = None) -> None:
        """Leave it alone for a while, in later runs too."""
        self.pace.unreachable(why, monotonic(), random.random(), reply)  # noqa: S311

    def heard(self, reply: Reply) -> None:
        """Learn from an answer how it is and how much it wants."""
        self.given += 1
        self.pace.answered(reply, OTHERS, monotonic())
        if reply.is_about_us:
            self.rest(str(reply))

    async def open(self) -> Transport:
        """Return a connection once it may carry one more; raise NotSent where there is none."""
        if self.rate_per_s:
            now = asyncio.get_running_loop().time()
            await asyncio.sleep(max(0.0, self.next_at - now))
            self.next_at = max(now, self.next_at) + 1 / self.rate_per_s
        if pause := self.pace.wait_s(monotonic()):
            await asyncio.sleep(pause)
        self.pace.take(OTHERS, monotonic())
        self.pace.done()
        if self.carried >= self.messages_per_connection:
            await self.close()
        self.carried += 1
        if self.connection is None or not self.is_open:
            self.connection = await self.connector.connect()
        return self.connection

    @property
    def is_open(self) -> bool:
        """Whether there is a connection already."""
        return self.connection is not None and self.connection.is_open

    async def close(self) -> None:
        """Hang up."""
        if self.connection is not None:
            await self.connection.close()
            self.connection = None
            self.carried = 0


def all_ways() -> list[Way]:
    """Return the relays of the settings; the outbox where there are none."""
    relays: Sequence[RelaySettings] = settings.HANDPRESS.mail.relays
    if not relays:
        return [Way(OUTBOX, connector(None))]
    return [
        Way(
            each.name,
            connector(each),
            each.weight,
            each.rate_per_s,
            each.messages_per_connection,
            pace=_PACES.setdefault(each, _new_pace()),
        )
        for each in relays
    ]


def due_letters() -> QuerySet[Letter]:
    """Return the letters that may be sent now, the longest waiting first."""
    now = clock.now()
    waiting = Letter.objects.filter(
        state=LetterState.WAITING, next_at__lte=now, deadline_at__gt=now
    )
    return waiting.order_by("next_at", "id")


def free_orphans() -> int:
    """Set free what a process had claimed that is gone; return how many are now unknown."""
    now = clock.now()
    Letter.objects.filter(state=LetterState.CLAIMED).update(
        state=LetterState.WAITING, sender="", changed_at=now
    )
    return Letter.objects.filter(state=LetterState.ON_ITS_WAY).update(
        state=LetterState.UNKNOWN,
        reply="the sender was stopped before an answer came",
        changed_at=now,
    )


def expire_letters() -> int:
    """Give up what would come too late, and forget what it said; return how many."""
    now = clock.now()
    late = Letter.objects.filter(deadline_at__lte=now)
    late.filter(state=LetterState.UNKNOWN).exclude(text="").update(**FORGOTTEN)
    return late.filter(state=LetterState.WAITING).update(
        state=LetterState.EXPIRED, changed_at=now, **FORGOTTEN
    )


@dataclass(slots=True)
class Run:
    """One run over some letters, with the relays that were usable so far."""

    ways: list[Way]
    is_stopping: Callable[[], bool] = bool
    signers: Sequence[Signer] = ()
    token: str = field(default_factory=lambda: secrets.token_hex(16))

    async def send_all(self, letters: Sequence[Letter]) -> int:
        """Send letters one after the other until told to stop; return how many were taken."""
        taken = 0
        try:
            for letter in letters:
                if self.is_stopping() or not any(way.is_usable for way in self.ways):
                    break
                if await sync_to_async(self._claim)(letter):
                    taken += await self._send(letter)
        finally:
            for way in self.ways:
                await way.close()
        return taken

    async def _send(self, letter: Letter) -> bool:
        if letter.is_shut:
            await self._record(letter, LetterState.FAILED, "it was sealed with another secret.key")
            return False
        reason, said = "no relay can be reached", None
        for way in self._in_order():
            letter.relay = way.name
            try:
                reply = await self._submit(letter, way)
            except Withdrawn:
                return False
            except OutcomeUnknown as unknown:
                way.given += 1
                await self._record(letter, LetterState.UNKNOWN, str(unknown))
                return False
            except BadValueError:
                # Nothing that time could mend, and no other letter shall wait for it.
                await self._record(letter, LetterState.FAILED, "its address cannot be written to")
                return False
            except NotSent as not_sent:
                way.is_down, reason = True, str(not_sent)
                logger.warning("relay_failed", extra={"relay": way.name, "why": reason})
                if isinstance(not_sent, CannotConnect):
                    way.rest(reason, not_sent.reply)
                continue
            way.heard(reply)
            if reply.is_ok:
                await self._record(letter, LetterState.ACCEPTED, str(reply))
                return True
            reason, said = str(reply), reply
            if is_final(reply):
                await sync_to_async(self._refuse)(letter, reply)
                return False
        await sync_to_async(self._put_off)(letter, reason, said)
        return False

    async def _submit(self, letter: Letter, way: Way) -> Reply:
        sender = bounce_address(own_ref(LETTERS, letter.pk, letter.uuid))
        message = letter_message(letter, self.signers)

        async def before_dot() -> bool:
            return await sync_to_async(self._note_on_its_way)(letter)

        was_open = way.is_open
        connection = await way.open()
        try:
            return await connection.submit(sender, in_ascii(letter.to), message, before_dot)
        except CannotConnect:
            raise
        except NotSent:
            if not was_open:
                raise
        # Relays hang up on those who are silent for long: that says nothing about a new call.
        await way.close()
        connection = await way.open()
        return await connection.submit(sender, in_ascii(letter.to), message, before_dot)

    def _in_order(self) -> list[Way]:
        """Return the usable relays, those of a greater weight more often first."""
        usable = [way for way in self.ways if way.is_usable]
        return sorted(usable, key=lambda way: random.random() ** (1 / way.weight), reverse=True)  # noqa: S311

    def _claim(self, letter: Letter) -> bool:
        letter.attempts += 1
        return self._move(
            letter,
            [LetterState.WAITING],
            state=LetterState.CLAIMED,
            sender=self.token,
            attempts=letter.attempts,
        )

    def _note_on_its_way(self, letter: Letter) -> bool:
        mine = [LetterState.CLAIMED, LetterState.ON_ITS_WAY]
        return self._move(letter, mine, state=LetterState.ON_ITS_WAY, relay=letter.relay)

    def _move(self, letter: Letter, states: list[LetterState], **values: object) -> bool:
        rows = Letter.objects.filter(pk=letter.pk, state__in=states)
        if states != [LetterState.WAITING]:
            rows = rows.filter(sender=self.token)
        return bool(rows.update(changed_at=clock.now(), **values))

    async def _record(self, letter: Letter, state: LetterState, reply: str) -> None:
        await sync_to_async(self._write_down)(letter, state, reply)

    def _refuse(self, letter: Letter, reply: Reply) -> None:
        """Record a refusal by the reader's side; it counts like a bounce (RFC 5321, 4.2)."""
        with transaction.atomic():
            self._write_down(letter, LetterState.FAILED, str(reply))
            if not reply.is_ours:
                self._note(letter, reply)

    def _put_off(self, letter: Letter, reason: str, said: Reply | None) -> None:
        """Record that it is to be tried again; what was said at the last try may count."""
        delay = retry_delay_s(letter.attempts, _FIRST_RETRY_S, random.random())  # noqa: S311
        next_at = clock.now() + timedelta(seconds=delay)
        with transaction.atomic():
            self._write_down(letter, LetterState.WAITING, reason, next_at=next_at)
            is_last = next_at >= letter.deadline_at
            if is_last and said and not (said.is_ours or said.stage in _ABOUT_US):
                self._note(letter, said, is_late=True)

    def _note(self, letter: Letter, reply: Reply, *, is_late: bool = False) -> None:
        verdict = _verdict(reply)
        if is_late and not is_counted_at_last(verdict):
            return
        try:
            key = normal_key(letter.to)
        except NotAnAddress:
            key = letter.to.lower()
        ref = Ref(LETTERS, letter.pk)
        note_refusal(address_key=key, ref=ref, verdict=verdict, said=str(reply))

    def _write_down(self, letter: Letter, state: LetterState, reply: str, **values: object) -> None:
        values |= {"state": state, "relay": letter.relay, "reply": reply[:200]}
        if state in {LetterState.ACCEPTED, LetterState.FAILED}:
            values |= FORGOTTEN
        # UNKNOWN: another process may have called it that already; now it is known better.
        mine = [LetterState.CLAIMED, LetterState.ON_ITS_WAY, LetterState.UNKNOWN]
        self._move(letter, mine, **values)
        logger.info("letter", extra={"letter": letter.pk, "kind": letter.kind, "state": state.name})


def is_final(reply: Reply) -> bool:
    """Say whether a refusal is about this reader, so that trying again would not help."""
    if not reply.is_permanent or reply.stage in _ABOUT_US:
        return False
    verdict = _verdict(reply)
    return verdict.is_hard if reply.is_policy else not verdict.may_be_mended


def _verdict(reply: Reply) -> Verdict:
    return classify_reply(reply.code, reply.enhanced, reply.text)
