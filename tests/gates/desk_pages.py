"""Which pages of the desk are looked at: every one that is ours, and the way in.

Called inside a newsroom's own process. Ours are the views of packages other than Wagtail and
Django, and the lists and forms of our own tables. A new one is found by itself; one whose address
has a gap that only its author can fill is reported by the run, and gets a line in `EXAMPLES`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from gates import debit_rows
from gates.mail_rows import examples

ALWAYS = {"dashboard": "desk/"}
"""Pages of Wagtail's that hold parts of ours."""

EXAMPLES: dict[str, str] = {
    "desk/media/<path:path>": "",
    "desk/digest/delivery/<int:pk>/": "desk/digest/delivery/{edition}/",
    "desk/digest/delivery/<int:pk>/<slug:step>/": "desk/digest/delivery/{edition}/missed/",
    # A part of the page above, which a script fetches.
    "desk/digest/delivery/<int:pk>/now/": "",
    "desk/digest/delivery/<int:pk>/readers/": "desk/digest/delivery/{edition}/readers/",
    "desk/digest/editions/<int:pk>/": "desk/digest/editions/1/",
    "desk/digest/editions/<int:pk>/<slug:step>/": "desk/digest/editions/1/now/",
    # A mail in a frame, for which mail programs have rules of their own.
    "desk/digest/editions/<int:pk>/preview/": "",
    "desk/digest/readers/<int:pk>/": "desk/digest/readers/1/",
    "desk/digest/readers/<int:pk>/<slug:step>/": "desk/digest/readers/1/erase/",
    "desk/digest/readers/import/<int:pk>/": "desk/digest/readers/import/{list}/",
    "desk/digest/unreachable/<int:pk>/lift/": "desk/digest/unreachable/{suppressed}/lift/",
    "desk/donations/gifts/<int:pk>/": "desk/donations/gifts/1/",
    "desk/donations/gifts/<int:pk>/<slug:step>/": "desk/donations/gifts/1/refund/",
    "desk/donations/donors/<uuid:uuid>/": "desk/donations/donors/{donor}/",
    "desk/donations/donors/<uuid:uuid>/file/": "",
    "desk/donations/donors/<uuid:uuid>/name/": "desk/donations/donors/{donor}/name/",
    "desk/donations/receipts/<int:pk>/": "desk/donations/receipts/1/",
    "desk/donations/receipts/<int:pk>/void/": "desk/donations/receipts/1/void/",
    "desk/donations/receipts/<int:pk>/file.<slug:form>": "",
    "desk/donations/receipts/gift/<int:gift>/": "desk/donations/receipts/gift/2/",
    "desk/donations/receipts/sponsor/<int:pk>/": "desk/donations/receipts/sponsor/1/",
    "desk/donations/companies/<int:pk>/": "desk/donations/companies/{company}/",
    "desk/donations/monthly/<int:pk>/": "desk/donations/monthly/{plan}/",
    "desk/donations/ways/sponsor/<int:pk>/": "desk/donations/ways/sponsor/1/",
    "desk/donations/ways/sponsor/<int:pk>/hand-over/": "desk/donations/ways/sponsor/1/hand-over/",
    "desk/donations/ways/sponsor/<int:pk>/resume/": "desk/donations/ways/sponsor/1/resume/",
    "desk/donations/ways/sponsor/<int:sponsor>/<slug:kind>/": "desk/donations/ways/sponsor/1/link/",
    "desk/donations/ways/<int:pk>/": "desk/donations/ways/1/",
    "desk/donations/ways/<int:pk>/debits/": "desk/donations/ways/{debit}/debits/",
    "desk/donations/ways/<int:pk>/debits/<slug:name>/": "",
    "desk/donations/ways/<int:pk>/mandate/": "desk/donations/ways/{debit}/mandate/",
    "desk/outbox/<str:name>/": "desk/outbox/{mail}/",
    # A mail in a frame again.
    "desk/outbox/<str:name>/frame/": "",
    # These only take a press of a button.
    "desk/outbox/<str:name>/delete/": "",
    "desk/returned/<int:pk>/seen/": "",
    "desk/donations/statements/<int:pk>/": "",
    # There for a day, once a list was brought.
    "desk/donations/donors/import/<slug:token>/": "",
    "desk/letters/<int:pk>/<slug:step>/": "desk/letters/{letter}/again/",
    "-/mail/<slug:name>/": "",
    # What readers are answered: `gates.readers` goes there as a reader does.
    "-/confirm/<str:signed>": "",
    "-/my-data/<str:signed>": "",
    # Donors: `gates.donors`.
    "-/gift/<str:signed>": "",
    "-/plan/<str:signed>": "",
    "-/again/<str:signed>": "",
    "-/company/<uuid:hook>": "",
    "-/practice/<str:name>": "",
    "-/unsubscribe/<str:token>": "",
    "-/preferences/<str:token>": "",
    "-/data-link/<str:token>": "",
    "desk/groups/delete/<int:pk>/": "desk/groups/delete/1/",
    "desk/groups/edit/<int:pk>/": "desk/groups/edit/1/",
    "desk/link/<str:token>/": "desk/link/of-nobody/",
    "desk/password_reset/<path:rest>": "",
    # Nobody has a passkey here; these look like the page that adds one.
    "desk/security/passkeys/<int:pk>/remove/": "",
    "desk/security/passkeys/<int:pk>/rename/": "",
    "desk/snippets/newsroom/article/make/<slug:kind>/": "",
    "desk/snippets/newsroom/article/suggest/<slug:kind>/": "",
    "desk/staff/<int:pk>/end-sessions/": "desk/staff/1/end-sessions/",
    "desk/staff/<int:pk>/lock/": "desk/staff/1/lock/",
    "desk/staff/<int:pk>/password-link/": "desk/staff/1/password-link/",
    "desk/staff/links/<int:pk>/revoke/": "",
}
"""Address with gaps -> an address as it may be asked for; "" where it leads to no page."""

