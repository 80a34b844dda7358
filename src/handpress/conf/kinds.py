"""Kinds of values that a setting can take, and how each is checked.

A kind's `read` turns what TOML gave into the value the program uses, or raises `WrongValueError`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from handpress.conf.faults import WrongValueError
from handpress.conf.iban import compact_iban, is_iban
from handpress.lib.languages import tidy_tag

# Control characters, line breaks by other names, and halves of what was not UTF-8.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_EMAIL = re.compile(r"[^@\s<>\"(),:;\\]+@[^@\s<>\"(),:;\\]+\.[^@\s.<>\"(),:;\\]+")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_HOST_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE | re.ASCII)
_FOLDER_NAME = re.compile(r"[\w][\w.-]*")

# Folders of a newsroom that belong to something else than the site.
RESERVED_FOLDERS = frozenset({"media", "var", "themes", "keys"})


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value: `noun` names it, `type` is what TOML must give."""

    noun: str
    type: type | tuple[type, ...]
    read: Callable[[Any], Any]
    from_text: Callable[[str], Any] = str
    is_secret: bool = False

    def take(self, value: object) -> Any:
        """Return the typed value for what TOML gave, or raise `WrongValueError`."""
        is_type = isinstance(value, self.type)
        if isinstance(value, bool) and self.type is not bool:
            is_type = False
        if not is_type:
            raise WrongValueError(f"this is {_describe(value)}.", f"It must be {self.noun}.")
        return self.read(value)


def _describe(value: object) -> str:
    for known, words in _TYPE_WORDS:
        if isinstance(value, known):
            return words
    return "a date or a time"


_TYPE_WORDS: list[tuple[type, str]] = [
    (bool, "true or false"),
    (int, "a number"),
    (float, "a number with a fraction"),
    (str, 'text in "quotes"'),
    (list, "a list in [brackets]"),
    (dict, "a table"),
]


def read_line(value: str) -> str:
    """Return one line of text with the blanks around it taken away."""
    if _CONTROL.search(value):
        raise WrongValueError(
            "this holds a line break or a control character.", "Write it on one line."
        )
    return value.strip()


def _read_name(value: str) -> str:
    if not (name := read_line(value)):
        raise WrongValueError(
            "this is empty.", "Readers see it at the head of every page: write a name."
        )
    return name


def _read_language(value: str) -> str:
    tag = tidy_tag(value)
    if not tag:
        raise WrongValueError(
            f"“{value}” is not a language tag.",
            'Give the short form, such as "en", "pt-BR", "zh-Hans" or "ko".',
        )
    return tag


def _read_time_zone(value: str) -> str:
    from zoneinfo import ZoneInfo, available_timezones

    from handpress.conf.faults import guess_meant

    try:
        return ZoneInfo(value.strip()).key
    except (KeyError, ValueError, OSError):
        names = available_timezones()
        by_city = {name.rpartition("/")[2].lower(): name for name in sorted(names)}
        place = value.strip().replace(" ", "_")
        meant = guess_meant(place, names) or by_city.get(place.rpartition("/")[2].lower(), "")
        hint = f'Did you mean "{meant}"?' if meant else ""
        example = 'Give an IANA name such as "Europe/Lisbon" or "Asia/Seoul".'
        raise WrongValueError(
            f"“{value}” is not a time zone.", f"{hint} {example}".strip()
        ) from None


def _read_email(value: str) -> str:
    address = read_line(value)
    if address and not _EMAIL.fullmatch(address):
        raise WrongValueError(
            f"“{value}” is not an e-mail address.", 'Write it like "desk@example.org".'
        )
    return address


def is_host_name(value: str) -> bool:
    """Say whether `value` is a host name or an IPv4 address (labels of ASCII letters)."""
    return len(value) <= 253 and all(_HOST_LABEL.fullmatch(part) for part in value.split("."))


def is_ip_v6(value: str) -> bool:
    """Say whether `value` is an IPv6 address, without brackets."""
    from ipaddress import AddressValueError, IPv6Address

    try:
        IPv6Address(value)
    except AddressValueError:
        return False
    return True


def _read_listen_host(value: str) -> str:
    host = value.strip().removeprefix("[").removesuffix("]")
    if not (is_host_name(host) or is_ip_v6(host)):
        raise WrongValueError(
            f"“{value}” is not a host.",
            'Give an address of this machine without port or scheme: "127.0.0.1", "0.0.0.0", "::".',
        )
    return host


def _read_trusted_hosts(value: list[object]) -> tuple[str, ...]:
    hosts = [_text_item(item).lower().removeprefix("[").removesuffix("]") for item in value]
    for host in hosts:
        if not (is_host_name(host.removeprefix(".")) or is_ip_v6(host)):
            raise WrongValueError(
                f"“{host}” is not the name of a host.",
                'Give names without scheme, port or star, such as ["desk.example.org"].',
            )
    return tuple(hosts)


def _read_port(value: int) -> int:
    if not 1 <= value <= 65535:
        raise WrongValueError(
            f"{value} is not a port.", "Give a number from 1 to 65535, such as 8000."
        )
    return value


