"""Direct debits through the outlet's own bank: a file of what is to be collected (SEPA Core)."""

from handpress.donations.debits.days import is_banking_day, next_banking_day
from handpress.donations.debits.file import (
    FIRST,
    LATER,
    Creditor,
    Debit,
    NotADebit,
    check_debit,
    make_file,
)
from handpress.donations.debits.numbers import (
    WrongNumber,
    check_account,
    check_creditor_id,
    check_mandate_id,
)
from handpress.donations.debits.signs import sepa_text

__all__ = [
    "FIRST",
    "LATER",
    "Creditor",
    "Debit",
    "NotADebit",
    "WrongNumber",
    "check_account",
    "check_creditor_id",
    "check_debit",
    "check_mandate_id",
    "is_banking_day",
    "make_file",
    "next_banking_day",
    "sepa_text",
]
