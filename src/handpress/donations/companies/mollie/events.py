"""What Mollie sends when something about a payment changed: its name, and nothing else.

It is not signed, so it is a reason to ask and no more (docs.mollie.com/reference/webhooks). The
same name comes again for a refund or a chargeback months later, so the name alone cannot be the
event's: the minute stands beside it. However often a name is sent within a minute, it is looked up
once; in the next minute it is looked up again. A change that Mollie tells within the same minute
after the look is found by the next look at the attempt, or by the nightly comparison.
"""

from __future__ import annotations

import re
from datetime import datetime

from handpress.donations.companies.contract import EventTold
from handpress.donations.companies.errors import Forged

_HINT = re.compile(rb"id=(tr_[0-9A-Za-z]{4,60})")
_BUCKET_S = 60


def read_hint(body: bytes, now: datetime) -> EventTold:
    """Return what a hint is about; raises `Forged` for whatever is not exactly one name."""
    found = _HINT.fullmatch(body)
    if not found:
        raise Forged("It does not name one payment.")
    name = found[1].decode("ascii")
    bucket = int(now.timestamp()) // _BUCKET_S
    return EventTold(event_id=f"{name}@{bucket}", remote_id=name, kind="payment")
