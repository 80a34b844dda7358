"""The desk's language, out of those that Django has words for."""

from django.conf.global_settings import LANGUAGES


def choose_desk_language(tag: str) -> str:
    """Return Django's code for the language tag `tag`, the nearest it has, or English."""
    known = {code for code, _ in LANGUAGES}
    parts = tag.lower().split("-")
    while parts:
        if "-".join(parts) in known:
            return "-".join(parts)
        parts.pop()
    return "en"
