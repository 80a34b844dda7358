"""How fast mail may go, and which way: rates, warming up, braking, health.

Nothing here reads a clock: ``now`` is a number of seconds that only grows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from handpress.mail.core.smtp import Reply, Stage

# Receivers that act as one; to all others a limit of one says nothing about the rest.
_GROUPS = {
    "gmail": ("gmail.com", "googlemail.com"),
    "microsoft": ("hotmail.*", "outlook.*", "live.*", "msn.com", "passport.com"),
    "yahoo": ("yahoo.*", "ymail.com", "rocketmail.com", "aol.*", "aim.com", "verizon.net"),
    "apple": ("icloud.com", "me.com", "mac.com"),
}
OTHERS = "others"

_WARM_UP_DAYS = 42
_WARM_UP_FROM, _WARM_UP_TO = 200, 200_000
_SLOWEST_PER_S = 0.1
_STUCK_S = 2.0
_REGAINED_A_MINUTE = 1.1
_LONGEST_RETRY_S = 3600.0
_LONGEST_REST_S = 60.0
# A receiver counts as refusing everybody once it refused this share of at least so many.
_REFUSING_SHARE, _REFUSING_LEAST = 0.5, 20
_REFUSED_REST_S = 1800.0
# A relay that takes nothing of so many in a row, for so many domains, has something against us.
_IN_A_ROW, _OF_DOMAINS = 20, 4


def group_of(domain: str) -> str:
    """Return the group of receivers that a domain belongs to, such as "gmail"."""
    name = domain.lower().rstrip(".")
    return _BY_DOMAIN.get(name) or _BY_STEM.get(name.partition(".")[0], OTHERS)


_BY_DOMAIN = {
    domain: group for group, domains in _GROUPS.items() for domain in domains if "*" not in domain
}
_BY_STEM = {
    domain.removesuffix(".*"): group
    for group, domains in _GROUPS.items()
    for domain in domains
    if "*" in domain
}


def warm_up_limit(began_on: date, today: date) -> int | None:
    """Return how many messages a new relay may be given today; None once it is warm.

    From 200 to 200,000 over six weeks, each day the same factor more.
    """
    day = (today - began_on).days
    if day >= _WARM_UP_DAYS:
        return None
    if day < 0:
        return 0
    return round(_WARM_UP_FROM * (_WARM_UP_TO / _WARM_UP_FROM) ** (day / _WARM_UP_DAYS))


def retry_delay_s(attempts: int, first_s: float, chance: float) -> float:
    """Return how long to wait after a number of attempts: twice as long each time, an hour at most.

    ``chance`` (0 to 1) spreads it by half in both directions, so that not all come at once.
    """
    delay = min(first_s * 2 ** min(attempts - 1, 20), _LONGEST_RETRY_S)
    return min(delay * (0.5 + chance), _LONGEST_RETRY_S)


@dataclass(slots=True)
class Bucket:
    """At most ``rate_per_s`` in a second; 0 is no limit."""

    rate_per_s: float
    _tokens: float = 1.0
    _filled_at: float = 0.0

    def wait_s(self, now: float) -> float:
        """Return how long to wait before one more may go; 0 is now."""
        if not self.rate_per_s:
            return 0.0
        self._fill(now)
        return max(0.0, (1.0 - self._tokens) / self.rate_per_s)

    def take(self, now: float) -> None:
        """Let one go."""
        if self.rate_per_s:
            self._fill(now)
            self._tokens -= 1.0

    def _fill(self, now: float) -> None:
        # A tenth of a second's worth may go at once.
        most = max(1.0, self.rate_per_s / 10)
        self._tokens = min(most, self._tokens + (now - self._filled_at) * self.rate_per_s)
        self._filled_at = now


@dataclass(slots=True)
class Brake:
    """Half as fast when somebody asks for less, a tenth faster each minute that nobody does."""

    bucket: Bucket = field(default_factory=lambda: Bucket(0.0))
    _seen: int = 0
    _since: float = 0.0
    _eased_at: float = 0.0
    _ceiling: float = 0.0

    def wait_s(self, now: float) -> float:
        """Return how long to wait before one more may go."""
        self._ease(now)
        return self.bucket.wait_s(now)

    def take(self, now: float) -> None:
        """Note that one goes."""
        if now - self._since > 60 or not self._seen:
            self._seen, self._since = 0, now
        self._seen += 1
        self.bucket.take(now)

    def slow_down(self, now: float) -> None:
        """Halve the rate; what is under way may be refused too, so at most once a second."""
        if self.bucket.rate_per_s and now - self._eased_at < 1:
            return
        speed = self.bucket.rate_per_s or self._seen / max(1.0, now - self._since)
        self._ceiling = max(self._ceiling, speed)
        self.bucket = Bucket(max(_SLOWEST_PER_S, speed / 2), 0.0, now)
        self._eased_at = now

    @property
    def is_on(self) -> bool:
        """Whether it goes slower than it could."""
        return bool(self.bucket.rate_per_s)

    def _ease(self, now: float) -> None:
        while self.bucket.rate_per_s and now - self._eased_at >= 60:
            self._eased_at += 60
            faster = self.bucket.rate_per_s * _REGAINED_A_MINUTE
            self.bucket.rate_per_s = 0.0 if faster >= 2 * self._ceiling else faster


@dataclass(slots=True)
class Refusals:
    """Whether a group of receivers refuses everybody for policy (5.7.x)."""

    asked: int = 0
    refused: int = 0
    rests_until: float = 0.0

    def note(self, is_policy: bool, now: float) -> bool:
        """Count one answer; return whether this one made the group rest."""
        self.asked += 1
        self.refused += is_policy
        if self.asked < _REFUSING_LEAST or self.refused < self.asked * _REFUSING_SHARE:
            return False
        self.asked = self.refused = 0
        self.rests_until = now + _REFUSED_REST_S
        return True


@dataclass(frozen=True, slots=True)
class Terms:
    """What a relay was agreed to carry."""

    name: str
    weight: int = 1
    rate_per_s: float = 0.0
    connections: int = 10
    messages_per_connection: int = 100
    warm_up: date | None = None


@dataclass(slots=True)
class RelayPace:
    """What one relay may be given now."""

    terms: Terms
    left_today: int | None = None
    given: int = 0
    share: float = 0.0
    busy: int = 0
    failures: int = 0
    drops: int = 0
    refusals: int = 0
    refused_for: set[str] = field(default_factory=set)
    rests_until: float = 0.0
    trouble: str = ""
    alarms: list[str] = field(default_factory=list)
    _taken_at: float = 0.0
    _rate: Bucket = field(init=False)
    _whole: Brake = field(default_factory=Brake)
    _groups: dict[str, Brake] = field(default_factory=dict)
    _refusals: dict[str, Refusals] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._rate = Bucket(self.terms.rate_per_s)

    def is_usable(self, now: float) -> bool:
        """Say whether it may be given anything at all."""
        return now >= self.rests_until and self.left_today != 0

    def wait_s(self, now: float) -> float:
        """Return how long the relay itself wants one to wait, whoever is written to."""
        resting = self.rests_until - now
        return max(0.0, resting, self._rate.wait_s(now), self._whole.wait_s(now))

    def group_wait_s(self, group: str, now: float) -> float:
        """Return how long one must wait before writing to a group of receivers through it."""
        brake, refusals = self._groups.get(group), self._refusals.get(group)
        resting = refusals.rests_until - now if refusals else 0.0
        return max(0.0, resting, brake.wait_s(now) if brake else 0.0)

    def is_ready_for(self, group: str, now: float) -> bool:
        """Say whether it takes messages to a group now, and is not stuck with those that it has."""
        is_stuck = self.busy >= self.terms.connections and now - self._taken_at > _STUCK_S
        is_usable = self.is_usable(now) and not self.wait_s(now)
        return is_usable and not is_stuck and not self.group_wait_s(group, now)

    def take(self, group: str, now: float) -> None:
        """Note that a message to a group goes to it; `done` follows when it is over."""
        self.given += 1
        self.share += 1 / self.terms.weight
        self.busy += 1
        self._taken_at = now
        if self.left_today is not None:
            self.left_today -= 1
        self._rate.take(now)
        self._whole.take(now)
        self._brake(group).take(now)

    def done(self, *, went: bool = True) -> None:
        """Note that a message is over, or that it did not go after all."""
        self.busy -= 1
        if not went:
            self.given -= 1
            self.share -= 1 / self.terms.weight
            if self.left_today is not None:
                self.left_today += 1

    def answered(self, reply: Reply, group: str, now: float) -> bool:
        """Learn from an answer; return whether a group was just found to refuse everybody.

        Those who act as one can be; the others cannot.
        """
        if reply.slows_down:
            # Before a reader was named it can only mean ourselves.
            is_general = reply.stage in {Stage.CONNECT, Stage.MAIL}
            (self._whole if is_general else self._brake(group)).slow_down(now)
        else:
            self.failures, self.drops, self.trouble = 0, 0, ""
        if reply.is_ok:
            self.refusals = 0
            self.refused_for.clear()
        if group == OTHERS:
            # They have nothing in common: what some say is no word about the rest.
            return False
        refuses_all = self._refusals.setdefault(group, Refusals()).note(_refuses_us(reply), now)
        if refuses_all:
            self.alarms.append(f"{group} refuses everybody: {reply}")
        return refuses_all

    def slowed(self) -> list[str]:
        """Return the groups of receivers that are written to more slowly than could be."""
        groups = [group for group, brake in self._groups.items() if brake.is_on]
        return ["all", *groups] if self._whole.is_on else groups

    def unreachable(self, why: str, now: float, chance: float, reply: Reply | None = None) -> None:
        """Let it rest after it could not be used: a second at first, a minute at most.

        What fails while it rests had begun before, and is the same trouble. ``reply`` is what it
        said instead of letting us in: where that asks for less, all goes at half the pace, once
        until it lets us in again.
        """
        self.trouble = why
        if now < self.rests_until:
            return
        if reply is not None and reply.slows_down and not self.failures:
            self._whole.slow_down(now)
        self.failures += 1
        rest = min(2.0 ** min(self.failures - 1, 10), _LONGEST_REST_S)
        self.rests_until = now + rest * (0.5 + chance / 2)

    def dropped(self, why: str, now: float, chance: float) -> None:
        """Note a connection that broke; one may, several in a row mean trouble."""
        self.drops += 1
        if self.drops > self.terms.connections:
            self.drops = 0
            self.unreachable(why, now, chance)

    def refused(self, why: str, domain: str, now: float, chance: float) -> None:
        """Note a refusal that is about us, of mail to a domain.

        After a row of them, whoever they were for, it rests, a minute at most.
        """
        self.refusals += 1
        self.refused_for.add(domain)
        if self.refusals >= _IN_A_ROW and len(self.refused_for) >= _OF_DOMAINS:
            self.trouble = why
            rest = min(2.0 ** min(self.refusals - _IN_A_ROW, 10), _LONGEST_REST_S)
            self.rests_until = max(self.rests_until, now + rest * (0.5 + chance / 2))

    def _brake(self, group: str) -> Brake:
        return self._groups.setdefault(group, Brake())


def _refuses_us(reply: Reply) -> bool:
    """Say whether a refusal is of the sender or the content: neither says a word of the reader."""
    return reply.is_policy or (reply.is_permanent and reply.stage is Stage.DOT)


def is_turn_of(relay: RelayPace, among: list[RelayPace], group: str, now: float) -> bool:
    """Say whether a relay may take the next message to a group, beside others, by their weights.

    It may run ahead by one message for each of its connections. Others count only while they can
    carry something; what they cannot, the rest carry, and they do not owe it later.
    """
    is_turn = True
    for each in among:
        if each is relay:
            continue
        if each.is_ready_for(group, now):
            ahead = relay.terms.connections / relay.terms.weight
            is_turn = is_turn and relay.share < each.share + ahead
        else:
            each.share = max(each.share, relay.share)
    return is_turn
