"""What Mollie takes, as its public reference says (docs.mollie.com/reference), written by hand.

Mollie's own schema may not be used for everything, so this is a reading of ours of the pages
"create payment", "create refund", "create customer", "revoke mandate" and those of the lists. It is
stricter than Mollie in one way: what we have no use for must not be sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from jsonschema import Draft202012Validator

_LOCALES = """
    ca_ES cs_CZ da_DK de_AT de_CH de_DE de_LU en_GB en_US es_ES fi_FI fr_BE fr_FR fr_LU hu_HU is_IS
    it_IT lt_LT lv_LV nb_NO nl_BE nl_NL pl_PL pt_PT sk_SK sv_SE
""".split()
_NO_DECIMALS = ["ISK", "JPY"]
_ADDRESS = {"type": "string", "pattern": r"^https?://[^\s/]+/\S*$", "maxLength": 2000}
_AMOUNT = {
    "type": "object",
    "required": ["currency", "value"],
    "additionalProperties": False,
    "properties": {
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "value": {"type": "string"},
    },
    "if": {"properties": {"currency": {"enum": _NO_DECIMALS}}},
    "then": {"properties": {"value": {"pattern": "^(0|[1-9][0-9]*)$"}}},
    "else": {"properties": {"value": {"pattern": r"^(0|[1-9][0-9]*)\.[0-9]{2}$"}}},
}
_MODE = {"const": True}
_PAYMENT = {
    "type": "object",
    "required": ["amount", "description"],
    "additionalProperties": False,
    "properties": {
        "amount": _AMOUNT,
        "description": {"type": "string", "minLength": 1, "maxLength": 255},
        "redirectUrl": _ADDRESS,
        "cancelUrl": _ADDRESS,
        "webhookUrl": _ADDRESS,
        "locale": {"enum": _LOCALES},
        "metadata": {"type": "object"},
        "sequenceType": {"enum": ["oneoff", "first", "recurring"]},
        "customerId": {"type": "string", "pattern": "^cst_.+$"},
        "mandateId": {"type": "string", "pattern": "^mdt_.+$"},
        "profileId": {"type": "string", "pattern": "^pfl_.+$"},
        "testmode": _MODE,
    },
    "if": {
        "required": ["sequenceType"],
        "properties": {"sequenceType": {"const": "recurring"}},
    },
    "then": {
        "required": ["customerId", "mandateId"],
        "properties": {"redirectUrl": False, "cancelUrl": False},
    },
    "else": {
        "required": ["redirectUrl"],
        "properties": {"mandateId": False},
        "dependentRequired": {"sequenceType": ["customerId"]},
    },
}
_CUSTOMER = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "email": {"type": "string"},
        "locale": {"enum": _LOCALES},
        "metadata": {"type": "object"},
        "testmode": _MODE,
    },
}
_REFUND = {
    "type": "object",
    "required": ["amount"],
    "additionalProperties": False,
    "properties": {
        "amount": _AMOUNT,
        "description": {"type": "string", "maxLength": 255},
        "metadata": {"type": "object"},
        "testmode": _MODE,
    },
}
_REVOKE = {
    "type": ["object", "null"],
    "additionalProperties": False,
    "properties": {"testmode": _MODE},
}
_BODIES = {
    r"POST /v2/payments": Draft202012Validator(_PAYMENT),
    r"POST /v2/customers": Draft202012Validator(_CUSTOMER),
    r"POST /v2/payments/tr_\w+/refunds": Draft202012Validator(_REFUND),
    r"DELETE /v2/customers/cst_\w+/mandates/mdt_\w+": Draft202012Validator(_REVOKE),
}
_LIST = {"from", "limit"}
_QUERIES = {
    r"/v2/payments": _LIST | {"profileId", "testmode", "sort"},
    r"/v2/payments/\w+": {"embed", "testmode"},
    r"/v2/refunds": _LIST | {"profileId", "testmode", "embed", "sort"},
    r"/v2/chargebacks": _LIST | {"profileId", "testmode", "embed", "sort"},
    r"/v2/customers/\w+": {"testmode"},
    r"/v2/customers/\w+/mandates/\w+": {"testmode"},
    r"/v2/profiles/\w+": {"testmode"},
    r"/v2/onboarding/me": {"testmode"},
    r"/v2/balances": _LIST | {"testmode"},
    r"/v2/balances/\w+/transactions": _LIST | {"testmode"},
    r"/v2/settlements": _LIST,
    r"/v2/settlements/\w+": set(),
}
_EMBEDS = {"payment", "refunds", "chargebacks", "refunds,chargebacks"}


def faults_of_body(method: str, path: str, body: Any) -> Iterator[str]:
    """Yield what is wrong with the body of a request that makes or takes away something."""
    for pattern, schema in _BODIES.items():
        if re.fullmatch(pattern, f"{method} {path}"):
            yield from (f"{path}: {each.message}" for each in schema.iter_errors(body))
            if body and len(json.dumps(body.get("metadata")).encode()) > 1024:
                yield f"{path}: metadata of more than 1 kB"
            return
    yield f"{method} {path}: nothing is sent there"


def faults_of_query(path: str, query: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield what is wrong with what is asked for."""
    known = [names for pattern, names in _QUERIES.items() if re.fullmatch(pattern, path)]
    if not known:
        yield f"{path}: nothing is asked there"
        return
    yield from (f"{path}: unknown {each}" for each in query if each not in known[0])
    for limit in query.get("limit", []):
        if not 1 <= int(limit) <= 250:
            yield f"{path}: limit {limit}"
    for embed in query.get("embed", []):
        if embed not in _EMBEDS:
            yield f"{path}: embed {embed}"


def is_uuid4(text: str) -> bool:
    """Say whether a key has the form that Mollie asks for."""
    try:
        found = UUID(text)
    except ValueError:
        return False
    return found.version == 4 and str(found) == text
