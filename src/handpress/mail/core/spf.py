"""SPF (RFC 7208): what a domain says about who may send for it, and what reading that costs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from handpress.mail.core.records import Dns, of_version

MOST_LOOKUPS = 10
MOST_VOID = 2
_MOST_STEPS = 60
_TERM = re.compile(r"([+?~-]?)([a-z0-9]+)(?:[:/=](.*))?", re.IGNORECASE)
_COSTLY = {"include", "a", "mx", "ptr", "exists", "redirect"}
_KNOWN = {*_COSTLY, "all", "ip4", "ip6", "exp"}

Network = IPv4Network | IPv6Network


@dataclass(slots=True)
class Spf:
    """What was found. ``networks`` may send, and who is in ``includes``, the names of records.

    ``last`` is the qualifier of ``all`` or empty.
    """

    records: list[str] = field(default_factory=list)
    lookups: int = 0
    void: int = 0
    last: str = ""
    networks: list[Network] = field(default_factory=list)
    includes: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    _steps: int = 0

    def allows(self, address: str) -> bool:
        """Say whether mail from an address passes."""
        one = ip_address(address)
        return self.last == "+" or any(one in each for each in self.networks)


def read_spf(domain: str, dns: Dns) -> Spf:
    """Read the SPF record of a domain with all that it includes; raise DnsTrouble."""
    spf = Spf()
    spf.records = of_version(dns.txt(domain), "v=spf1")
    if len(spf.records) == 1:
        _read(spf, domain, spf.records[0], dns, is_first=True, above=(domain,))
    return spf


def _read(
    spf: Spf, domain: str, record: str, dns: Dns, *, is_first: bool, above: tuple[str, ...]
) -> None:
    for term in record.split()[1:]:
        spf._steps += 1
        found = _TERM.fullmatch(term)
        if found is None or found[2].lower() not in _KNOWN:
            spf.faults.append(f"“{term[:60]}” in the record of {domain} means nothing")
            continue
        if spf._steps > _MOST_STEPS:
            return
        name, value = found[2].lower(), found[3] or ""
        spf.lookups += name in _COSTLY
        if name == "all":
            if is_first:
                spf.last = found[1] or "+"
            return
        _apply(spf, domain, name, value, found[1] or "+", term, dns, is_first, above)


def _apply(
    spf: Spf,
    domain: str,
    name: str,
    value: str,
    qualifier: str,
    term: str,
    dns: Dns,
    is_first: bool,
    above: tuple[str, ...],
) -> None:
    if name in ("ip4", "ip6"):
        _add(spf, value, qualifier, term)
    elif name in ("include", "redirect"):
        inner = value.lower().rstrip(".")
        if "%" in inner:
            return
        if inner in above:
            spf.faults.append(f"{inner} includes itself")
            return
        records = of_version(dns.txt(inner), "v=spf1")
        if len(records) != 1:
            spf.void += not records
            spf.faults.append(f"{inner} has {'no' if not records else 'several'} SPF records")
            return
        is_last = is_first and name == "redirect"
        networks, includes = len(spf.networks), set(spf.includes)
        _read(spf, inner, records[0], dns, is_first=is_last, above=(*above, inner))
        if qualifier == "+":
            spf.includes.add(inner)
        else:
            # What it lets pass there does not pass here.
            del spf.networks[networks:]
            spf.includes = includes
    elif name in ("a", "mx"):
        host, _, size = value.partition("/")
        hosts = [host or domain]
        if name == "mx":
            hosts = [each for _, each in dns.mx(host or domain)][:10]
        found = [address for each in hosts for address in dns.addresses(each)]
        spf.void += not found
        for address in found:
            _add(spf, f"{address}/{size}" if size.isdecimal() else address, qualifier, term)
    elif name == "ptr":
        spf.faults.append("“ptr” must not be used any more")


def _add(spf: Spf, text: str, qualifier: str, term: str) -> None:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        spf.faults.append(f"“{term[:60]}” is no network")
        return
    if qualifier == "+":
        spf.networks.append(network)
