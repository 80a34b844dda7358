"""What donors are answered, from the form to each way to send a gift, and what letters lead to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from bs4 import BeautifulSoup

from gates.pages import SitePage
from gates.walk import Walk, choices_in, hidden_in


def donor_answers(
    outlet: str, url: str, folder: Path, links: Mapping[str, str]
) -> Iterator[SitePage]:
    """Yield every answer that a newsroom which is served gives a donor.

    ``links`` are what letters lead to, by what they show.
    """
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
    yield from _by_company(walk, form, ways)
    yield walk.get("gift, unknown", f"{url}-/gift/nothing")
    for name, link in links.items():
        yield walk.get(name, f"{url}{link}")
    yield walk.post("plan, no sum", f"{url}{links['plan']}", do="change", amount="lots")
    yield walk.post("plan, to end", f"{url}{links['plan']}", do="end")
    yield walk.post("again, no way", f"{url}{links['again']}", do="agree")


def _by_company(walk: Walk, form: str, ways: SitePage) -> Iterator[SitePage]:
    """Give by the practice company, with its fee: shown, left, and paid."""
    way = _named(ways, "way", of="practice")
    sent = hidden_in(ways)
    review = walk.post("give, with the fee", form, **sent, way=way, cover="1")
    yield review
    page = walk.post("company", form, **hidden_in(review))
    yield page
    yield walk.post("gift, left", page.url, do="decline")
    again = walk.post("company again", form, **sent, way=way)
    yield walk.post("gift, paid", again.url, do="pay")


def _named(page: SitePage, name: str, *, of: str) -> str:
    """Return the value of a choice whose words hold something, the first one where none does."""
    found = BeautifulSoup(page.content, "html.parser").select(f"main input[name={name}]")
    for each in found:
        label = each.find_parent("label")
        if label and of in label.get_text():
            return str(each["value"])
    return str(found[-1]["value"])
