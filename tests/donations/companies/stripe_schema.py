"""Requests to Stripe, held against what the vendor's own client says of them.

The client's packages have a typed dictionary for the parameters of every call, made from Stripe's
OpenAPI. Here they are made strict: no other field, and of a list of names only those.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl

import typing_extensions
from pydantic import ConfigDict, TypeAdapter, ValidationError
from stripe import _request_options
from stripe._stripe_context import StripeContext

_PART = re.compile(r"\[([^\]]*)\]")
_OPTIONS = frozenset(_request_options.RequestOptions.__annotations__)
"""What stands in the client's dictionaries, and goes out as a header or not at all."""


def complaint(params: str, fields: Mapping[str, Any]) -> str:
    """Return what is wrong with what was asked; "" where it is as Stripe wants it.

    ``params`` is where the dictionary stands, as in ``_refund_create_params.RefundCreateParams``.
    """
    foreign = _OPTIONS & set(fields)
    if foreign:
        return f"{params}: {sorted(foreign)} are no parameters"
    try:
        _adapter(params).validate_python(fields)
    except ValidationError as error:
        return f"{params}: {error.errors(include_url=False, include_input=False)}"
    return ""


def read_form(encoded: str) -> dict[str, Any]:
    """Read ``a[b][0][c]=d`` as Stripe does: dictionaries, and lists where the names are figures."""
    read: dict[str, Any] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True, strict_parsing=bool(encoded)):
        first = name.split("[")[0]
        path = [first, *_PART.findall(name[len(first) :])]
        there = read
        for part in path[:-1]:
            there = there.setdefault(part, {})
        assert path[-1] not in there, f"{name} stands there twice"
        there[path[-1]] = value
    return {name: _listed(value) for name, value in read.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(each) for name, each in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


@cache
def _adapter(params: str) -> TypeAdapter[Any]:
    module_name, _, name = params.rpartition(".")
    module = import_module(f"stripe.params.{module_name}")
    names = {**vars(_request_options), **vars(module), "StripeContext": StripeContext}
    for each in list(names.values()):
        if typing_extensions.is_typeddict(each):
            _make_strict(each)
    adapter: TypeAdapter[Any] = TypeAdapter(names[name])
    adapter.rebuild(_types_namespace=names)
    return adapter


def _make_strict(found: Any) -> None:
    found.__pydantic_config__ = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    for name, hint in found.__annotations__.items():
        found.__annotations__[name] = _without_any_text(hint)


def _without_any_text(hint: Any) -> Any:
    """Return a hint without the ``str`` that stands for names still to come."""
    if isinstance(hint, typing.ForwardRef):
        words = hint.__forward_arg__
        return typing.ForwardRef(re.sub(r"(Literal\[[^\]]*\])\|str\b", r"\1", words))
    if typing_extensions.get_origin(hint) in {typing.NotRequired, typing_extensions.NotRequired}:
        return typing.NotRequired[_without_any_text(typing_extensions.get_args(hint)[0])]
    return hint
