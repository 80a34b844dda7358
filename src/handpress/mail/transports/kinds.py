"""Which way a relay of the settings is spoken with."""

from __future__ import annotations

from typing import Protocol

from django.conf import settings

from handpress.conf import RelaySettings
from handpress.mail.envelopes import hello_name
from handpress.mail.smtp import SmtpRelay
from handpress.mail.transports import Transport
from handpress.mail.transports.outbox import OutboxRelay

OUTBOX = "outbox"


class Connector(Protocol):
    """Opens connections to one relay; raises `CannotConnect` or another `NotSent`."""

    async def connect(self) -> Transport: ...


def connector(relay: RelaySettings | None) -> Connector:
    """Return what opens connections to a relay; None is the outbox of a newsroom without any."""
    if relay is None:
        return OutboxRelay(settings.HANDPRESS.var_folder / OUTBOX)
    if relay.kind == "anymail":
        from handpress.mail.transports.anymail import CompanyRelay

        return CompanyRelay(relay)
    return SmtpRelay(
        host=relay.host,
        port=relay.port_in_use,
        security=relay.security,
        user=relay.user,
        password=relay.password,
        hello_name=hello_name(),
    )
