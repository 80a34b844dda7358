"""Whether what comes back comes home: MX, MTA-STS and TLS reports of the bounce domain."""

from __future__ import annotations

from collections.abc import Iterator

from handpress.lib.findings import Finding, State
from handpress.mail.core.records import Record, of_version, read_tags
from handpress.mail.doctor.asking import Asking, FetchTrouble
from handpress.mail.doctor.findings import publish
from handpress.mail.doctor.sending import Sender

_DAY_S = 86_400


def check_mx(sender: Sender, asking: Asking) -> Iterator[Finding]:
    """Look whether bounces have anywhere to go."""
    domain = sender.bounce_domain
    found = asking.dns.mx(domain)
    hosts = [host.rstrip(".") for _, host in sorted(found)]
    wanted = Record(domain, "MX", f"10 mail.{sender.from_domain}.")
    if found and not any(hosts):
        what = f"{domain} says that it takes no mail: bounces are lost, and some receivers refuse."
        yield publish("return path", "fail", what, wanted, instead=True)
        return
    if not hosts:
        if asking.dns.addresses(domain):
            what = f"{domain} has no MX; mail goes to the host itself."
            yield publish("return path", "warn", what, wanted)
        else:
            yield publish("return path", "fail", f"nothing takes mail for {domain}.", wanted)
        return
    lost = [host for host in hosts if not asking.dns.addresses(host)]
    if lost:
        what = f"{lost[0]}, which takes mail for {domain}, has no address."
        yield Finding("return path", "fail", what, f"Give {lost[0]} an A or AAAA record.")
    else:
        yield Finding("return path", "ok", f"{domain}: {', '.join(hosts)}.")


def check_mta_sts(sender: Sender, asking: Asking) -> Iterator[Finding]:
    """Look whether others are told to hand over to the bounce domain encrypted (RFC 8461)."""
    domain = sender.bounce_domain
    name = f"_mta-sts.{domain}"
    found = of_version(asking.dns.txt(name), "v=stsv1")
    if not found:
        yield Finding("MTA-STS", "ok", f"{name} is not published; it would only protect bounces.")
        return
    url = f"https://mta-sts.{domain}/.well-known/mta-sts.txt"
    if len(found) > 1 or not read_tags(found[0]).get("id", "").isalnum():
        wanted = Record(name, "TXT", "v=STSv1; id=1")
        yield publish("MTA-STS", "fail", f"{name} cannot be read.", wanted, instead=True)
        return
    try:
        text = asking.fetch(url)
    except FetchTrouble as trouble:
        what = f"{url} could not be fetched: {trouble}."
        yield Finding("MTA-STS", "fail", what, f"Serve the policy there, or remove {name}.")
        return
    yield _judge_policy(domain, url, text, [host for _, host in asking.dns.mx(domain)])


def _judge_policy(domain: str, url: str, text: str, hosts: list[str]) -> Finding:
    lines = [line.partition(":") for line in text.splitlines()]
    pairs = [(key.strip().lower(), value.strip()) for key, _, value in lines]
    policy = dict(pairs)
    patterns = [value.lower() for key, value in pairs if key == "mx"]
    missing = [host for host in hosts if not any(_fits(host, each) for each in patterns)]
    right = "\n".join(
        [
            "version: STSv1",
            f"mode: {policy.get('mode', 'testing')}",
            *(f"mx: {host.rstrip('.')}" for host in hosts),
            "max_age: 604800",
        ]
    )
    mend = f"Serve this at {url}:\n{right}"
    if policy.get("version") != "STSv1" or policy.get("mode") not in ("none", "testing", "enforce"):
        return Finding("MTA-STS", "fail", f"{url} is no policy.", mend)
    if missing:
        state: State = "fail" if policy["mode"] == "enforce" else "warn"
        what = f"{url} leaves out {missing[0].rstrip('.')}, which takes mail for {domain}."
        return Finding("MTA-STS", state, what, mend)
    age = policy.get("max_age", "")
    if not age.isdecimal() or int(age) < _DAY_S:
        return Finding("MTA-STS", "warn", f"{url} holds for less than a day.", mend)
    return Finding("MTA-STS", "ok", f"{domain}: {policy['mode']}.")


def _fits(host: str, pattern: str) -> bool:
    host = host.lower().rstrip(".")
    if pattern.startswith("*."):
        return host.partition(".")[2] == pattern[2:]
    return host == pattern.rstrip(".")


def check_tls_reports(sender: Sender, asking: Asking) -> Iterator[Finding]:
    """Look whether somebody is told where handing over failed (RFC 8460)."""
    domain = sender.bounce_domain
    name = f"_smtp._tls.{domain}"
    found = of_version(asking.dns.txt(name), "v=tlsrptv1")
    wanted = Record(name, "TXT", f"v=TLSRPTv1; rua=mailto:tls@{sender.from_domain}")
    if not found:
        has_sts = of_version(asking.dns.txt(f"_mta-sts.{domain}"), "v=stsv1")
        if has_sts:
            what = f"{domain} asks for encryption, and nobody is told where that fails."
            yield publish("TLS reports", "warn", what, wanted)
        else:
            yield Finding("TLS reports", "ok", f"{name} is not published; nobody needs it.")
        return
    rua = read_tags(found[0]).get("rua", "")
    if len(found) > 1 or not rua.startswith(("mailto:", "https://")):
        yield publish("TLS reports", "warn", f"{name} names nobody.", wanted, instead=True)
    else:
        yield Finding("TLS reports", "ok", f"{name}: {rua}.")
