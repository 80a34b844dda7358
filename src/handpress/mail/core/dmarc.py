"""DMARC (RFC 9989): a domain's policy, found by walking up the tree of names."""

from __future__ import annotations

from dataclasses import dataclass

from handpress.mail.core.records import Dns, of_version, read_tags

_MOST_LABELS = 8
# Of RFC 7489, gone since.
GONE = ("pct", "rf", "ri")
POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True)
class Dmarc:
    """The policy that holds for a domain: where it stands, what it says."""

    domain: str
    stands_at: str
    text: str
    tags: dict[str, str]
    organization: str

    @property
    def tag(self) -> str:
        """Which tag holds for the domain: of a record further up ``sp``, where it has one."""
        return "p" if self.stands_at == self.domain or "sp" not in self.tags else "sp"

    @property
    def policy(self) -> str:
        """What receivers are asked to do: none, quarantine or reject."""
        asked = self.tags.get(self.tag, "none").lower()
        return asked if asked in POLICIES else "none"


def read_dmarc(domain: str, dns: Dns) -> Dmarc | None:
    """Return the policy that holds for a domain, or None where there is none; raise DnsTrouble."""
    domain = domain.lower().rstrip(".")
    found = _walk(domain, dns)
    organization = _organization(domain, found)
    place = domain if domain in found else organization
    text = found.get(place)
    if text is None:
        return None
    return Dmarc(domain, place, text, read_tags(text), organization)


def competing(domain: str, dns: Dns) -> list[str]:
    """Return the records that stand at one name, where receivers therefore take none of them.

    The mildest is first: nobody's mail is lost by keeping that one.
    """
    records = of_version(dns.txt(f"_dmarc.{domain}"), "v=dmarc1")

    def how_strict(record: str) -> tuple[int, str]:
        asked = read_tags(record).get("p", "none").lower()
        return POLICIES.index(asked) if asked in POLICIES else 0, record

    return sorted(records, key=how_strict) if len(records) > 1 else []


def organization_of(domain: str, dns: Dns) -> str:
    """Return the domain that stands for a domain's whole organization; raise DnsTrouble."""
    return _organization(domain, _walk(domain, dns))


def _walk(domain: str, dns: Dns) -> dict[str, str]:
    """Return the records at a domain and above; at most eight questions."""
    labels = domain.lower().rstrip(".").split(".")
    names = [".".join(labels)]
    rest = labels[1:] if len(labels) <= _MOST_LABELS else labels[-(_MOST_LABELS - 1) :]
    while rest:
        names.append(".".join(rest))
        rest = rest[1:]
    found: dict[str, str] = {}
    for name in names:
        records = of_version(dns.txt(f"_dmarc.{name}"), "v=dmarc1")
        if len(records) == 1:
            found[name] = records[0]
            if read_tags(records[0]).get("psd", "u").lower() in ("n", "y"):
                break
    return found


def _organization(domain: str, found: dict[str, str]) -> str:
    domain = domain.lower().rstrip(".")
    if not found:
        return domain
    top = min(found, key=lambda name: name.count("."))
    psd = read_tags(found[top]).get("psd", "u").lower()
    if psd == "y" and top != domain:
        below = domain[: -len(top) - 1].rpartition(".")[2]
        return f"{below}.{top}"
    return top


def is_aligned(one: str, other: str, dns: Dns, *, strict: bool) -> bool:
    """Say whether two domains count as one for DMARC."""
    one, other = one.lower().rstrip("."), other.lower().rstrip(".")
    if strict or one == other:
        return one == other
    is_below = one.endswith(f".{other}") or other.endswith(f".{one}")
    return organization_of(one, dns) == organization_of(other, dns) or (
        is_below and not _walk(one, dns) and not _walk(other, dns)
    )