# An empty form looks like one that is filled in.
_FORMS = {"list": "list", "index": "list", "edit": "form"}
_FOREIGN = ("wagtail.", "django.")
_BEST_ROW = {"Article": {"slug": "everything"}, "User": {"username": "gatekeeper"}}


def desk_pages() -> dict[str, Any]:
    """Return ``pages`` (name -> address below the root) and ``unknown`` (addresses with gaps)."""
    pages = dict(ALWAYS)
    unknown = []
    gaps = examples() | debit_rows.examples()
    for address, view, name in _patterns(get_resolver()):
        model = (getattr(view, "view_initkwargs", None) or {}).get("model")
        if model is not None and _is_ours(model):
            if name in _FORMS:
                pages[f"{model.__name__.lower()} {_FORMS[name]}"] = _filled(address, model)
        elif not _is_ours(getattr(view, "view_class", view)):
            continue
        elif "<" not in address:
            pages[address.rstrip("/")] = address
        elif address not in EXAMPLES:
            unknown.append(address)
        elif example := EXAMPLES[address]:
            pages[example] = example.format(**gaps)
    return {"pages": pages, "unknown": unknown}


def _patterns(resolver: Any, before: str = "") -> Iterator[tuple[str, Any, str]]:
    for pattern in resolver.url_patterns:
        address = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern, address)
        elif isinstance(pattern, URLPattern):
            yield address, pattern.callback, pattern.name or ""


def _is_ours(thing: Any) -> bool:
    return not getattr(thing, "__module__", "").startswith(_FOREIGN)


def _filled(address: str, model: Any) -> str:
    rows = model._default_manager.filter(**_BEST_ROW.get(model.__name__, {}))
    row = rows.first() or model._default_manager.first()
    return address.replace("<int:pk>", str(row.pk if row else 0))
