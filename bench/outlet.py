"""The outlet's name and the words that stand on every page, the same for both sides."""

from typing import Any

NAME = "The Bench"
TAGLINE = "An archive of words that nobody wrote"
ADDRESS = "https://bench.example/"

HEADING = "This paper belongs to its readers"
FULL = [
    "Nobody owns us but the people who read us. No advertiser decides what is news here, no "
    "ministry, and no company that could be bought. What pays for the reporting on this page is "
    "several thousand small gifts, given by people who want to know what happened.",
    "It costs little to keep a page on the net, and much to find out what belongs on it: days on "
    "the road, weeks in archives, lawyers who read a sentence twice before it is printed. If what "
    "you read here was worth your time, give what a newspaper would have cost you.",
    "Every gift goes from your bank to ours. Thank you.",
]
COMPACT = [
    "Nobody owns us but the people who read us: no advertiser, no ministry, no company.",
    "If what you read here was worth your time, give what a newspaper would have cost you.",
]
PITCH_HEADING = "The day's articles by mail"
PITCH = [
    "One message each morning with what we published the day before: headline, excerpt and link, "
    "nothing that follows you around. You can leave with one click."
]

GIVING: dict[str, Any] = {
    "contact_email": "giving@bench.example",
    "bank": {
        "account_holder": "The Bench",
        "iban": "GB82 WEST 1234 5698 7654 32",
        "bic": "WESTGB2LXXX",
        "bank_name": "Velmar Savings Bank",
        "reference": "Gift",
    },
    "cheque": {
        "payable_to": "The Bench",
        "address": ["The Bench", "1 Long Street", "Velmar"],
        "memo": "Gift",
    },
}
