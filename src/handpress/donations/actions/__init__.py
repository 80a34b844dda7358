from handpress.donations.actions.campaigns import adopt_appeal, run_campaigns
from handpress.donations.actions.donors import facts_of, keep_donor
from handpress.donations.actions.erasing import erase_again, erase_donor
from handpress.donations.actions.gifts import (
    Gift,
    bounce_cheque,
    left_of_gift,
    record_gift,
    record_named_gift,
    refund_gift,
    steps_on,
    undo,
)
from handpress.donations.actions.ledger import AlreadyBooked
from handpress.donations.actions.pledges import NotOpen, is_open, promise_gift
from handpress.donations.actions.sponsors import adopt_settings, resume_sponsor, suspend_sponsor

__all__ = [
    "AlreadyBooked",
    "Gift",
    "NotOpen",
    "adopt_appeal",
    "adopt_settings",
    "bounce_cheque",
    "erase_again",
    "erase_donor",
    "facts_of",
    "is_open",
    "keep_donor",
    "left_of_gift",
    "promise_gift",
    "record_gift",
    "record_named_gift",
    "refund_gift",
    "resume_sponsor",
    "run_campaigns",
    "steps_on",
    "suspend_sponsor",
    "undo",
]
