"""How a setting is declared: in a table's dataclass, with its kind, default and a sentence."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from handpress.conf.kinds import Kind


def setting(default: Any, kind: Kind, help: str) -> Any:
    """Declare a setting: `default` as TOML would write it."""
    metadata = {"kind": kind, "default": default, "help": help}
    # An empty name is no name: what may not be left empty has a default that is not.
    return field(default=kind.take(default), metadata=metadata, repr=not kind.is_secret)


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
        return self.variable_of("")

    def variable_of(self, item: str) -> str:
        """Return the variable for one table of a list: HANDPRESS_MAIL_RELAYS_MAIN_PASSWORD."""
        steps = [self.table, item, self.key] if item else [self.table, self.key]
        return "HANDPRESS_" + "_".join(steps).upper().replace(".", "_").replace("-", "_")


def declared_in(table: str, of: type) -> list[Declared]:
    """Return the settings that the dataclass `of` declares, in their order."""
    return [
        Declared(table, each.name, **each.metadata)
        for each in fields(of)
        if "kind" in each.metadata
    ]
