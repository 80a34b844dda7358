"""Who sees what on the desk's home: only what one can act on."""

from __future__ import annotations

from typing import Any


def may_write(user: Any) -> bool:
    """Return whether the user begins articles."""
    return bool(user.has_perm("newsroom.add_article"))


def may_edit(user: Any) -> bool:
    """Return whether the user works on articles at all."""
    verbs = ("add", "change", "publish", "view")
    return any(user.has_perm(f"newsroom.{verb}_article") for verb in verbs)


def may_publish(user: Any) -> bool:
    """Return whether what the user does is printed, so that the press matters to it."""
    verbs = ("publish_article", "publish_topic", "change_outlet")
    return any(user.has_perm(f"newsroom.{verb}") for verb in verbs)


def may_raise(user: Any) -> bool:
    """Return whether the user looks after campaigns."""
    return any(user.has_perm(f"donations.{verb}_campaign") for verb in ("add", "change"))


def may_see_letters(user: Any) -> bool:
    """Return whether the user looks after mail to single people."""
    return bool(user.has_perm("mail.view_letter"))


def may_see_editions(user: Any) -> bool:
    """Return whether the user looks after the digest."""
    return bool(user.has_perm("digest.view_edition"))


def may_file(user: Any) -> bool:
    """Return whether the user can do something about a topic without news."""
    return may_write(user) or bool(user.has_perm("newsroom.change_topic"))
