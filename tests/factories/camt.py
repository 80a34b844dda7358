"""Statements as a bank would write them, of invented payments."""

from __future__ import annotations

from xml.sax.saxutils import escape

ACCOUNT = "DE89370400440532013000"


def entry(
    amount: str = "25.00",
    words: str = "Gift",
    *,
    name: str = "BANK-1",
    sign: str = "CRDT",
    status: str = "<Cd>BOOK</Cd>",
    on: str = "2026-11-26",
    payer: str = "Mara Quill",
    currency: str = "EUR",
    details: str | None = None,
    more: str = "",
) -> str:
    """Return an entry; ``details`` replaces its one transaction."""
    one = (
        f"<TxDtls><RltdPties><Dbtr><Pty><Nm>{escape(payer)}</Nm></Pty></Dbtr></RltdPties>"
        f"<RmtInf><Ustrd>{escape(words)}</Ustrd></RmtInf></TxDtls>"
    )
    named = f"<AcctSvcrRef>{name}</AcctSvcrRef>" if name else ""
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{more}'
        f"<Sts>{status}</Sts><BookgDt><Dt>{on}</Dt></BookgDt>{named}"
        f"<NtryDtls>{one if details is None else details}</NtryDtls></Ntry>"
    )


def statement(*entries: str, account: str = ACCOUNT, version: str = "08") -> bytes:
    """Return a statement (camt.053) of an account."""
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">'
        "<BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr>"
        f"<Stmt><Id>1</Id><Acct><Id><IBAN>{account}</IBAN></Id></Acct>"
        f"{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    )
    return text.encode()


def part(amount: str, words: str, name: str = "") -> str:
    """Return one transaction of a collective entry."""
    named = f"<Refs><AcctSvcrRef>{name}</AcctSvcrRef></Refs>" if name else ""
    summed = f'<Amt Ccy="EUR">{amount}</Amt>' if amount else ""
    return f"<TxDtls>{named}{summed}<RmtInf><Ustrd>{escape(words)}</Ustrd></RmtInf></TxDtls>"
