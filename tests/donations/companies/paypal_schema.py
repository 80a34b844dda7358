"""PayPal's own OpenAPI, which requests and the double's answers are held against.

It is read where it lies beside the repository; where it is absent nothing is held against it, and
`test_paypal` says so. It is taken more strictly than it is written: a name that a schema does not
have, which it lets pass, is a fault here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data" / "payments" / "paypal"
FILES = (
    "checkout_orders_v2",
    "payments_payment_v2",
    "reporting_transactions_v1",
    "customer_disputes_v1",
    "notifications_webhooks_v1",
)
_METHODS = {"get", "post", "put", "patch", "delete"}


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked, and where the names in it are explained."""

    file: str
    method: str
    path: re.Pattern[str]
    says: Mapping[str, Any]


def is_there() -> bool:
    return FOLDER.is_dir()


@cache
def _document(file: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{file}.json").read_text("utf-8"))
    return found


@cache
def _registry() -> Registry[Any]:
    made: Registry[Any] = Registry()
    for file in FILES:
        made = made.with_resource(f"urn:{file}", DRAFT202012.create_resource(_document(file)))
    return made


@cache
def operations() -> tuple[Operation, ...]:
    return tuple(
        Operation(file, method, re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), says)
        for file in FILES
        for path, methods in _document(file)["paths"].items()
        for method, says in methods.items()
        if method in _METHODS
    )


def faults_of_request(
    method: str,
    path: str,
    *,
    query: Mapping[str, list[str]],
    headers: Mapping[str, str],
    body: bytes,
) -> list[str]:
    """Return what PayPal's schema says against a request."""
    if not is_there():
        return []
    known = [o for o in operations() if o.method == method.lower() and o.path.fullmatch(path)]
    if not known:
        return [f"{method} {path}: PayPal has no such thing"]
    operation = known[0]
    faults = [*_of_parameters(operation, query, headers)]
    asked = operation.says.get("requestBody")
    if asked and body:
        schema = asked["content"]["application/json"]["schema"]
        faults += _of_value(operation.file, schema, json.loads(body))
    elif body:
        faults.append("there is a body")
    return [f"{method} {path}: {each}" for each in faults]


def faults_of_answer(method: str, path: str, status: int, body: Any) -> list[str]:
    """Return what PayPal's schema says against an answer of the double's."""
    if not is_there():
        return []
    known = [o for o in operations() if o.method == method.lower() and o.path.fullmatch(path)]
    answers = known[0].says["responses"] if known else {}
    content = answers.get(str(status), {}).get("content", {})
    if not content:
        return []
    schema = content["application/json"]["schema"]
    faults = _of_value(known[0].file, schema, body)
    return [f"answer to {method} {path}: {each}" for each in faults]


def _of_parameters(
    operation: Operation, query: Mapping[str, list[str]], headers: Mapping[str, str]
) -> Iterator[str]:
    named = [_resolved(operation.file, each) for each in operation.says.get("parameters", [])]
    asked = {each["name"]: each for each in named if each["in"] == "query"}
    yield from (f"unknown parameter {name}" for name in query.keys() - asked.keys())
    for name, parameter in asked.items():
        if name not in query:
            if parameter.get("required"):
                yield f"{name} is missing"
            continue
        (value,) = query[name]
        is_number = parameter["schema"].get("type") == "integer"
        yield from _of_value(
            operation.file, parameter["schema"], int(value) if is_number else value
        )
    for each in named:
        if each["in"] == "header" and each["name"].lower() in headers:
            yield from _of_value(operation.file, each["schema"], headers[each["name"].lower()])


def _of_value(file: str, schema: Mapping[str, Any], value: Any) -> list[str]:
    whole = json.loads(json.dumps(schema).replace('"#/', f'"urn:{file}#/'))
    validator = Draft202012Validator(whole, registry=_registry())
    found = [f"{each.json_path}: {each.message}" for each in validator.iter_errors(value)]
    return found + [f"unknown name {each}" for each in _unknown(file, schema, value, "$")]


def _resolved(file: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        found: Any = _document(file)
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def _names(file: str, schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what an object may hold; None where it may hold anything."""
    schema = _resolved(file, schema)
    if schema.get("additionalProperties"):
        return None
    names: dict[str, Any] = dict(schema.get("properties", {}))
    for part in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        more = _names(file, part)
        if more is None:
            return None
        names |= more
    return names


def _unknown(file: str, schema: Mapping[str, Any], value: Any, at: str) -> Iterator[str]:
    if isinstance(value, dict):
        names = _names(file, schema)
        for name, inner in value.items() if names is not None else ():
            if name not in (names or {}):
                yield f"{at}.{name}"
            else:
                yield from _unknown(file, (names or {})[name], inner, f"{at}.{name}")
    elif isinstance(value, list):
        items = _resolved(file, schema).get("items", {})
        for number, inner in enumerate(value):
            yield from _unknown(file, items, inner, f"{at}[{number}]")
