"""What donors are answered, from the form to each way to send a gift."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gates.pages import SitePage
from gates.walk import Walk, choices_in, hidden_in


def donor_answers(outlet: str, url: str, folder: Path) -> Iterator[SitePage]:
    """Yield every answer that a newsroom which is served gives a donor."""
    walk, form = Walk(outlet, url, folder), f"{url}-/donate"
    yield walk.get("give", form)
    yield walk.post("give, nothing chosen", form)
    yield walk.post("give, no amount", form, choice="other", amount="ten", frequency="monthly")
    yield walk.post("give, two readings", form, amount="1.234", currency="KWD")
    ways = walk.post("give, ways", form, choice="once EUR 2500")
    yield ways
    sent = hidden_in(ways)
    yield walk.post("give, no way", form, **sent, way="", email="nobody")
    yield walk.post("give, every month", form, choice="monthly EUR 1000")
    for number, way in enumerate(choices_in(ways, "way"), 1):
        yield walk.post(f"gift {number}", form, **sent, way=way)
    monthly = hidden_in(walk.post("give, every month", form, choice="monthly EUR 1000"))
    yield walk.post("gift, every month", form, **monthly, way=choices_in(ways, "way")[0])
    yield walk.get("gift, unknown", f"{url}-/gift/nothing")
