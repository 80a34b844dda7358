"""The mail doctor: will mail arrive, and will what comes back come home? Reads, changes nothing.

Everything it asks of the network goes through ``Asking``, so that a test can answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from handpress.conf import Settings
from handpress.lib.findings import Finding
from handpress.mail.core.dkim import Signer
from handpress.mail.core.records import DnsTrouble
from handpress.mail.doctor.asking import Asking
from handpress.mail.doctor.findings import MailFinding
from handpress.mail.doctor.permitted import check_spf
from handpress.mail.doctor.receiving import check_mta_sts, check_mx, check_tls_reports
from handpress.mail.doctor.relays import check_encryption, check_reverse_names
from handpress.mail.doctor.sending import (
    Sender,
    check_alignment,
    check_bimi,
    check_dkim,
    check_dmarc,
)

Check = Callable[[Sender, Asking], Iterator[Finding]]

CHECKS: dict[str, Check] = {
    "SPF": check_spf,
    "DKIM": check_dkim,
    "DMARC": check_dmarc,
    "alignment": check_alignment,
    "return path": check_mx,
    "MTA-STS": check_mta_sts,
    "TLS reports": check_tls_reports,
    "reverse names": check_reverse_names,
    "encryption": check_encryption,
    "BIMI": check_bimi,
}


def examine_mail(
    settings: Settings, asking: Asking, *, signers: Sequence[Signer] = ()
) -> list[Finding]:
    """Run every check and return what was found, in order; takes as long as DNS and relays do."""
    mail = settings.mail
    if not mail.from_address:
        what = "no address that mail comes from is named, so mail stays in the outbox."
        mend = "Write from_address under [mail] in handpress.toml, then name a relay."
        return [Finding("sender", "warn", what, mend)]
    sender = Sender(
        from_domain=_domain(mail.from_address),
        bounce_domain=mail.bounce_domain or _domain(mail.from_address),
        relays=mail.relays,
        signers=tuple(signers),
    )
    findings: list[Finding] = []
    for name, check in CHECKS.items():
        try:
            findings.extend(check(sender, asking))
        except DnsTrouble as trouble:
            what = f"DNS gave no answer ({trouble})."
            findings.append(Finding(name, "warn", what, "Try again in a minute."))
    return findings


def _domain(address: str) -> str:
    domain = address.rpartition("@")[2].lower()
    try:
        return domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


__all__ = ["CHECKS", "Asking", "MailFinding", "Sender", "examine_mail"]
