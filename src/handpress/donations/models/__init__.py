from handpress.donations.models.campaigns import COMPACT, FULL, Campaign
from handpress.donations.models.giving import (
    Frequency,
    Pledge,
    Rail,
    RailKind,
    RailState,
    Sponsor,
    SponsorKind,
    SponsorState,
)
from handpress.donations.models.ledger import Account, Entry, Movement, Posting, Seal
from handpress.donations.models.people import Donor
from handpress.donations.models.statements import BankLine, BankStatement, LineState

__all__ = [
    "COMPACT",
    "FULL",
    "Account",
    "BankLine",
    "BankStatement",
    "Campaign",
    "Donor",
    "Entry",
    "Frequency",
    "LineState",
    "Movement",
    "Pledge",
    "Posting",
    "Rail",
    "RailKind",
    "RailState",
    "Seal",
    "Sponsor",
    "SponsorKind",
    "SponsorState",
]
