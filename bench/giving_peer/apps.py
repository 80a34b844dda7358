"""Sees to it that a server under measurement reaches nothing but this machine."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

from django.apps import AppConfig

COMPANY = "BENCH_COMPANY"
"""The variable with the address of the company on this machine."""


class GivingPeer(AppConfig):
    """Leads Stripe's rails to a company on this machine, and lets no connection out of it."""

    name = "giving_peer"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Change Stripe's address in this process; look at every connection that it makes."""
        from handpress.donations.companies import stripe

        bases = dict.fromkeys(stripe.KIND.bases, os.environ[COMPANY])
        stripe.KIND = replace(stripe.KIND, bases=bases)
        sys.addaudithook(_stay_here)


def _stay_here(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse what leads out of this machine (an audit hook, PEP 578)."""
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event == "socket.getaddrinfo":
        host = "127.0.0.1" if arguments[0] == "localhost" else str(arguments[0])
    else:
        return
    if not _is_here(host):
        raise PermissionError("a benchmark reaches nothing but this machine")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
