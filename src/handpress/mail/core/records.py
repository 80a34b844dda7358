"""Records in DNS that mail depends on: asked for, read, and written down to be published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

_STRING = 255


class DnsTrouble(Exception):
    """DNS gave no answer, neither yes nor no; trying again may help."""


class Dns(Protocol):
    """What is asked of DNS. Each returns nothing where there is no such name or record."""

    def txt(self, name: str) -> list[str]: ...
    def mx(self, name: str) -> list[tuple[int, str]]: ...
    def addresses(self, name: str) -> list[str]: ...
    def names(self, address: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Record:
    """A record to publish."""

    name: str
    kind: str
    value: str

    def __str__(self) -> str:
        """Return it as a zone's file has it: no string of a text is longer than 255 octets."""
        value = self.value
        if self.kind == "TXT":
            cut = range(0, len(value), _STRING)
            value = " ".join(f'"{value[at : at + _STRING]}"' for at in cut)
        return f"{self.name}. {self.kind} {value}"


def read_tags(text: str) -> dict[str, str]:
    """Return the tags of a record such as ``v=DMARC1; p=none`` by name, in lower case."""
    tags: dict[str, str] = {}
    for part in text.split(";"):
        name, is_tag, value = part.partition("=")
        if is_tag and name.strip():
            tags.setdefault(name.strip().lower(), "".join(value.split()))
    return tags


def write_tags(tags: dict[str, str]) -> str:
    """Return a record of tags."""
    return "; ".join(f"{name}={value}" for name, value in tags.items())


def of_version(texts: list[str], version: str) -> list[str]:
    """Return the records that begin with a version tag, such as ``v=DMARC1``."""
    wanted = version.lower()
    return [
        each
        for each in texts
        if each.split(";", 1)[0].replace(" ", "").lower() == wanted
        or each.lower().split(" ", 1)[0] == wanted
    ]
