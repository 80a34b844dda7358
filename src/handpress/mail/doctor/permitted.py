"""Whether the relays are permitted to send for the domain in the return path: SPF (RFC 7208)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_address

from handpress.lib.findings import Finding, State
from handpress.mail.core.records import Record
from handpress.mail.core.spf import MOST_LOOKUPS, MOST_VOID, Network, Spf, read_spf
from handpress.mail.doctor.asking import Asking
from handpress.mail.doctor.findings import MailFinding, publish
from handpress.mail.doctor.sending import Sender

_ENDS = re.compile(r"[+?~-]?all", re.IGNORECASE)
# What each company wants included, as its own documentation says. Of the others it differs from
# customer to customer, or is not published.
_INCLUDES = {
    "brevo": "spf.brevo.com",
    "mailersend": "_spf.mailersend.net",
    "mailgun": "mailgun.org",
    "mailjet": "spf.mailjet.com",
    "mandrill": "spf.mandrillapp.com",
    "postmark": "spf.mtasv.net",
    "resend": "amazonses.com",
    "scaleway": "_spf.tem.scaleway.com",
    "sparkpost": "sparkpostmail.com",
}


def check_spf(sender: Sender, asking: Asking) -> Iterator[Finding]:
    """Look at the SPF record of the domain in the return path."""
    domain = sender.bounce_domain
    spf = read_spf(domain, asking.dns)
    if not spf.records:
        what = f"{domain} does not say who may send for it."
        yield _to_publish("fail", what, sender, asking)
        return
    if len(spf.records) > 1:
        what = f"{domain} has {len(spf.records)} SPF records, which counts as none."
        yield _to_publish("fail", what, sender, asking, spf)
        return
    problems = list(_problems(domain, spf))
    for state, what in problems:
        yield _to_publish(state, what, sender, asking, spf)
    shut_out = list(_shut_out(sender, spf, asking))
    yield from shut_out
    if spf.lookups > MOST_LOOKUPS:
        what = f"reading the record of {domain} takes {spf.lookups} look-ups; receivers stop at 10."
        yield _too_long(what, sender, asking)
    elif not (problems or shut_out):
        what = f"{domain}: {spf.records[0]} ({spf.lookups} look-ups of 10)."
        yield Finding("SPF", "ok", what, _to_be_seen(sender))


def _problems(domain: str, spf: Spf) -> Iterator[tuple[State, str]]:
    if spf.last == "+":
        yield "fail", f"{domain} lets everybody send for it (“+all”)."
    if spf.void > MOST_VOID:
        yield "fail", f"{spf.void} names in the record of {domain} do not exist; at most 2 may."
    for fault in spf.faults[:5]:
        yield "warn", f"{fault}."
    if spf.last in ("", "?") and "redirect=" not in spf.records[0]:
        yield "warn", f"the record of {domain} does not end in “-all” or “~all”."


def _shut_out(sender: Sender, spf: Spf, asking: Asking) -> Iterator[Finding]:
    """Yield what says that relays of ours are none of those who may send."""
    domain, record = sender.bounce_domain, spf.records[0]
    addresses, companies = _missing(sender, spf, asking)
    mended = Record(domain, "TXT", _mended(sender, spf, asking))
    if addresses:
        what = f"{domain} does not let {', '.join(addresses[:3])} send, where a relay of yours is."
        if any(each.is_loopback for each in sender.relays):
            what += " Where the one on this machine hands on to another, that one counts instead."
        yield publish("SPF", "warn", what, mended, instead=True)
    if companies:
        what = f"{domain} does not let {', '.join(companies)} send, which carries your mail."
        yield publish("SPF", "warn", what, mended, instead=True)
    if _unknown(sender) and not spf.includes:
        what = f"{domain} names no company, and {', '.join(_unknown(sender))} carries your mail."
        yield Finding("SPF", "warn", what, _ask(sender, record))


def _missing(sender: Sender, spf: Spf, asking: Asking) -> tuple[list[str], list[str]]:
    """Return the addresses of relays, and the companies, that a record does not let send."""
    addresses = [each for each in _own_addresses(sender, asking) if not spf.allows(each)]
    companies = [each for each in _known(sender) if not _covers(spf, _INCLUDES[each], asking)]
    return addresses, companies


def _mended(sender: Sender, spf: Spf, asking: Asking) -> str:
    """Return what stands there with what is missing, without what is no use.

    Nobody who may send today is shut out: it may be the house that carries the newsroom's letters.
    """
    addresses, companies = _missing(sender, spf, asking)
    terms = [f"include:{_INCLUDES[each]}" for each in companies]
    terms += [_network(each) for each in addresses]
    there = [term for record in spf.records for term in record.split()[1:]]
    kept = [term for term in there if term not in spf.useless and not _ENDS.fullmatch(term)]
    if spf.is_led_on and len(spf.records) == 1:
        return " ".join(["v=spf1", *terms, *kept])
    is_closed = all(record.lower().split()[-1] == "-all" for record in spf.records)
    return " ".join(["v=spf1", *dict.fromkeys([*terms, *kept]), "-all" if is_closed else "~all"])


def _too_long(what: str, sender: Sender, asking: Asking) -> Finding:
    """Return how mail gets out of a record that others fill: by a domain of its own."""
    if sender.bounce_domain != sender.from_domain:
        record = Record(sender.bounce_domain, "TXT", _wanted(sender, asking))
        return publish("SPF", "fail", what, record, instead=True)
    own = f"bounces.{sender.from_domain}"
    record = Record(own, "TXT", _wanted(replace(sender, bounce_domain=own), asking))
    mend = f'Write bounce_domain = "{own}" under [mail] in handpress.toml, and publish: {record}'
    return MailFinding("SPF", "fail", what, mend, record)


def _covers(spf: Spf, include: str, asking: Asking) -> bool:
    """Say whether a record lets a company send: by its include, or by each of its networks."""
    if include in spf.includes or spf.last == "+":
        return True
    theirs = read_spf(include, asking.dns).networks
    return bool(theirs) and all(any(_within(one, each) for each in spf.networks) for one in theirs)


def _within(one: Network, other: Network) -> bool:
    if isinstance(one, IPv4Network) and isinstance(other, IPv4Network):
        return one.subnet_of(other)
    if isinstance(one, IPv6Network) and isinstance(other, IPv6Network):
        return one.subnet_of(other)
    return False


def _known(sender: Sender) -> list[str]:
    return [each for each in _companies(sender) if each in _INCLUDES]


def _unknown(sender: Sender) -> list[str]:
    return [each for each in _companies(sender) if each not in _INCLUDES]


def _companies(sender: Sender) -> list[str]:
    return list(dict.fromkeys(each.company for each in sender.relays if each.company))


def _to_publish(
    state: State, what: str, sender: Sender, asking: Asking, spf: Spf | None = None
) -> Finding:
    """Return a finding with the whole record to publish, or whom to ask for what is missing."""
    record = _mended(sender, spf, asking) if spf else _wanted(sender, asking)
    if spf and [record] == spf.records:
        mend = "That stands in a record of others: tell them, or take the term out that names it."
        return Finding("SPF", state, what, mend)
    if _unknown(sender):
        return Finding("SPF", state, what, _ask(sender, record))
    wanted = Record(sender.bounce_domain, "TXT", record)
    return publish("SPF", state, what, wanted, instead=bool(spf))


def _wanted(sender: Sender, asking: Asking) -> str:
    terms = [f"include:{_INCLUDES[each]}" for each in _known(sender)]
    terms += [_network(each) for each in _own_addresses(sender, asking)]
    is_shared = sender.bounce_domain == sender.from_domain
    if is_shared and any(host for _, host in asking.dns.mx(sender.from_domain)):
        terms.append("mx")
    if _unknown(sender) or is_shared:
        # Whoever is not named yet must not be shut out, nor who carries the newsroom's letters.
        return " ".join(["v=spf1", *dict.fromkeys(terms), "~all"])
    return " ".join(["v=spf1", *(dict.fromkeys(terms) or ["mx"]), "-all"])


def _ask(sender: Sender, record: str) -> str:
    names = " and ".join(_unknown(sender))
    soft = record.removesuffix("-all") + "~all" if record.endswith("-all") else record
    shown = Record(sender.bounce_domain, "TXT", _with_terms(soft, ["include:WHAT-THEY-SAY"]))
    return f"Ask {names} for its include, and publish with it: {shown}"


def _to_be_seen(sender: Sender) -> str:
    names = ", ".join(_unknown(sender))
    return f"See that it has the include that {names} asks for." if names else ""


def _with_terms(record: str, terms: list[str]) -> str:
    first, *rest = record.split()
    return " ".join([first, *terms, *rest])


def _own_addresses(sender: Sender, asking: Asking) -> list[str]:
    """Return the public addresses of relays that are servers, in order."""
    found = [
        address
        for relay in sender.relays
        if relay.kind == "smtp"
        for address in (asking.own() if relay.is_loopback else asking.addresses(relay.host))
    ]
    return [each for each in dict.fromkeys(found) if ip_address(each).is_global]


def _network(address: str) -> str:
    return f"ip{ip_address(address).version}:{address}"
