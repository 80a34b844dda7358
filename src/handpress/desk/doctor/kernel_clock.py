"""Whether something keeps the clock right, as the kernel knows it: no network is asked.

On Linux, `adjtimex(2)` tells it to anybody. A container has the clock of its host.
"""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass

from handpress.lib.findings import Finding

_UNSYNCHRONISED = 0x40
# From here on the kernel gives up: what compared the clock last did so nine hours ago, or never.
_GIVEN_UP_S = 16.0
# It lets the error grow by 500 millionths, so that this is after four hours without a comparison.
_LONG_AGO_S = 8.0
_WHOLE_TIMEX_OCTETS = 512

_MEND = (
    "Let a program keep it right: apt install systemd-timesyncd, then timedatectl set-ntp true; or "
    "apt install chrony. In a container, do so on its host."
)


class _Timex(ctypes.Structure):
    """The beginning of the kernel's ``struct timex``; the rest is room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * _WHOLE_TIMEX_OCTETS),
    )


@dataclass(frozen=True, slots=True)
class KernelClock:
    """What the kernel knows of its clock; the errors are at most, and about, in seconds."""

    is_synchronised: bool
    max_error_s: float
    estimated_error_s: float


def read_kernel_clock() -> KernelClock | None:
    """Return what the kernel knows, or None where it is not Linux or does not say."""
    if not sys.platform.startswith("linux"):
        return None
    timex = _Timex()
    try:
        adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
    adjtimex.argtypes, adjtimex.restype = (ctypes.c_void_p,), ctypes.c_int
    # With no mode set, nothing is changed.
    if adjtimex(ctypes.byref(timex)) < 0:
        return None
    return KernelClock(
        is_synchronised=not timex.status & _UNSYNCHRONISED,
        max_error_s=timex.maxerror / 1_000_000,
        estimated_error_s=timex.esterror / 1_000_000,
    )


def judge_kept(known: KernelClock | None) -> Finding:
    """Return the finding for what the kernel knows.

    chrony leaves the kernel's mark alone unless it is told otherwise (``rtcsync``), but not the
    errors: a small one is proof enough.
    """
    if known is None:
        what = "whether anything keeps it right cannot be told on this system."
        return Finding("clock", "ok", what)
    if not known.is_synchronised and known.max_error_s >= _GIVEN_UP_S:
        what = "nothing keeps it right, as far as the kernel knows; clocks drift by seconds a day."
        return Finding("clock", "warn", what, _MEND)
    if known.max_error_s >= _LONG_AGO_S:
        what = (
            "nothing has compared it with others for hours: the kernel says that it may be wrong by"
            f" {known.max_error_s:.0f} s."
        )
        mend = "See what stops it: timedatectl timesync-status, or chronyc tracking."
        return Finding("clock", "warn", what, mend)
    within = max(known.max_error_s, known.estimated_error_s)
    return Finding("clock", "ok", f"it is kept right, to within {_words(within)}.")


def _words(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{max(1, round(seconds * 1000))} ms"
