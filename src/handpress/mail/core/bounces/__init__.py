"""Bounces: what a mail server's refusal means, in a reply, a report or in words.

Who was refused is known from the address that a bounce comes back to (``mail.core.verp``); this
package says why, and who as far as a bounce tells.
"""

from handpress.mail.core.bounces.notices import read_notice
from handpress.mail.core.bounces.replies import classify_reply, classify_text
from handpress.mail.core.bounces.verdicts import Notice, NoticeKind, Reason, Refusal, Verdict

__all__ = [
    "Notice",
    "NoticeKind",
    "Reason",
    "Refusal",
    "Verdict",
    "classify_reply",
    "classify_text",
    "read_notice",
]
