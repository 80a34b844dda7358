"""Whether receivers can see that mail is really ours: DKIM, DMARC, alignment, BIMI."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from handpress.conf import RelaySettings
from handpress.lib.findings import Finding, State
from handpress.mail.core.dkim import Signer
from handpress.mail.core.dmarc import GONE, is_aligned, read_dmarc
from handpress.mail.core.records import Record, of_version, read_tags, write_tags
from handpress.mail.doctor.asking import Asking
from handpress.mail.doctor.findings import publish

_LEAST_BITS, _GOOD_BITS = 1024, 2048


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: the domain readers see, that of the return path, relays, keys."""

    from_domain: str
    bounce_domain: str
    relays: tuple[RelaySettings, ...] = ()
    signers: tuple[Signer, ...] = ()


def check_dkim(sender: Sender, asking: Asking) -> Iterator[Finding]:
    """Look whether the keys that sign are published, strong enough, and not in test mode."""
    if not sender.signers:
        what = "Handpress signs nothing itself; the relay must, in the name of your domain."
        mend = "Make keys with `handpress digest keys`, or see a signature in a seed mailbox."
        yield Finding("DKIM", "warn", what, mend)
    for signer in sender.signers:
        yield _judge_key(signer, asking.dns.txt(signer.record_name))


def _judge_key(signer: Signer, texts: list[str]) -> Finding:
    name = signer.record_name
    wanted = Record(name, "TXT", signer.record)
    found = [each for each in texts if "p" in read_tags(each)]
    if not found:
        return publish("DKIM", "fail", f"the key {name} is not published.", wanted)
    tags = read_tags(found[0])
    if not tags["p"]:
        what = f"the key {name} is published as withdrawn."
        return publish("DKIM", "fail", what, wanted, instead=True)
    if len(found) > 1 or tags["p"] != read_tags(signer.record)["p"]:
        what = f"{name} shows another key than the one that signs."
        return publish("DKIM", "fail", what, wanted, instead=True)
    if "y" in tags.get("t", "").split(":"):
        what = f"the key {name} is in test mode (t=y): some receivers ignore it."
        return publish("DKIM", "warn", what, wanted, instead=True)
    bits = _bits(tags["p"])
    if bits and bits < _GOOD_BITS:
        state: State = "fail" if bits < _LEAST_BITS else "warn"
        what = f"the key {name} has {bits} bits; 2048 are asked for."
        return Finding("DKIM", state, what, "Make a new key beside it and publish that.")
    return Finding("DKIM", "ok", f"{name} ({signer.kind}).")


def _bits(text: str) -> int:
    """Return the size of a published RSA key; 0 for other kinds and what cannot be read."""
    try:
        key = load_der_public_key(b64decode(text))
    except (ValueError, Error, UnsupportedAlgorithm):
        return 0
    return key.key_size if isinstance(key, RSAPublicKey) else 0


def check_dmarc(sender: Sender, asking: Asking) -> Iterator[Finding]:
    """Look at the policy that holds for the domain readers see."""
    domain = sender.from_domain
    dmarc = read_dmarc(domain, asking.dns)
    if dmarc is None:
        wanted = Record(f"_dmarc.{domain}", "TXT", f"v=DMARC1; p=none; rua=mailto:dmarc@{domain}")
        what = f"{domain} has no DMARC policy; large receivers refuse mail without."
        yield publish("DMARC", "fail", what, wanted)
        return
    place = f"_dmarc.{dmarc.stands_at}"
    gone = [tag for tag in GONE if tag in dmarc.tags]
    kept = {name: value for name, value in dmarc.tags.items() if name not in gone}
    if gone:
        what = f"{place} says {', '.join(gone)}, which RFC 9989 no longer knows."
        yield publish("DMARC", "warn", what, Record(place, "TXT", write_tags(kept)), instead=True)
    if dmarc.tags.get("p", "none").lower() != dmarc.policy:
        what = f"{place} asks for p={dmarc.tags['p'][:20]}, which nobody knows."
        fixed = Record(place, "TXT", write_tags({**kept, "p": "none"}))
        yield publish("DMARC", "fail", what, fixed, instead=True)
    elif "rua" not in dmarc.tags:
        fixed = Record(place, "TXT", write_tags({**kept, "rua": f"mailto:dmarc@{domain}"}))
        what = f"{place} names nobody who gets reports: you would not see who sends as you."
        yield publish("DMARC", "warn", what, fixed, instead=True)
    elif not gone:
        soft = dmarc.policy == "none" or "y" in dmarc.tags.get("t", "")
        more = "; once reports are clean for some weeks, ask for quarantine" if soft else ""
        yield Finding("DMARC", "ok", f"{place}: p={dmarc.policy}{more}.")


def check_alignment(sender: Sender, asking: Asking) -> Iterator[Finding]:
    """Look whether the return path's domain counts as that of the sender readers see."""
    seen, back = sender.from_domain, sender.bounce_domain
    dmarc = read_dmarc(seen, asking.dns)
    is_strict = dmarc is not None and dmarc.tags.get("aspf", "r").lower() == "s"
    if is_aligned(seen, back, asking.dns, strict=is_strict):
        yield Finding("alignment", "ok", f"bounces to {back} count as {seen}.")
        return
    state: State = "warn" if sender.signers else "fail"
    what = f"bounces to {back} do not count as {seen}: SPF cannot help mail from {seen}."
    mend = f"Let bounce_domain under [mail] be a name below {seen}, such as bounces.{seen}."
    if is_strict and back.endswith(f".{seen}"):
        assert dmarc is not None
        place = Record(f"_dmarc.{dmarc.stands_at}", "TXT", write_tags({**dmarc.tags, "aspf": "r"}))
        yield publish("alignment", state, what, place, instead=True)
    else:
        yield Finding("alignment", state, what, mend)


def check_bimi(sender: Sender, asking: Asking) -> Iterator[Finding]:
    """Look at the logo that some receivers show, which nobody needs to have."""
    name = f"default._bimi.{sender.from_domain}"
    found = of_version(asking.dns.txt(name), "v=bimi1")
    if not found:
        yield Finding("BIMI", "ok", f"{name} is not published; nobody needs it.")
        return
    tags = read_tags(found[0])
    dmarc = read_dmarc(sender.from_domain, asking.dns)
    if not tags.get("l", "").startswith("https://"):
        wanted = Record(name, "TXT", f"v=BIMI1; l=https://{sender.from_domain}/logo.svg")
        yield publish("BIMI", "warn", f"{name} leads to no picture.", wanted, instead=True)
    elif dmarc is None or dmarc.policy == "none":
        tags_now = {**(dmarc.tags if dmarc else {"v": "DMARC1"}), "p": "quarantine"}
        place = dmarc.stands_at if dmarc else sender.from_domain
        wanted = Record(f"_dmarc.{place}", "TXT", write_tags(tags_now))
        what = "receivers show the logo only where DMARC asks for quarantine or reject."
        yield publish("BIMI", "warn", what, wanted, instead=True)
    else:
        yield Finding("BIMI", "ok", f"{name}: {tags['l']}.")
