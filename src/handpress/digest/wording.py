"""What readers agree to, in the theme's words. A change of them is a new wording on record."""

from __future__ import annotations

from handpress.press.site import site_facts, theme


def consent_words() -> str:
    """Return the sentence above the button of the form, in the outlet's language."""
    return theme().translate(
        "By signing up you ask {name} to mail you its digest. Your address is used for nothing "
        "else, and every mail has a link to leave.",
        name=site_facts().name,
    )
