"""Whether receivers can see that mail is really ours: DKIM, DMARC, alignment, BIMI."""

from __future__ import annotations

import re
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
from handpress.mail.core.dmarc import GONE, competing, is_aligned, read_dmarc
from handpress.mail.core.records import Record, of_version, read_tags, write_tags
from handpress.mail.doctor.asking import Asking, FetchTrouble
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
    if why := _unfit(signer, tags):
        what = f"{name} is published with {why}, with which no signature of this key counts."
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


def _unfit(signer: Signer, tags: dict[str, str]) -> str:
    """Return the tag that keeps a published key from proving mail (RFC 6376, 3.6.1), or nothing."""
    if tags.get("k", "rsa").lower() != signer.kind:
        return f"k={tags['k'][:20]}" if "k" in tags else f"no k={signer.kind}"
    if "sha256" not in tags.get("h", "sha256").lower().split(":"):
        return f"h={tags['h'][:20]}"
    if not {"*", "email"} & set(tags.get("s", "*").lower().split(":")):
        return f"s={tags['s'][:20]}"
    return ""


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
    if several := competing(domain, asking.dns):
        kept = {name: value for name, value in read_tags(several[0]).items() if name not in GONE}
        what = f"_dmarc.{domain} has {len(several)} DMARC records, which count as none."
        wanted = Record(f"_dmarc.{domain}", "TXT", write_tags(kept))
        yield publish("DMARC", "fail", what, wanted, instead=True)
        return
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
    if dmarc.tags.get(dmarc.tag, "none").lower() != dmarc.policy:
        what = f"{place} asks for {dmarc.tag}={dmarc.tags[dmarc.tag][:20]}, which nobody knows."
        fixed = Record(place, "TXT", write_tags({**kept, dmarc.tag: "none"}))
        yield publish("DMARC", "fail", what, fixed, instead=True)
    elif "rua" not in dmarc.tags:
        fixed = Record(place, "TXT", write_tags({**kept, "rua": f"mailto:dmarc@{domain}"}))
        what = f"{place} names nobody who gets reports: you would not see who sends as you."
        yield publish("DMARC", "warn", what, fixed, instead=True)
    elif not gone:
        soft = dmarc.policy == "none" or "y" in dmarc.tags.get("t", "")
        more = "; once reports are clean for some weeks, ask for quarantine" if soft else ""
        yield Finding("DMARC", "ok", f"{place}: {dmarc.tag}={dmarc.policy}{more}.")


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
    elif dmarc is None:
        what = "receivers show the logo only of a domain with a DMARC policy."
        yield Finding("BIMI", "warn", what, "See what is found about DMARC above.")
    elif dmarc.policy == "none":
        kept = {tag: value for tag, value in dmarc.tags.items() if tag not in GONE}
        asked = write_tags({**kept, dmarc.tag: "quarantine"})
        wanted = Record(f"_dmarc.{dmarc.stands_at}", "TXT", asked)
        what = (
            "receivers show the logo only where DMARC asks for quarantine or reject; ask for it "
            "once reports are clean for some weeks."
        )
        yield publish("BIMI", "warn", what, wanted, instead=True)
    else:
        yield _judge_logo(name, tags, asking)


def _judge_logo(name: str, tags: dict[str, str], asking: Asking) -> Finding:
    """Look at the picture itself: receivers show SVG in the profile “tiny-ps” and nothing else."""
    address = tags["l"]
    mend = f"Serve a square logo as SVG Tiny PS there, or remove {name}."
    try:
        logo = asking.fetch(address)
    except FetchTrouble as trouble:
        return Finding("BIMI", "warn", f"{address} could not be fetched: {trouble}.", mend)
    start = re.search(r"<svg\b[^>]*>", logo)
    if start is None or not re.search(r"""baseProfile\s*=\s*["']tiny-ps["']""", start[0]):
        return Finding("BIMI", "warn", f"{address} is no SVG Tiny PS.", mend)
    if not tags.get("a", "").startswith("https://"):
        what = f"{name}: {address}; without a certificate (a=) Gmail and Apple do not show it."
        return Finding("BIMI", "ok", what)
    return Finding("BIMI", "ok", f"{name}: {address}.")
