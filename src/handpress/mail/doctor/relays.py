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
    servers = [each for each in sender.relays if each.kind == "smtp"]
    looked_at = 0
    for relay in servers:
        # One on this machine sends from where the machine stands.
        host = f"mail.{sender.from_domain}" if relay.is_loopback else relay.host
        addresses = asking.own() if relay.is_loopback else asking.addresses(relay.host)
        if not addresses and not relay.is_loopback:
            what = f"{relay.host}, the relay {relay.name}, has no address."
            yield Finding("reverse names", "fail", what, "Correct its host in handpress.toml.")
            looked_at += 1
        for address in filter(_is_public, addresses):
            yield _judge_names(host, address, asking)
            looked_at += 1
    if not looked_at:
        what = "no relay of yours has a public address to look at."
        yield Finding("reverse names", "ok", what)


def _is_public(address: str) -> bool:
    return ip_address(address).is_global


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
