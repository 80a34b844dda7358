"""Where on the desk one acts on a row."""

from __future__ import annotations

from typing import Any

from django.urls import NoReverseMatch, reverse
from wagtail.admin.admin_url_finder import AdminURLFinder


def edit_url(model: Any, pk: object) -> str:
    """Return where a row is edited; empty where its kind is not edited on the desk."""
    return _snippet_url(model, "edit", pk)


def add_url(model: Any) -> str:
    """Return where a new row is made."""
    return _snippet_url(model, "add")


def list_url(model: Any) -> str:
    """Return where all rows of a kind are listed."""
    return _snippet_url(model, "list")


def found_url(user: Any, row: Any) -> str:
    """Return where the user may edit a row that the desk knows in whatever way, or nothing."""
    return AdminURLFinder(user).get_edit_url(row) or ""


def named_url(name: str) -> str:
    """Return an address by name; empty where the desk has no such door."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _snippet_url(model: Any, action: str, *args: object) -> str:
    viewset = getattr(model, "snippet_viewset", None)
    return reverse(viewset.get_url_name(action), args=args) if viewset else ""
