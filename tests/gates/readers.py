"""What readers of the digest are answered, gone to as a reader goes: forms, mails, buttons.

Most of it is the answer to a press of a button, which no address shows again, so each answer is
kept as it came, to be shown at the address that it came from.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from gates.pages import SitePage
from servers import wait_until

ANSWER = "answer"
_LINK = re.compile(r"https?://\S+/-/\S+")
_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}


def reader_answers(outlet: str, url: str, folder: Path) -> Iterator[SitePage]:
    """Yield every answer that a newsroom which is served gives a reader."""
    walk = _Walk(outlet, url, folder)
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


class _Walk:
    """One reader, one newsroom."""

    def __init__(self, outlet: str, url: str, folder: Path) -> None:
        self.outlet = outlet
        self.host = urlsplit(url).netloc
        self.mails = folder / "var" / "outbox" / "new"
        self.language = "ar" if outlet == "arabic" else "en"

    def get(self, name: str, url: str) -> SitePage:
        return self._ask("GET", name, url)

    def post(self, name: str, url: str, **fields: str) -> SitePage:
        return self._ask("POST", name, url, urlencode(fields))

    def mailed(self, number: int) -> str:
        """Return the address in the reader's mail of that number, once it is there."""
        found: list[str] = []

        def has_come() -> bool:
            found[:] = self._links()
            return len(found) >= number

        wait_until(has_come)
        return found[number - 1]

    def _links(self) -> list[str]:
        links = []
        for file in sorted(self.mails.glob("*.handpress"), key=lambda each: each.name):
            mail = message_from_bytes(file.read_bytes(), policy=policy.default)
            text = mail.get_body(("plain",))
            if "ada@reader.example" in str(mail["To"]) and text is not None:
                links += _LINK.findall(text.get_content())[:1]
        return links

    def _ask(self, method: str, name: str, url: str, body: str = "") -> SitePage:
        connection = http.client.HTTPConnection(self.host, timeout=30)
        try:
            headers = _TYPE if method == "POST" else {}
            connection.request(method, urlsplit(url).path, body or None, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        kind = answer.headers.get_content_type()
        assert kind == "text/html", f"{method} {url}: {answer.status} {kind}"
        assert answer.status < 500, f"{method} {url}: {answer.status}"
        return SitePage(self.outlet, ANSWER, f"-/{name}.html", url, content, key=method)
