"""SPF (RFC 7208): what a domain says about who may send for it, and what reading that costs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from handpress.mail.core.records import Dns, of_version

MOST_LOOKUPS = 10
MOST_VOID = 2
_MOST_STEPS = 60
_TERM = re.compile(r"([+?~-]?)([a-z0-9]+)(?:[:=](.*)|(/.*))?", re.IGNORECASE)
_SIZES = re.compile(r"(.*?)(?:/(\d+))?(?://(\d+))?")
_COSTLY = {"include", "a", "mx", "ptr", "exists", "redirect"}
_KNOWN = {*_COSTLY, "all", "ip4", "ip6", "exp"}

Network = IPv4Network | IPv6Network


@dataclass(slots=True)
class Spf:
    """What was found. ``networks`` may send, and who is in ``includes``, the names of records.

    ``last`` is the qualifier of ``all`` or empty; ``useless`` are terms of the record itself that
    let nobody send; ``is_led_on`` says that another record goes on where it ends.
    """

    records: list[str] = field(default_factory=list)
    lookups: int = 0
    void: int = 0
    last: str = ""
    networks: list[Network] = field(default_factory=list)
    includes: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    useless: set[str] = field(default_factory=set)
    is_led_on: bool = False
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
    terms = record.split()[1:]
    # Another record is led on to last, and only where this one does not end by itself (6.1).
    ends = any(re.fullmatch(r"[+?~-]?all", term, re.IGNORECASE) for term in terms)
    for term in sorted(terms, key=_is_redirect):
        spf._steps += 1
        is_of_use = True
        found = _TERM.fullmatch(term)
        if found is None or found[2].lower() not in _KNOWN:
            spf.faults.append(f"“{term[:60]}” in the record of {domain} means nothing")
            is_of_use = False
        elif spf._steps > _MOST_STEPS or (_is_redirect(term) and ends):
            return
        else:
            name, value = found[2].lower(), found[3] or found[4] or ""
            spf.lookups += name in _COSTLY
            if name == "all":
                if is_first:
                    spf.last = found[1] or "+"
                return
            is_of_use = _apply(
                spf, domain, name, value, found[1] or "+", term, dns, is_first, above
            )
            spf.is_led_on |= is_first and name == "redirect" and is_of_use
        if len(above) == 1 and not is_of_use:
            spf.useless.add(term)


def _is_redirect(term: str) -> bool:
    return term.lower().startswith("redirect=")


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
) -> bool:
    """Take over what one term says; say whether it is of any use, whatever is wrong below it."""
    if name in ("ip4", "ip6"):
        return _add(spf, value, qualifier, term)
    elif name in ("include", "redirect"):
        inner = value.lower().rstrip(".")
        if "%" in inner:
            return True
        if inner in above:
            spf.faults.append(f"{inner} includes itself")
            return False
        records = of_version(dns.txt(inner), "v=spf1")
        if len(records) != 1:
            spf.void += not records
            spf.faults.append(f"{inner} has {'no' if not records else 'several'} SPF records")
            return False
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
        parts = _SIZES.fullmatch(value)
        host, *sizes = parts.groups() if parts else (value, None, None)
        hosts = [host or domain]
        if name == "mx":
            hosts = [each for _, each in dns.mx(host or domain)][:10]
        found = [address for each in hosts for address in dns.addresses(each)]
        spf.void += not found
        for address in found:
            size = sizes[":" in address]
            _add(spf, f"{address}/{size}" if size else address, qualifier, term)
        return bool(found)
    elif name == "ptr":
        spf.faults.append("“ptr” must not be used any more")
        return False
    return True


def _add(spf: Spf, text: str, qualifier: str, term: str) -> bool:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        spf.faults.append(f"“{term[:60]}” is no network")
        return False
    if qualifier == "+":
        spf.networks.append(network)
    return True
