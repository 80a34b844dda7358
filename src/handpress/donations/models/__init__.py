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

__all__ = [
    "COMPACT",
    "FULL",
    "Account",
    "Campaign",
    "Donor",
    "Entry",
    "Frequency",
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
