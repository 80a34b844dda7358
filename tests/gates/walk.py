"""Going through forms as a reader goes.

Most of what one sees is the answer to a press of a button, which no address shows again, so each
answer is kept as it came, to be shown at the address that it came from.
"""

from __future__ import annotations

import http.client
import re
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

from bs4 import BeautifulSoup

from gates.pages import SitePage
from servers import wait_until

ANSWER = "answer"
_LINK = re.compile(r"https?://\S+/-/\S+")
_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}


class Walk:
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
        if answer.status == http.HTTPStatus.SEE_OTHER:
            return self.get(name, urljoin(url, answer.headers["Location"]))
        kind = answer.headers.get_content_type()
        assert kind == "text/html", f"{method} {url}: {answer.status} {kind}"
        assert answer.status < 500, f"{method} {url}: {answer.status}"
        return SitePage(self.outlet, ANSWER, f"-/{name}.html", url, content, key=method)


def hidden_in(page: SitePage) -> dict[str, str]:
    """Return the hidden fields of the first form in a page's main part."""
    form = BeautifulSoup(page.content, "html.parser").select("main form")[0]
    return {str(each["name"]): str(each["value"]) for each in form.select("input[type=hidden]")}


def choices_in(page: SitePage, name: str) -> list[str]:
    """Return the values that can be chosen for a field."""
    found = BeautifulSoup(page.content, "html.parser").select(f"main input[name={name}]")
    return [str(each["value"]) for each in found]
