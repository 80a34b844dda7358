"""The desk's forms, filled in and sent as a browser would, without one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bs4 import BeautifulSoup, Tag
from django.test import Client
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

Fields = dict[str, Any]

PUBLISH = {"action-publish": "action-publish"}


@dataclass
class Desk:
    """An editor who is signed in."""

    client: Client

    def form(self, url: str) -> Fields:
        """Return what a browser would send if nothing on the form were changed."""
        answer = self.client.get(url)
        assert answer.status_code == 200, (url, answer.status_code)
        soup = BeautifulSoup(answer.content.decode(), "html.parser")
        form = soup.find("form", id="w-editor-form")
        assert isinstance(form, Tag), url
        for template in form.find_all("template"):
            template.decompose()
        fields: Fields = {}
        for field in form.find_all(["input", "textarea", "select"]):
            name = str(field.get("name") or "")
            if name and "__prefix__" not in name and name != "csrfmiddlewaretoken":
                fields |= _sent(name, field)
        return fields

    def send(self, url: str, *changes: Mapping[str, Any], **more: Any) -> Any:
        """Change some fields of a form and send it; fail where the desk refuses it."""
        answer = self.try_to_send(url, *changes, **more)
        assert answer.status_code == 302, _complaints(answer)
        return answer

    def try_to_send(self, url: str, *changes: Mapping[str, Any], **more: Any) -> Any:
        """Change some fields of a form and send it; return what the desk answers."""
        fields = self.form(url)
        for some in (*changes, more):
            fields |= some
        return self.client.post(url, fields)

    def confirm(self, url: str) -> None:
        """Say yes on a page that asks whether one is sure."""
        asked = self.client.get(url)
        assert asked.status_code == 200
        soup = BeautifulSoup(asked.content.decode(), "html.parser")
        # What stands in the page that asks: several articles are named in it once more.
        hidden = soup.select("main form[method=POST i] input[type=hidden][name]")
        fields = [(str(one["name"]), str(one.get("value", ""))) for one in hidden]
        answer = self.client.post(
            url, urlencode(fields), content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code == 302, _complaints(answer)


def url_of(model: str, action: str, pk: int | None = None) -> str:
    """Return where the desk adds, edits, unpublishes ... a row, as in ``newsroom/topic``."""
    return f"/desk/snippets/{model}/{action}/" + (f"{pk}/" if pk else "")


def body_of(*blocks: tuple[str, Any]) -> Fields:
    """Return the fields of an article's body; text blocks are given as HTML."""
    written = [
        (kind, rich_text(value) if kind == "text" and value.startswith("<") else value)
        for kind, value in blocks
    ]
    return nested_form_data({"body": streamfield(written)})


def topics_of(*topics: int) -> Fields:
    """Return the fields that file a new article under topics, the primary one first."""
    rows = [{"topic": topic, "id": ""} for topic in topics]
    return nested_form_data({"article_topics": inline_formset(rows)})


def _sent(name: str, field: Tag) -> Fields:
    if field.name == "textarea":
        # A parser drops the line feed after the tag; a browser sends CRLF (HTML, section 4.10.11).
        text = field.get_text().removeprefix("\n")
        return {name: text.replace("\r\n", "\n").replace("\n", "\r\n")}
    if field.name == "select":
        chosen = [str(one.get("value", "")) for one in field.find_all("option", selected=True)]
        return {name: chosen or [_first_option(field)]}
    if field.get("type") in {"checkbox", "radio"}:
        return {name: str(field.get("value", "on"))} if field.has_attr("checked") else {}
    if field.get("type") in {"submit", "button", "file"}:
        return {}
    return {name: str(field.get("value", ""))}


def _first_option(select: Tag) -> str:
    option = select.find("option")
    return str(option.get("value", "")) if isinstance(option, Tag) else ""


def _complaints(answer: Any) -> str:
    soup = BeautifulSoup(answer.content.decode(), "html.parser")
    said = [one.get_text(" ", strip=True) for one in soup.select(".error-message, .messages li")]
    return json.dumps([answer.status_code, *said], ensure_ascii=False)
