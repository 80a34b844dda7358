"""Addresses in settings: of the site, and of the database."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from handpress.conf.faults import WrongValueError, guess_meant
from handpress.conf.kinds import Kind, is_host_name, is_ip_v6

_DEFAULT_PORTS = {"http": 80, "https": 443}

# What libpq understands and a newsroom may need; anything else is probably a slip.
_POSTGRESQL_OPTIONS = frozenset(
    {
        "application_name",
        "channel_binding",
        "connect_timeout",
        "gssencmode",
        "host",
        "keepalives",
        "keepalives_idle",
        "options",
        "passfile",
        "port",
        "require_auth",
        "service",
        "sslcert",
        "sslcrl",
        "sslkey",
        "sslmode",
        "sslrootcert",
        "target_session_attrs",
        "user",
    }
)

_ADDRESS_REMEDY = 'Write it like "https://news.example.org/", or leave it empty until it is known.'
_DATABASE_REMEDY = (
    'Write "sqlite:///newsroom.sqlite3" or "postgresql://user:password@host:5432/name".'
)


def _read_address(value: str) -> str:
    text = value.strip()
    if not text:
        return ""
    if re.search(r"[\s\\<>\"\x00-\x1f\x7f]", text):
        raise WrongValueError(f"“{value}” holds a sign that no address can hold.", _ADDRESS_REMEDY)
    parts = _split(text, "the address", _ADDRESS_REMEDY)
    if parts.scheme not in _DEFAULT_PORTS:
        raise WrongValueError(
            f"“{value}” does not begin with https:// or http://.", _ADDRESS_REMEDY
        )
    if "?" in text or "#" in text:
        raise WrongValueError(
            f"“{value}” holds a ? or a #.", "Give the address without what follows it."
        )
    if parts.username is not None:
        raise WrongValueError("the address holds a user name.", _ADDRESS_REMEDY)
    return f"{parts.scheme}://{_address_host(parts, value)}{_address_path(parts, value)}"


def _address_host(parts: SplitResult, value: str) -> str:
    host = parts.hostname or ""
    if is_ip_v6(host):
        written = f"[{host}]"
    else:
        try:
            written = host.encode("idna").decode("ascii")
        except UnicodeError:
            written = ""
        if not is_host_name(written):
            raise WrongValueError(f"“{value}” names no host.", _ADDRESS_REMEDY)
    if parts.port is None or parts.port == _DEFAULT_PORTS[parts.scheme]:
        return written
    return f"{written}:{parts.port}"


def _address_path(parts: SplitResult, value: str) -> str:
    steps = [step for step in parts.path.split("/") if step]
    if any(unquote(step) in {".", ".."} for step in steps):
        raise WrongValueError(f"“{value}” holds a . or .. step.", _ADDRESS_REMEDY)
    path = "".join(f"/{quote(unquote(step), safe='~!$&()*+,;=:@')}" for step in steps)
    return f"{path}/"


def _split(text: str, what: str, remedy: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise WrongValueError(f"{what} has a host or port that cannot be read.", remedy) from None
    return parts


@dataclass(frozen=True, slots=True)
class SqliteAddress:
    """A database in one file; `path` is relative to the newsroom's folder, or absolute."""

    path: str

    engine = "sqlite"

    def file(self, folder: Path) -> Path:
        """Return the database's file for the newsroom in `folder`."""
        return folder / self.path

    def __str__(self) -> str:
        return f"sqlite:///{self.path}"


@dataclass(frozen=True, slots=True)
class PostgresqlAddress:
    """A PostgreSQL database; `host` may be a folder that holds a Unix socket."""

    name: str
    user: str = ""
    password: str = field(default="", repr=False)
    host: str = ""
    port: int | None = None
    options: tuple[tuple[str, str], ...] = ()

    engine = "postgresql"

    def __str__(self) -> str:
        """Return the address without its password, fit for messages and logs."""
        who = f"{self.user}@" if self.user else ""
        where = quote(self.host, safe="") + (f":{self.port}" if self.port else "")
        return f"postgresql://{who}{where}/{self.name}"


DatabaseAddress = SqliteAddress | PostgresqlAddress


def _read_database(value: str) -> DatabaseAddress:
    text = value.strip()
    scheme, found, rest = text.partition("://")
    if not found:
        raise WrongValueError("this is not the address of a database.", _DATABASE_REMEDY)
    if scheme in {"sqlite", "sqlite3"}:
        return _read_sqlite(rest)
    if scheme in {"postgresql", "postgres"}:
        return _read_postgresql(f"postgresql://{rest}")
    # The scheme is safe to repeat; what follows may hold a password.
    raise WrongValueError(f"“{scheme}” is not a database that Handpress knows.", _DATABASE_REMEDY)


def _read_sqlite(rest: str) -> SqliteAddress:
    remedy = (
        'Write "sqlite:///newsroom.sqlite3" for a file in the newsroom\'s folder, '
        'or "sqlite:////srv/data/newsroom.sqlite3" with four strokes for another place.'
    )
    if not rest.startswith("/") or "?" in rest or "#" in rest:
        raise WrongValueError("three strokes and the name of a file must follow “sqlite:”.", remedy)
    path = PurePosixPath(unquote(rest[1:]))
    if not path.name or path.name == ":memory:" or "\x00" in str(path):
        raise WrongValueError("a newsroom needs a file for its database.", remedy)
    if ".." in path.parts:
        raise WrongValueError("the database's path leads out of the newsroom's folder.", remedy)
    return SqliteAddress(str(path))


def _read_postgresql(text: str) -> PostgresqlAddress:
    parts = _split(text, "the database's address", _DATABASE_REMEDY)
    name = unquote(parts.path.removeprefix("/"))
    if not name or "/" in name:
        raise WrongValueError(
            "the address does not end in the name of one database.", _DATABASE_REMEDY
        )
    if parts.fragment:
        raise WrongValueError("the address holds a #.", "In a password, write %23 for it.")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    for option in options:
        _check_option(option)
    # "?host=/run/postgresql" and "%2Frun%2Fpostgresql" both name a folder with a socket.
    host = options.pop("host", "") or unquote(parts.hostname or "")
    if host.startswith("/") and parts.hostname:
        host = unquote(_raw_host(parts))
    port = options.pop("port", "") or parts.port
    if port and not str(port).isdecimal():
        raise WrongValueError("the port is not a number.", _DATABASE_REMEDY)
    return PostgresqlAddress(
        name=name,
        user=options.pop("user", "") or unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        host=host,
        port=int(port) if port else None,
        options=tuple(sorted(options.items())),
    )


def _raw_host(parts: SplitResult) -> str:
    """Return the host as written: urlsplit lowers it, and folders mind capitals."""
    return parts.netloc.rpartition("@")[2].partition(":")[0]


def _check_option(option: str) -> None:
    if option == "password":
        raise WrongValueError("the password stands after the ?.", _DATABASE_REMEDY)
    if option not in _POSTGRESQL_OPTIONS:
        meant = guess_meant(option, _POSTGRESQL_OPTIONS)
        hint = f"Did you mean “{meant}”?" if meant else "Leave it out."
        raise WrongValueError(f"PostgreSQL has no option “{option}”.", hint)


ADDRESS = Kind('text in "quotes"', str, _read_address)
DATABASE = Kind('text in "quotes"', str, _read_database, is_secret=True)
