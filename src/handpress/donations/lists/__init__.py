"""Lists of donors, monthly gifts and gifts as other systems export them. Plain Python.

opened = open_list(data, Choices(kind="stripe-subscriptions"), zone=zone)
for found in opened.found(): found.donor, found.plan, found.gift, found.refusals
"""

from handpress.donations.lists.columns import FIELDS
from handpress.donations.lists.kinds import HOLDS, KINDS, PLAIN
from handpress.donations.lists.opening import LARGEST, MOST_ROWS, Choices, DonorList, open_list
from handpress.donations.lists.values import (
    DonorFound,
    Found,
    GiftFound,
    NotAList,
    PlanFound,
    Refusal,
    Standing,
)

__all__ = [
    "FIELDS",
    "HOLDS",
    "KINDS",
    "LARGEST",
    "MOST_ROWS",
    "PLAIN",
    "Choices",
    "DonorFound",
    "DonorList",
    "Found",
    "GiftFound",
    "NotAList",
    "PlanFound",
    "Refusal",
    "Standing",
    "open_list",
]