def _read_workers(value: int) -> int:
    if not 0 <= value <= 256:
        raise WrongValueError(
            f"{value} is not a sensible number of processes.", "Give 0 (all cores) to 256."
        )
    return value


def _read_site_dir(value: str) -> Path:
    path = PurePosixPath(value.strip())
    inside = 'Give a folder inside the newsroom, such as "site".'
    if not value.strip() or path == PurePosixPath("."):
        raise WrongValueError("the site needs a folder of its own.", inside)
    if path.is_absolute() or ".." in path.parts or "\\" in value or _CONTROL.search(value):
        raise WrongValueError(f"“{value}” does not stay inside the newsroom's folder.", inside)
    if path.parts[0] in RESERVED_FOLDERS:
        raise WrongValueError(
            f"the folder “{path.parts[0]}” holds something else, and the press removes "
            "what is not a page.",
            inside,
        )
    return Path(path)


def _read_folder_name(value: str) -> str:
    if not _FOLDER_NAME.fullmatch(value):
        raise WrongValueError(
            f"“{value}” is not the name of a theme.", 'Give its folder: "broadsheet".'
        )
    return value


def _read_iban(value: str) -> str:
    iban = compact_iban(value)
    if iban and not is_iban(iban):
        raise WrongValueError(
            f"“{value}” is not a valid IBAN: its check digits do not fit.",
            "Compare it with the bank's papers, digit by digit; money would not arrive.",
        )
    return iban


def _read_bic(value: str) -> str:
    bic = re.sub(r"\s", "", value).upper()
    if bic and not _BIC.fullmatch(bic):
        raise WrongValueError(f"“{value}” is not a BIC.", "A BIC has 8 or 11 letters and digits.")
    return bic


def one_of(*words: str) -> Kind:
    """Return the kind of setting that is one of a few words."""
    choices = [f'"{word}"' for word in words if word]

    def read(value: str) -> str:
        word = value.strip().lower()
        if word not in words:
            raise WrongValueError(
                f"“{value}” is none of those that are possible.",
                f"Write {', '.join(choices[:-1])} or {choices[-1]}.",
            )
        return word

    return Kind(_QUOTED, str, read)


def whole_number(least: int, most: int) -> Kind:
    """Return the kind of setting that is a whole number from `least` to `most`."""

    def read(value: int) -> int:
        if not least <= value <= most:
            raise WrongValueError(
                f"{value} is not possible here.", f"Give a number from {least} to {most}."
            )
        return value

    return Kind(_WHOLE, int, read, int_from_text)


def _text_item(item: object) -> str:
    if not isinstance(item, str):
        raise WrongValueError(
            f"the list holds {_describe(item)}.", 'Each item must be text in "quotes".'
        )
    return read_line(item)


def _read_lines(value: list[object]) -> tuple[str, ...]:
    return tuple(line for line in map(_text_item, value) if line)


def int_from_text(text: str) -> int:
    """Return the whole number that a variable holds."""
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", text.strip()):
        raise WrongValueError(f"“{text}” is not a whole number.")
    return int(text)


def _bool_from_text(text: str) -> bool:
    words = {"true": True, "yes": True, "on": True, "1": True}
    words |= {"false": False, "no": False, "off": False, "0": False}
    if text.strip().lower() not in words:
        raise WrongValueError(f"“{text}” is neither true nor false.", "Give true or false.")
    return words[text.strip().lower()]


def list_from_text(text: str) -> list[str]:
    """Return the items of a list in a variable, which semicolons separate."""
    return [part.strip() for part in re.split(r"[;\n]", text) if part.strip()]


def _hosts_from_text(text: str) -> list[str]:
    return [part for part in re.split(r"[;,\s]+", text) if part]


_QUOTED = 'text in "quotes"'
_LIST = 'a list of texts: ["one", "two"]'
_WHOLE = "a whole number, without quotes"


def _as_is(value: bool) -> bool:
    return value


NAME = Kind(_QUOTED, str, _read_name)
LINE = Kind(_QUOTED, str, read_line)
LANGUAGE = Kind(_QUOTED, str, _read_language)
TIME_ZONE = Kind(_QUOTED, str, _read_time_zone)
EMAIL = Kind(_QUOTED, str, _read_email)
LISTEN_HOST = Kind(_QUOTED, str, _read_listen_host)
TRUSTED_HOSTS = Kind(_LIST, list, _read_trusted_hosts, _hosts_from_text)
PORT = Kind(_WHOLE, int, _read_port, int_from_text)
WORKERS = Kind(_WHOLE, int, _read_workers, int_from_text)
YES_NO = Kind("true or false, without quotes", bool, _as_is, _bool_from_text)
SECOND_FACTOR = one_of("required", "offered")
SITE_DIR = Kind(_QUOTED, str, _read_site_dir)
THEME = Kind(_QUOTED, str, _read_folder_name)
IBAN = Kind(_QUOTED, str, _read_iban)
BIC = Kind(_QUOTED, str, _read_bic)
LINES = Kind(_LIST, list, _read_lines, list_from_text)
