"""How long the next try has to wait after so many that failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

# Nothing that is known of a network is kept longer.
LONGEST_MEMORY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """`free` tries cost nothing; each further one doubles the wait, up to `longest`."""

    free: int
    longest: timedelta
    memory: timedelta = LONGEST_MEMORY


# One account, from one network: somebody who guesses, or who has forgotten.
ACCOUNT_AND_NETWORK = Pace(free=2, longest=timedelta(minutes=5))
# One network, whatever the account: many people behind one address, or one who tries them all.
NETWORK = Pace(free=30, longest=timedelta(minutes=1), memory=timedelta(hours=1))
# The codes of one account, from wherever: only who has its password comes so far.
CODES_OF_ACCOUNT = Pace(free=30, longest=timedelta(seconds=30))


def wait_after(failures: int, pace: Pace) -> timedelta:
    """Return how long to wait after the `failures`-th failure."""
    beyond = failures - pace.free
    if beyond <= 0:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(beyond, 20)), pace.longest)
