"""What every answer of the app carries; pages of the site are files and never come this way."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from handpress.press.answers import FOR_THE_WAY_BACK

# The desk may load nothing from anywhere else, whatever a package it is made of would like:
# a staff browser that asks a stranger for a picture tells it where the newsroom sits.
# Wagtail's date pickers and inline panels still need inline scripts.
DESK_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    ]
)

Answer = Callable[[HttpRequest], HttpResponse]


def guard_answers(get_response: Answer) -> Answer:
    """Keep what the app answers out of every cache, and the desk's pages to this host."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        # Wagtail's sprite and word lists say themselves that anyone may keep them.
        caching = response.get("Cache-Control", "")
        if "public" not in caching and caching != FOR_THE_WAY_BACK:
            response["Cache-Control"] = "no-store"
        response.setdefault("Content-Security-Policy", DESK_POLICY)
        return response

    return answer
