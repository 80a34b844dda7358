"""Tables that are written several times, such as [[mail.relays]]: each has a name of its own.

A setting of one may come from the environment too: that of the relay "main" is
HANDPRESS_MAIL_RELAYS_MAIN_PASSWORD. A table must stand in handpress.toml to have a name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from handpress.conf import secret
from handpress.conf.declaring import Declared
from handpress.conf.faults import Fault, WrongValueError, guess_meant

Environment = Mapping[str, str]
Place = Callable[[str], str]


def read_list(
    declared: list[Declared],
    raw: object,
    environ: Environment,
    faults: list[Fault],
    *,
    place: Place,
) -> list[tuple[str, dict[str, Any]]]:
    """Return (where it stands, values) for each table of the list `raw`; faults are added."""
    table = declared[0].table
    if not isinstance(raw, list) or not all(isinstance(item, dict) for item in raw):
        remedy = f"Write [[{table}]] on a line of its own and its settings below."
        faults.append(Fault(place(table), "this is the name of a list of tables.", remedy))
        return []
    found = []
    names: dict[str, str] = {}
    for number, item in enumerate(raw):
        where = f"{table}[{number}]"
        if "name" not in item:
            remedy = 'Give each a name of its own, such as name = "main".'
            faults.append(Fault(place(f"{where}.name"), "this is missing.", remedy))
        values = dict(_values(declared, item, where, environ, faults, place))
        key = _key(str(item.get("name", where)))
        if names.setdefault(key, where) != where:
            problem = f"another table has the name “{item['name']}”."
            faults.append(Fault(place(f"{where}.name"), problem, "Give each a name of its own."))
        found.append((where, values))
    return found


def variables_of(declared: list[Declared], raw: object) -> Iterator[str]:
    """Yield every variable that may set something in the list `raw`."""
    for item in raw if isinstance(raw, list) else []:
        name = item.get("name") if isinstance(item, dict) else None
        if isinstance(name, str) and name:
            for each in declared:
                yield each.variable_of(name)
                if each.kind.is_secret:
                    yield f"{each.variable_of(name)}_FILE"


def _key(name: str) -> str:
    return name.upper().replace("-", "_")


def _values(
    declared: list[Declared],
    item: dict[str, Any],
    where: str,
    environ: Environment,
    faults: list[Fault],
    place: Place,
) -> Iterator[tuple[str, Any]]:
    known = {each.key: each for each in declared}
    for key in item.keys() - known.keys():
        meant = guess_meant(key, known)
        remedy = f"Did you mean {meant}?" if meant else f"There are {', '.join(known)}."
        faults.append(Fault(place(f"{where}.{key}"), "there is no such setting.", remedy))
    name = item.get("name")
    for key, each in known.items():
        at, raw, is_text = place(f"{where}.{key}"), item.get(key), False
        if isinstance(name, str) and name and key != "name":
            variable = each.variable_of(name)
            if text := _variable(each, variable, environ, faults):
                at, raw, is_text = variable, text, True
        if raw is None:
            continue
        try:
            yield key, each.kind.take(each.kind.from_text(raw) if is_text else raw)
        except WrongValueError as wrong:
            faults.append(Fault(at, wrong.problem, wrong.remedy))


def _variable(each: Declared, name: str, environ: Environment, faults: list[Fault]) -> str:
    if each.kind.is_secret:
        return secret.read_text_or_file(name, environ, faults)
    return environ.get(name, "")
