"""Settings of mail: who writes, and the relays that carry it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address
from typing import Literal

from handpress.conf import kinds
from handpress.conf.declaring import setting
from handpress.conf.faults import Fault, WrongValueError
from handpress.conf.kinds import Kind, is_host_name, is_ip_v6, one_of, read_line, whole_number

# Companies whose interface Handpress speaks (through django-anymail).
COMPANIES = (
    "brevo",
    "mailersend",
    "mailgun",
    "mailjet",
    "mailtrap",
    "mandrill",
    "postal",
    "postmark",
    "resend",
    "scaleway",
    "sparkpost",
    "unisender-go",
)
# Those that sign what they report; the others send a name and a password along.
SIGNING = ("mailersend", "mailgun", "mailtrap", "mandrill", "postal")
# Those that have no address which is the same for all.
_OWN_HOST = ("postal", "unisender-go")
_PORTS = {"tls": 465, "starttls": 587, "none": 25}
_RELAY_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


def _read_relay_name(value: str) -> str:
    name = value.strip()
    if not _RELAY_NAME.fullmatch(name) or len(name) > 40:
        raise WrongValueError(
            f"“{value}” cannot be the name of a relay.",
            'Give a short one of small letters, digits and hyphens, such as "main".',
        )
    return name


def _read_host(value: str) -> str:
    host = value.strip().removeprefix("[").removesuffix("]").lower()
    if host and not (is_host_name(host) or is_ip_v6(host)):
        raise WrongValueError(
            f"“{value}” is not a host.",
            'Give its name without port or scheme, such as "smtp.example.org".',
        )
    return host


def _read_domain(value: str) -> str:
    text = value.strip().lower().removesuffix(".")
    try:
        domain = text.encode("idna").decode("ascii") if text else ""
    except UnicodeError:
        domain = "-"
    if domain and not (is_host_name(domain) and "." in domain):
        raise WrongValueError(
            f"“{value}” is not a domain.", 'Write it like "bounces.example.org", without the @.'
        )
    return domain


def _read_port(value: int) -> int:
    if not 0 <= value <= 65535:
        raise WrongValueError(
            f"{value} is not a port.", "Give a number from 1 to 65535, such as 465."
        )
    return value


def _read_rate(value: float) -> float:
    if not 0 <= value <= 100_000:
        raise WrongValueError(
            f"{value} is not a sensible rate.", "Give messages a second; 0 is no limit."
        )
    return float(value)


def _rate_from_text(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise WrongValueError(f"“{text}” is not a number.") from None


def _read_day(value: str) -> date | None:
    if not value.strip():
        return None
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        raise WrongValueError(
            f"“{value}” is not a day.", 'Write year, month and day: "2026-11-21".'
        ) from None


def _read_options(value: list[object]) -> tuple[str, ...]:
    options = kinds.LINES.read(value)
    for option in options:
        if not re.fullmatch(r"[a-z_]+=.+", option):
            raise WrongValueError(
                f"“{option}” is no option.", 'Each looks like "message_stream=broadcast".'
            )
    return tuple(options)


_QUOTED = 'text in "quotes"'
_WHOLE = "a whole number, without quotes"

RELAY_NAME = Kind(_QUOTED, str, _read_relay_name)
RELAY_KIND = one_of("smtp", "anymail")
COMPANY = one_of("", *COMPANIES)
SECURITY = one_of("tls", "starttls", "none")
HOST = Kind(_QUOTED, str, _read_host)
DOMAIN = Kind(_QUOTED, str, _read_domain)
RELAY_PORT = Kind(_WHOLE, int, _read_port, kinds.int_from_text)
SECRET = Kind(_QUOTED, str, read_line, is_secret=True)
RATE = Kind("a number, without quotes", (int, float), _read_rate, _rate_from_text)
DAY = Kind('a day in "quotes"', str, _read_day)
OPTIONS = Kind('a list of texts: ["one", "two"]', list, _read_options, kinds.list_from_text)
WEIGHT = whole_number(1, 1000)
CONNECTIONS = whole_number(1, 200)
PER_CONNECTION = whole_number(1, 100_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySettings:
    """One relay that carries mail; docs/settings.md tells each line. Without any, mail is kept."""

    name: str = setting("relay", RELAY_NAME, "What the desk calls it; no two relays share a name.")
    kind: Literal["smtp", "anymail"] = setting(
        "smtp",
        RELAY_KIND,
        "smtp: any mail server that takes mail from you. anymail: the interface of a company.",
    )
    company: str = setting(
        "", COMPANY, f"With the kind anymail, which company: {', '.join(COMPANIES)}."
    )
    host: str = setting(
        "",
        HOST,
        "The server's name. With the kind anymail only where the company has several.",
    )
    port: int = setting(
        0, RELAY_PORT, "Its port; 0 is 465 with tls, 587 with starttls, 25 with none."
    )
    security: Literal["tls", "starttls", "none"] = setting(
        "tls",
        SECURITY,
        "tls: encrypted from the first byte. starttls: encrypted before anything is said, or not "
        "at all. none: only for a relay on this machine.",
    )
    user: str = setting("", kinds.LINE, "The name to sign in with.")
    password: str = setting(
        "", SECRET, "The password, or the company's key. Better kept in a file than here."
    )
    webhook_secret: str = setting(
        "", SECRET, "What proves that a company's reports come from the company."
    )
    options: tuple[str, ...] = setting(
        [], OPTIONS, "What a company wants besides, such as sender_domain=mg.example.org."
    )
    weight: int = setting(
        1, WEIGHT, "How much it carries beside other relays: one of 3 carries three times one of 1."
    )
    rate_per_s: float = setting(
        0, RATE, "The most messages it is given in a second; 0 is no limit."
    )
    connections: int = setting(10, CONNECTIONS, "The most connections that are open at once.")
    messages_per_connection: int = setting(
        100, PER_CONNECTION, "How many messages a connection carries before it is closed."
    )
    warm_up: date | None = setting(
        "",
        DAY,
        "The day on which a new relay begins: few messages at first, more each day for six weeks. "
        "Empty: no warming up.",
    )

    @property
    def port_in_use(self) -> int:
        """The port to connect to."""
        return self.port or _PORTS[self.security]

    @property
    def is_loopback(self) -> bool:
        """Whether it stands on this machine, so that nobody between can read along."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    def option(self, name: str, default: str = "") -> str:
        """Return one of the company's own options."""
        found = (each.partition("=") for each in self.options)
        return next((value for key, _, value in found if key == name), default)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """Mail: in whose name it is written, and where answers and bounces go."""

    from_name: str = setting(
        "", kinds.LINE, "Who writes, as readers see it. Empty: the outlet's name."
    )
    from_address: str = setting(
        "", kinds.EMAIL, "The address that mail comes from. No mail leaves without it."
    )
    reply_to: str = setting(
        "", kinds.EMAIL, "Where answers go, if somewhere else than to that address."
    )
    postal_address: tuple[str, ...] = setting(
        [],
        kinds.LINES,
        "The outlet's postal address, line by line; the law of many countries wants it.",
    )
    bounce_domain: str = setting(
        "",
        DOMAIN,
        "The domain that bounces come back to. Empty: bounces come back to from_address.",
    )
    relays: tuple[RelaySettings, ...] = ()

    @property
    def uses_outbox(self) -> bool:
        """Whether mail stays in the newsroom's own outbox, since no relay is named."""
        return not self.relays


