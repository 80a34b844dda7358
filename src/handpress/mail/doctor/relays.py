"""The servers that carry mail: their names both ways, and whether they encrypt."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from handpress.lib.findings import Finding
from handpress.mail.core.records import Record
from handpress.mail.doctor.asking import Asking, FetchTrouble
from handpress.mail.doctor.findings import publish
from handpress.mail.doctor.sending import Sender

_SOON_DAYS = 14


def check_reverse_names(sender: Sender, asking: Asking) -> Iterator[Finding]:
    """Look whether each relay's address has a name that leads back to it."""
    servers = [each for each in sender.relays if each.kind == "smtp" and not each.is_loopback]
    if not servers:
        what = "no relay of yours has a public address to look at."
        yield Finding("reverse names", "ok", what)
    for relay in servers:
        addresses = asking.dns.addresses(relay.host)
        if not addresses:
            what = f"{relay.host}, the relay {relay.name}, has no address."
            yield Finding("reverse names", "fail", what, "Correct its host in handpress.toml.")
        for address in addresses:
            yield _judge_names(relay.host, address, asking)


def _judge_names(host: str, address: str, asking: Asking) -> Finding:
    names = asking.dns.names(address)
    record = Record(ip_address(address).reverse_pointer, "PTR", f"{host}.")
    if not names:
        what = f"{address} ({host}) has no name; large receivers refuse mail from such addresses."
        return publish("reverse names", "warn", what, record)
    for name in names:
        if address in asking.dns.addresses(name):
            return Finding("reverse names", "ok", f"{address} is {name.rstrip('.')}, both ways.")
    what = f"{address} is called {names[0].rstrip('.')}, which does not lead back to it."
    return publish("reverse names", "warn", what, record, instead=True)


def check_encryption(sender: Sender, asking: Asking) -> Iterator[Finding]:
    """Look whether each relay proves its name and speaks to us encrypted."""
    for relay in sender.relays:
        if relay.kind != "smtp":
            continue
        if relay.security == "none":
            what = f"the relay {relay.name} is on this machine; nothing travels."
            yield Finding("encryption", "ok", what)
            continue
        try:
            days = asking.greet(relay)
        except FetchTrouble as trouble:
            what = f"the relay {relay.name} ({relay.host}:{relay.port_in_use}): {trouble}."
            mend = "Correct host, port or security in handpress.toml, or let it be mended there."
            yield Finding("encryption", "fail", what, mend)
            continue
        if days < _SOON_DAYS:
            what = f"the certificate of {relay.host} ends in {days} days."
            yield Finding("encryption", "warn", what, "Let whoever runs it renew it.")
        else:
            yield Finding("encryption", "ok", f"{relay.host} proves its name and encrypts.")
