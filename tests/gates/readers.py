"""What readers of the digest are answered, gone to as a reader goes: forms, mails, buttons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gates.pages import SitePage
from gates.walk import Walk


def reader_answers(outlet: str, url: str, folder: Path) -> Iterator[SitePage]:
    """Yield every answer that a newsroom which is served gives a reader."""
    walk = Walk(outlet, url, folder)
    sign_up = f"{url}-/subscribe"
    yield walk.get("form", sign_up)
    yield walk.post("form, no address", sign_up, address="nobody")
    yield walk.post("form, a slip", sign_up, address="ada@gmail.con")
    yield walk.post("signed up", sign_up, address="ada@reader.example", frequency="weekly")
    confirm = walk.mailed(1)
    yield walk.get("confirm", confirm)
    yield walk.post("confirmed", confirm)
    yield walk.get("confirm, dead", f"{url}-/confirm/nothing")
    yield walk.post("known", sign_up, address="ada@reader.example")
    preferences = walk.mailed(2)
    token = preferences.rpartition("/")[2]
    wanted = {"frequency": "daily", "which": "all", "pause": "week", "language": walk.language}
    yield walk.post("preferences, no topic", preferences, **{**wanted, "which": "chosen"})
    yield walk.post("preferences, saved", preferences, **wanted)
    yield walk.get("preferences", preferences)
    yield walk.get("preferences, nobody's", f"{url}-/preferences/nobody")
    yield walk.get("data link", f"{url}-/data-link/{token}")
    yield walk.post("data link, mailed", f"{url}-/data-link/{token}")
    own = walk.mailed(3)
    yield walk.get("data", own)
    yield walk.post("data, not sure", own, do="erase")
    yield walk.get("leave", f"{url}-/unsubscribe/{token}")
    yield walk.post("left", f"{url}-/unsubscribe/{token}")
    yield walk.get("preferences, left", preferences)
    yield walk.post("erased", own, do="erase", sure="1")
    yield walk.get("data, dead", f"{url}-/my-data/nothing")
    walk.post("signed up", sign_up, address="ben@reader.example")
    yield walk.post("press once more", sign_up, address="cy@reader.example")
