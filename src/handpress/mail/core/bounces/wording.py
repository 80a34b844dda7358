"""What mail systems say when they refuse, sorted by what they mean.

Rules are for ways of saying it, in the languages that mail systems speak, not for single systems.
The first that fits decides: what is said of the mailbox comes before what is said of us, what is
said outright before what is hinted at. Each line is a regular expression over a folded
text; WHO and IS_NOT stand for many words.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from handpress.mail.core.bounces import said_of_mail as mail
from handpress.mail.core.bounces import said_of_mailboxes as mailbox
from handpress.mail.core.bounces.verdicts import Reason

_URL = re.compile(r"\b(?:https?|ftp|mailto):\S+|\bwww\.\S+", re.IGNORECASE)
_ADDRESS = re.compile(r"<?[^\s<>\"'(),;:]{1,200}@[^\s<>\"'(),;:]{1,255}>?")
_BLOCKLIST = re.compile(
    r"(?:spamhaus|spamcop|sorbs\.|barracudacentral|uceprotect|abuseat|senderscore|surbl"
    r"|uribl|invaluement|mailspike|spamrats|backscatterer|dnsbl|dnswl)\S{0,60}",
    re.IGNORECASE,
)
_HOST = re.compile(r"(?<![\w.])(?:[a-z0-9_-]{1,63}\.){1,8}[a-z]{2,14}\.?(?![\w.])")
# A relay's own guess, with what the other server really said in quotes behind it.
_GUESS = re.compile(r"(?:[45]\.\d\.\d{1,3} - [\w ]{3,60}|unknown address error )[45]\d\d-'", re.I)
_EVERY_LINES_CODE = re.compile(r"(?<![\w.])([245]\d\d)-#?(?:[245]\.\d{1,3}\.\d{1,3})?(?=\s|$)")
_SPACE = re.compile(r"[\s\x00]+")


_ALIKE = str.maketrans("’`_", "'' ")


def fold(text: str) -> str:
    """Return a text in lower case and on one line, without addresses, links and host names.

    That somebody's address is virus@ or a host is called spam must not decide anything.
    """
    text = text[:8_000].translate(_ALIKE)
    text = _BLOCKLIST.sub(" dnsbl ", _EVERY_LINES_CODE.sub(" ", _GUESS.sub(" ", text)))
    text = _ADDRESS.sub(" <> ", _URL.sub(" ", text))
    return _SPACE.sub(" ", _HOST.sub(" ", text).lower()).strip()


class Rule(NamedTuple):
    """A reason, and the ways to say it. Codes that say something else come before a hint."""

    reason: Reason
    said: re.Pattern[str]
    is_hint: bool = False


_WHO = (
    r"(?:users?|recipients?|mail[ -]?box|account|address(?:ee|es)?|person|rcpt|maildrop|inbox"
    r"|local[ -]part|e-?mail(?: address| account)?|destination (?:mailbox|address)|alias|login"
    r"|(?:user|recipient|e-?mail|the|that|this) name)"
)
_IS_NOT = (
    r"(?:(?:is|was|are|has|have|does|do|did|could|can) ?not|cannot|(?:is|was|are|has|does|do|did"
    r"|could|ca)n'?t)(?: be| been)?"
)


def _ways(text: str) -> re.Pattern[str]:
    """Compile a list of ways; a line that begins with | goes on with the one before."""
    lines = text.strip().splitlines()
    whole = "\n".join(line.strip() for line in lines).replace("\n|", "|").replace("\n", "|")
    return re.compile(whole.replace("WHO", _WHO).replace("IS_NOT", _IS_NOT))


# Where it is said of whoever sent, an unknown user or domain is not the reader.
OF_SENDER = _ways(
    r"""
    \bsender(?:'s)? (?:\S+ ){0,3}(?:rejected|unknown|denied|invalid|refused|blocked|could|can|does
        |do|is|has|was|must|not|IS_NOT)
    sending (?:domain|host|address|server)|sen[dt](?:ing)? from|bounce address
    (?:invalid|no|missing) dns (?:mx|a|aaaa)\b
    (?:unroute?able|invalid|unknown|bad|illegal|forged|unverified|no such|fake) (?:mail )?sender
    (?:domain of (?:the )?sender|sender'?s (?:address|domain)|originator|reverse-path)
    (?:domain|host|address) (?:in|of) (?:the )?(?:from|mail from)\b
    from:? (?:header )?(?:address|domain)|mail from (?:an? )?(?:invalid|unknown|non|bad)
    \b(?:helo|ehlo)\b|\byour (?:own )?(?:e-?mail )?(?:address|host|domain|ip|server
        |mail ?server)
    return[- ](?:path|address)|envelope[- ]sender|call-?out|call-?back|does not like (?:the )?sender
    verify(?:ing)? (?:the )?sender|sender verif|sender callback|cannot verify your
    (?:not|n't) (?:allowed|permitted|authori[sz]ed) to send (?:from|as)
    expéditeur|remitente|absender|mittente|remetente|nadawc|afzender|avsändar|afsender|lähettäj
    odes[ií]latel|odosielate|felad[oó]|expeditor|gönderen|αποστολέα|отправител|відправник
    השולח|المرسل
    送信者|送信元|差出人|发件人|發件人|寄件[人者]|발신|보낸 ?사람
    """
)

# As raw text: outright ways that folding would lose.
RAW_RULES = (
    # So says Exchange Online of an address that nobody has (5.4.1); with 5.7.1 it is a rule of
    # whoever looks after a Postfix, and may be about us.
    Rule(Reason.NO_SUCH_USER, _ways(r"recipient address rejected: access denied"), is_hint=True),
    # Groups answer in thirty languages that they may not exist or let nobody write; with a link.
    Rule(Reason.NOT_WANTED, _ways(r"groups\.google\.com/support")),
)

# What may be otherwise tomorrow, or was not asked to the end.
NOT_NOW = _ways(
    r"""
    temporar|in progress|(?:try|retry) (?:again )?later|at (?:this|the) (?:time|moment)|right now
    (?:lookup|verif\w+|validat\w+|callout) (?:has )?(?:fail|error|problem|timed)
    """
)

# What they did not find is something of their own, or they asked in vain.
OF_THEIR_SYSTEMS = _ways(
    r"""
    (?:server|database|directory|ldap|backend) (?:is |was )?(?:currently )?(?:not available
        |unavailable|down\b|unreachable|not respond|timed? ?out|busy|overload)
    (?:map|file|database|backend|script|key|selector|record|policy|header|subject
        |message-id)s? (?:is |was )?(?:not found|does not exist)
    temporar\w+ (?:\w+ )?(?:error|fail|problem|trouble)|(?:error|failed|unavailable) temporarily
    temporarily (?:fail|unavailable|unable)
    (?:imap|pop3?|ldap|sql|lmtp|database|backend)(?: server| host)? (?:is |was )?not found
    """
)

RULES = tuple(
    Rule(reason, _ways(lines), is_hint=lines is mailbox.NO_USER_HINTED)
    for reason, lines in (
        (Reason.RATE, mail.OUR_QUOTA),
        (Reason.MAILBOX_FULL, mailbox.FULL),
        (Reason.TOO_LARGE, mailbox.LARGE),
        (Reason.TAKES_NO_MAIL, mailbox.NO_MAIL),
        (Reason.MOVED, mailbox.MOVED),
        (Reason.DISABLED, mailbox.DISABLED),
        (Reason.POLICY, mail.OURS),
        (Reason.SYSTEM, mail.PROGRAM),
        (Reason.NOT_WANTED, mailbox.HEDGE),
        (Reason.PROTOCOL, mail.WAITED_FOR),
        (Reason.RELAYING, mail.NO_RELAY),
        (Reason.CONTENT, mail.IN_HEADER),
        (Reason.AUTHENTICATION, mail.AUTH),
        (Reason.VIRUS, mail.VIRUS),
        (Reason.REVERSE_NAME, mail.REVERSE),
        (Reason.ENCRYPTION, mail.ENCRYPTION),
        (Reason.NETWORK, mail.NO_ANSWER),
        (Reason.NO_SUCH_USER, mailbox.NO_USER),
        (Reason.GREYLISTED, mail.GREY),
        (Reason.RATE, mail.RATE),
        (Reason.NO_SUCH_DOMAIN, mailbox.NO_DOMAIN),
        (Reason.REPUTATION, mail.REPUTATION),
        (Reason.SPAM, mail.SPAM),
        (Reason.RELAYING, mail.RELAY),
        (Reason.CONTENT, mail.CONTENT),
        (Reason.NO_SUCH_USER, mailbox.NO_USER_HINTED),
        (Reason.POLICY, mail.POLICY),
        (Reason.EXPIRED, mail.EXPIRED),
        (Reason.NETWORK, mail.NETWORK),
        (Reason.SYSTEM, mail.SYSTEM),
    )
)