def check_relay(relay: RelaySettings, where: str) -> list[Fault]:
    """Return what is wrong with a relay as a whole."""
    faults = []

    def wrong(key: str, problem: str, remedy: str) -> None:
        faults.append(Fault(f"{where}.{key}", problem, remedy))

    if relay.kind == "smtp":
        if not relay.host:
            wrong("host", "this is missing.", "Name the mail server that takes mail from you.")
        elif relay.security == "none" and not relay.is_loopback:
            wrong(
                "security",
                "mail would leave this machine unencrypted.",
                'Write "tls" or "starttls"; "none" is for a relay at 127.0.0.1 or ::1.',
            )
        if relay.company:
            wrong(
                "company",
                "only the kind anymail has one.",
                'Write kind = "anymail", or leave it out.',
            )
        if bool(relay.user) != bool(relay.password):
            missing = "password" if relay.user else "user"
            wrong(missing, "this is missing.", "Give both, or neither.")
    elif not relay.company:
        wrong("company", "this is missing.", f"One of {', '.join(COMPANIES)}.")
    elif not relay.password:
        wrong("password", "this is missing.", "Give the key that the company made for you.")
    if relay.company in _OWN_HOST and not relay.host:
        wrong("host", "this is missing.", "Name the server at which you have your account.")
    secret = relay.webhook_secret
    if relay.company and secret and ":" not in secret and relay.company not in SIGNING:
        remedy = "Make up a name and a password, and give the company the same in its address."
        wrong("webhook_secret", 'it must be "name:password" for this company.', remedy)
    return faults
