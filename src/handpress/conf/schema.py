"""Every setting there is: its name, kind, default, and a sentence about it.

`handpress init` writes handpress.toml from this, and a test holds docs/settings.md to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from handpress.conf import kinds
from handpress.conf.addresses import ADDRESS, DATABASE, DatabaseAddress
from handpress.conf.iban import group_iban
from handpress.conf.kinds import Kind


def _setting(default: Any, kind: Kind, help: str) -> Any:
    """Declare a setting: `default` as TOML would write it."""
    metadata = {"kind": kind, "default": default, "help": help}
    # An empty name is no name: what may not be left empty has a default that is not.
    return field(default=kind.take(default), metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsroomSettings:
    """Who publishes, and where readers find it."""

    name: str = _setting("Newsroom", kinds.NAME, "The outlet's name, as readers see it.")
    tagline: str = _setting("", kinds.LINE, "One line under the name; may stay empty.")
    language: str = _setting(
        "en", kinds.LANGUAGE, "The language of the site's own words, as a tag: en, es, ko, pt-BR."
    )
    time_zone: str = _setting(
        "UTC", kinds.TIME_ZONE, "The zone in which the newsroom's days begin and end."
    )
    address: str = _setting(
        "",
        ADDRESS,
        "The public site's address, with https:// and, if it lives in one, its folder. "
        "Feeds, sitemaps and mail need it; pages do not. May stay empty until it is known.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Where `handpress serve` listens, and to whom the desk answers."""

    host: str = _setting(
        "127.0.0.1",
        kinds.LISTEN_HOST,
        "The address to listen on: 127.0.0.1 for this machine alone (a proxy stands in front), "
        "0.0.0.0 or :: for every machine that can reach this one.",
    )
    port: int = _setting(8000, kinds.PORT, "The port to listen on.")
    trusted_hosts: tuple[str, ...] = _setting(
        [],
        kinds.TRUSTED_HOSTS,
        "Host names under which the desk and forms may be asked for, besides this machine's own "
        "and that of the site's address.",
    )
    behind_proxy: bool = _setting(
        False,
        kinds.YES_NO,
        "true where a proxy of yours stands in front and sets X-Forwarded-Proto and "
        "X-Forwarded-For itself.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """Who comes into the desk, and how."""

    second_factor: str = _setting(
        "required",
        kinds.SECOND_FACTOR,
        "required: whoever can publish to all, touch money or let others in signs in with a "
        "passkey, or with a code after the password. offered: whoever wants to.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """Where the newsroom's records are kept."""

    url: DatabaseAddress = _setting(
        "sqlite:///newsroom.sqlite3",
        DATABASE,
        "A file in this folder, or postgresql://user@host/name (?host=/run/postgresql for a "
        "socket, ?passfile=/path for a password file).",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PressSettings:
    """How the site is printed."""

    # Relative as declared; `load` makes it absolute.
    site_dir: Path = _setting(
        "site", kinds.SITE_DIR, "The folder, inside this one, that the press fills with the site."
    )
    theme: str = _setting(
        "broadsheet", kinds.THEME, "The theme: one that comes along, or a folder in themes/."
    )
    workers: int = _setting(
        0, kinds.WORKERS, "How many processes print at once; 0 is one for each core."
    )
    compress: bool = _setting(
        True, kinds.YES_NO, "Write compressed copies beside the pages, for servers that send them."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BankSettings:
    """Giving by bank transfer; leave the table empty where it is not offered."""

    account_holder: str = _setting("", kinds.LINE, "In whose name the account is.")
    iban: str = _setting("", kinds.IBAN, "The account's number; its check digits are verified.")
    bic: str = _setting("", kinds.BIC, "The bank's code, for transfers from abroad.")
    bank_name: str = _setting("", kinds.LINE, "The bank's name.")
    reference: str = _setting("", kinds.LINE, "What a donor should write as the purpose.")

    @property
    def iban_grouped(self) -> str:
        """The IBAN in groups of four, as it is printed."""
        return group_iban(self.iban)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChequeSettings:
    """Giving by cheque; leave the table empty where it is not offered."""

    payable_to: str = _setting("", kinds.LINE, "To whom a cheque is made out.")
    address: tuple[str, ...] = _setting([], kinds.LINES, "Where it is sent, line by line.")
    memo: str = _setting("", kinds.LINE, "What a donor should write on the memo line.")


@dataclass(frozen=True, slots=True, kw_only=True)
class GivingSettings:
    """How readers can give without any payment company."""

    contact_email: str = _setting("", kinds.EMAIL, "Whom donors can ask.")
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
    "giving": GivingSettings,
    "giving.bank": BankSettings,
    "giving.cheque": ChequeSettings,
}

# Tables that are either left empty or hold at least these.
NEEDED_TOGETHER = {
    "giving.bank": ("account_holder", "iban"),
    "giving.cheque": ("payable_to", "address"),
}


@dataclass(frozen=True, slots=True)
class Declared:
    """One declared setting, for whoever reads, writes or documents them."""

    table: str
    key: str
    kind: Kind
    default: Any
    help: str

    @property
    def name(self) -> str:
        """The setting's full name, such as "server.port"."""
        return f"{self.table}.{self.key}"

    @property
    def variable(self) -> str:
        """The environment variable that overrides it, such as HANDPRESS_SERVER_PORT."""
        return "HANDPRESS_" + self.name.upper().replace(".", "_")


def declared_settings(table: str) -> list[Declared]:
    """Return the settings of `table` in the order of declaration."""
    found = []
    for each in fields(TABLES[table]):
        if "kind" in each.metadata:
            found.append(Declared(table, each.name, **each.metadata))
    return found


ALL_SETTINGS: list[Declared] = [one for table in TABLES for one in declared_settings(table)]
