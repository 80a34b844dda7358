"""Every setting there is: its name, kind, default, and a sentence about it.

`handpress init` writes handpress.toml from this, and a test holds docs/settings.md to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from handpress.conf import kinds
from handpress.conf.addresses import ADDRESS, DATABASE, DatabaseAddress
from handpress.conf.declaring import Declared, declared_in, setting
from handpress.conf.digest import DigestSettings
from handpress.conf.mail import MailSettings, RelaySettings
from handpress.conf.mailbox import MailboxSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsroomSettings:
    """Who publishes, and where readers find it."""

    name: str = setting("Newsroom", kinds.NAME, "The outlet's name, as readers see it.")
    tagline: str = setting("", kinds.LINE, "One line under the name; may stay empty.")
    language: str = setting(
        "en", kinds.LANGUAGE, "The language of the site's own words, as a tag: en, es, ko, pt-BR."
    )
    time_zone: str = setting(
        "UTC", kinds.TIME_ZONE, "The zone in which the newsroom's days begin and end."
    )
    address: str = setting(
        "",
        ADDRESS,
        "The public site's address, with https:// and, if it lives in one, its folder. "
        "Feeds, sitemaps and mail need it; pages do not. May stay empty until it is known.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Where `handpress serve` listens, and to whom the desk answers."""

    host: str = setting(
        "127.0.0.1",
        kinds.LISTEN_HOST,
        "The address to listen on: 127.0.0.1 for this machine alone (a proxy stands in front), "
        "0.0.0.0 or :: for every machine that can reach this one.",
    )
    port: int = setting(8000, kinds.PORT, "The port to listen on.")
    trusted_hosts: tuple[str, ...] = setting(
        [],
        kinds.TRUSTED_HOSTS,
        "Host names under which the desk and forms may be asked for, besides this machine's own "
        "and that of the site's address.",
    )
    behind_proxy: bool = setting(
        False,
        kinds.YES_NO,
        "true where a proxy of yours stands in front and sets X-Forwarded-Proto and "
        "X-Forwarded-For itself.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """Who comes into the desk, and how."""

    second_factor: str = setting(
        "required",
        kinds.SECOND_FACTOR,
        "required: whoever can publish to all, touch money or let others in signs in with a "
        "passkey, or with a code after the password. offered: whoever wants to.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """Where the newsroom's records are kept."""

    url: DatabaseAddress = setting(
        "sqlite:///newsroom.sqlite3",
        DATABASE,
        "A file in this folder, or postgresql://user@host/name (?host=/run/postgresql for a "
        "socket, ?passfile=/path for a password file).",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PressSettings:
    """How the site is printed."""

    # Relative as declared; `load` makes it absolute.
    site_dir: Path = setting(
        "site", kinds.SITE_DIR, "The folder, inside this one, that the press fills with the site."
    )
    theme: str = setting(
        "broadsheet", kinds.THEME, "The theme: one that comes along, or a folder in themes/."
    )
    workers: int = setting(
        0, kinds.WORKERS, "How many processes print at once; 0 is one for each core."
    )
    compress: bool = setting(
        True, kinds.YES_NO, "Write compressed copies beside the pages, for servers that send them."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BankSettings:
    """Giving by bank transfer; leave the table empty where it is not offered."""

    account_holder: str = setting("", kinds.LINE, "In whose name the account is.")
    iban: str = setting("", kinds.IBAN, "The account's number; its check digits are verified.")
    bic: str = setting("", kinds.BIC, "The bank's code, for transfers from abroad.")
    bank_name: str = setting("", kinds.LINE, "The bank's name.")
    reference: str = setting("", kinds.LINE, "What a donor should write as the purpose.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChequeSettings:
    """Giving by cheque; leave the table empty where it is not offered."""

    payable_to: str = setting("", kinds.LINE, "To whom a cheque is made out.")
    address: tuple[str, ...] = setting([], kinds.LINES, "Where it is sent, line by line.")
    memo: str = setting("", kinds.LINE, "What a donor should write on the memo line.")


@dataclass(frozen=True, slots=True, kw_only=True)
class GivingSettings:
    """How readers can give without any payment company."""

    contact_email: str = setting("", kinds.EMAIL, "Whom donors can ask.")
    refund_alone: int = setting(
        500,
        kinds.whole_number(0, 10**9),
        "Up to how many whole units of its currency one person alone may give back of one gift; "
        "above it, two.",
    )
    bank: BankSettings | None = None
    cheque: ChequeSettings | None = None


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings of one newsroom, checked."""

    folder: Path
    newsroom: NewsroomSettings = NewsroomSettings()
    server: ServerSettings = ServerSettings()
    desk: DeskSettings = DeskSettings()
    database: DatabaseSettings = DatabaseSettings()
    press: PressSettings = PressSettings()
    mail: MailSettings = MailSettings()
    digest: DigestSettings = DigestSettings()
    mailbox: MailboxSettings = field(default_factory=MailboxSettings)
    giving: GivingSettings = GivingSettings()
    secret_key: str = field(default="", repr=False)

    @cached_property
    def media_folder(self) -> Path:
        """Where uploaded originals and their renditions are kept."""
        return self.folder / "media"

    @cached_property
    def var_folder(self) -> Path:
        """Where lock files, logs and what may be thrown away are kept."""
        return self.folder / "var"

    @cached_property
    def themes_folder(self) -> Path:
        """Where the newsroom's own themes are kept."""
        return self.folder / "themes"

    @property
    def is_https(self) -> bool:
        """Whether the public address is served over TLS."""
        return self.newsroom.address.startswith("https://")


# In the order in which handpress.toml lists them.
TABLES: dict[str, type] = {
    "newsroom": NewsroomSettings,
    "server": ServerSettings,
    "desk": DeskSettings,
    "database": DatabaseSettings,
    "press": PressSettings,
    "mail": MailSettings,
    "digest": DigestSettings,
    "mailbox": MailboxSettings,
    "giving": GivingSettings,
    "giving.bank": BankSettings,
    "giving.cheque": ChequeSettings,
}

# Tables that may be written several times, each with a name of its own.
LISTS: dict[str, type] = {"mail.relays": RelaySettings}

# Tables that are either left empty or hold at least these.
NEEDED_TOGETHER = {
    "giving.bank": ("account_holder", "iban"),
    "giving.cheque": ("payable_to", "address"),
}


def declared_settings(table: str) -> list[Declared]:
    """Return the settings of `table`, or of each table in the list, in order of declaration."""
    return declared_in(table, {**TABLES, **LISTS}[table])


ALL_SETTINGS: list[Declared] = [one for table in TABLES for one in declared_settings(table)]
