"""BTCPay Server's own description of its Greenfield API, to hold requests and answers against.

It is OpenAPI 3.0 (shared/data/payments/btcpay). Two things of it are turned into what JSON Schema
means: ``nullable`` becomes a type, and objects that are put together by ``allOf`` become one, since
each part forbids what is not its own. Its paths name no store; those below a store are the same
(its GreenfieldInvoiceController has both routes on each method).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data" / "payments" / "btcpay"
_BELOW_A_STORE = re.compile(r"/api/v1/stores/[^/]+(/invoices/.+)")
_UNDOCUMENTED = {"includeArchived"}
"""What its code takes and its description does not name."""


@lru_cache(maxsize=1)
def _described() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return schemas by name, and paths."""
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for name in ("swagger.template", "swagger.template.invoices", "swagger.template.webhooks"):
        file = FOLDER / f"{name}.json"
        if not file.is_file():
            pytest.skip(f"BTCPay Server's description is not there: {file}")
        read = json.loads(file.read_text("utf-8"))
        schemas |= read["components"].get("schemas", {})
        paths |= read.get("paths", {})
    return schemas, paths


def require() -> None:
    """Skip, by name, where the description is not there."""
    _described()


@lru_cache(maxsize=50)
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(_plain(_described()[0][name]))


def faults_of(name: str, value: Any) -> Iterator[str]:
    """Yield what is wrong with a value that should be what the description calls so."""
    for each in _validator(name).iter_errors(value):
        yield f"{name}: {each.json_path}: {each.message[:200]}"


def faults_of_query(path: str, query: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield what is wrong with what is asked for."""
    found = _operation("get", path)
    if found is None:
        yield f"GET {path}: no such path"
        return
    names = {each["name"]: each.get("schema", {}) for each in found if each.get("in") == "query"}
    for name, values in query.items():
        if name in _UNDOCUMENTED:
            continue
        if name not in names:
            yield f"GET {path}: {name} is unknown"
            continue
        for value in values:
            is_right = {"number": value.isdigit(), "boolean": value in {"true", "false"}}
            wanted = _kind_of(names[name])
            if not is_right.get(wanted, True):
                yield f"GET {path}: {name}={value} is no {wanted}"


def _kind_of(schema: Mapping[str, Any]) -> str:
    plain = _plain({**schema, "nullable": False})
    return str(plain.get("type", ""))


def _operation(method: str, path: str) -> list[dict[str, Any]] | None:
    below = _BELOW_A_STORE.fullmatch(path)
    plain = f"/api/v1{below[1]}" if below else path
    for pattern, methods in _described()[1].items():
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", pattern), plain) and method in methods:
            parameters: list[dict[str, Any]] = methods[method].get("parameters", [])
            return parameters
    return None


def _plain(schema: Any) -> Any:
    """Return a schema without references, as JSON Schema."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _plain(_described()[0][schema["$ref"].rpartition("/")[2]])
    found = {
        name: {key: _plain(each) for key, each in value.items()}
        if name == "properties"
        else _plain(value)
        for name, value in schema.items()
        if name not in {"example", "description", "format", "default", "title"}
    }
    found = _joined(found)
    if found.pop("nullable", False):
        found = {"anyOf": [{"type": "null"}, found]}
    return found


def _joined(schema: dict[str, Any]) -> dict[str, Any]:
    """Return one object for several that are put together."""
    parts = schema.pop("allOf", None)
    if parts is None:
        return schema
    if not any("properties" in each for each in parts):
        merged: dict[str, Any] = {}
        for each in parts:
            merged |= each
        return merged | schema
    properties: dict[str, Any] = {}
    for each in (*parts, schema):
        properties |= each.get("properties", {})
    is_closed = any(each.get("additionalProperties") is False for each in parts)
    joined = {"type": "object", "properties": properties, "additionalProperties": not is_closed}
    return {**{n: v for n, v in schema.items() if n != "properties"}, **joined}
