"""What the form of an article asks the desk while one writes."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from handpress.newsroom.actions import add_named
from handpress.newsroom.core.excerpts import count_words, first_sentences
from handpress.newsroom.core.paragraphs import running_text
from handpress.newsroom.models import Article
from handpress.newsroom.queries import KINDS, describe, suggest

_LONGEST_NAME = 200
MADE_HERE = frozenset({"topic", "contributor", "source"})


def _must_write(request: HttpRequest) -> None:
    may: Any = request.user
    if not any(may.has_perm(f"newsroom.{act}_article") for act in ("add", "change")):
        raise PermissionDenied


@require_POST
def take_sentences(request: HttpRequest) -> JsonResponse:
    """Answer with the first sentences of the body that is being written; store nothing."""
    _must_write(request)
    try:
        blocks = _posted_body(request)
    except (ValueError, TypeError, KeyError, AttributeError):
        return _trouble("The body could not be read. It is unchanged.", 400)
    excerpt = first_sentences(running_text(blocks))
    if not excerpt:
        return _trouble("The body has no sentences yet: write a block of text first.")
    return JsonResponse({"excerpt": excerpt, "words": count_words(excerpt)})


def _posted_body(request: HttpRequest) -> list[dict[str, Any]]:
    field: Any = Article._meta.get_field("body")
    block = field.stream_block
    value = block.value_from_datadict(request.POST, request.FILES, "body")
    blocks: list[dict[str, Any]] = block.get_prep_value(value)
    return blocks


@require_GET
def answer_suggestions(request: HttpRequest, kind: str) -> JsonResponse:
    """Answer with what a few typed letters may mean, and whether one may make what is missing."""
    _must_write(request)
    words = request.GET.get("q", "")[:_LONGEST_NAME]
    found = [one.as_dict() for one in suggest(_known(kind), words)]
    may: Any = request.user
    may_add = kind in MADE_HERE and may.has_perm(f"newsroom.add_{kind}")
    return JsonResponse({"found": found, "may_add": may_add})


@require_POST
def make_named(request: HttpRequest, kind: str) -> JsonResponse:
    """Make what is missing, by its name alone."""
    _must_write(request)
    user: Any = request.user
    if _known(kind) not in MADE_HERE or not user.has_perm(f"newsroom.add_{kind}"):
        raise PermissionDenied
    name = " ".join(request.POST.get("name", "").split())
    if not name or len(name) > _LONGEST_NAME:
        return _trouble(f"A name has between 1 and {_LONGEST_NAME} characters.", 400)
    try:
        row = add_named(kind, name, user=user)
    except ValidationError as error:
        return _trouble(" ".join(error.messages), 400)
    return JsonResponse(describe(kind, [row.pk])[row.pk].as_dict())


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise PermissionDenied
    return kind


def _trouble(words: str, status: int = 200) -> JsonResponse:
    return JsonResponse({"trouble": words}, status=status)
