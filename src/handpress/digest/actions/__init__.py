"""Writes of the digest: one function, one use case, one transaction."""

from handpress.digest.actions.data import erase_reader, send_data_link
from handpress.digest.actions.keeping import ReaderKeeper
from handpress.digest.actions.pitch import adopt_pitch
from handpress.digest.actions.reach import mark_reachable, mark_unreachable
from handpress.digest.actions.readers import (
    Preferences,
    forget_unconfirmed,
    leave,
    save_preferences,
    wake_paused,
)
from handpress.digest.actions.signing_up import Confirmed, SignUp, ask_to_read, confirm

__all__ = [
    "Confirmed",
    "Preferences",
    "ReaderKeeper",
    "SignUp",
    "adopt_pitch",
    "ask_to_read",
    "confirm",
    "erase_reader",
    "forget_unconfirmed",
    "leave",
    "mark_reachable",
    "mark_unreachable",
    "save_preferences",
    "send_data_link",
    "wake_paused",
]
