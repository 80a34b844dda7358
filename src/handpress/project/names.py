"""What the desk calls the outlet."""

from __future__ import annotations


def name_of_the_site() -> str:
    """Return the outlet's name as it is now: chosen on the desk, else that of handpress.toml."""
    # Apps are not loaded yet when the settings are.
    from handpress.press.site import site_facts

    return site_facts().name
