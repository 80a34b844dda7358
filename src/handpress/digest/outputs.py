"""What the digest prints: its pitch on every page, and the page where one signs up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from handpress.digest import outputs_editions  # noqa: F401  (registers its own)
from handpress.digest.actions import ReaderKeeper
from handpress.digest.models import Pitch
from handpress.digest.wording import consent_words
from handpress.lib.html import SafeHtml
from handpress.newsroom.cards import language_context, topic_url
from handpress.newsroom.models import Topic
from handpress.press.core.paths import root_of
from handpress.press.core.plan import Plan
from handpress.press.prepared import Prepared
from handpress.press.registry import Due, FramePart, Page, PageKind, Watch, only_key, registry
from handpress.press.site import site_facts, theme

_SHOWN = Prepared(lambda: Pitch.objects.filter(is_shown=True).order_by("pk")[:1])


def _pitch_facts() -> dict[str, Any] | None:
    row = _SHOWN.first()
    if row is None:
        return None
    lines = row.text.replace("\r\n", "\n").split("\n")
    shown = [line for line in lines if line.strip(" \t\r")]
    return {"heading": row.heading, "paragraphs": shown, "language": row.language}


def _pitch(facts: dict[str, Any] | None, root: str, is_front: bool) -> Mapping[str, Any]:
    if facts is None:
        return {"pitch": None}
    url = SafeHtml(f"{root}subscribe/")
    return {"pitch": {**facts, **language_context(facts["language"]), "url": url}}


def _subscribe(keys: Sequence[str]) -> Iterator[Page]:
    path = "subscribe/index.html"
    root = root_of(path)
    site = site_facts()
    feeds = [
        {"title": site.name, "url": SafeHtml(f"{root}feed.xml"), **language_context("")},
    ]
    topics = Topic.objects.filter(live=True).order_by("position", "name", "id")
    for name, slug, language in topics.values_list("name", "slug", "language"):
        url = SafeHtml(f"{topic_url(slug, root)}feed.xml")
        feeds.append({"title": name, "url": url, **language_context(language)})
    form = {"action": SafeHtml(f"{root}-/subscribe"), "address": "", "frequency": "", "error": ""}
    context = {"feeds": feeds, "form": {**form, "consent": consent_words()}}
    yield Page("", path, context, title=theme().translate("Subscribe"))


def _pitch_changed(ids: set[int], plan: Plan) -> None:
    plan.touch_frame()


def _topic_changed(ids: set[int], plan: Plan) -> None:
    plan.touch("subscribe", "")


registry.add(
    FramePart("pitch", "frame/pitch.html", _pitch_facts, _pitch),
    PageKind("subscribe", "subscribe.html", only_key(), _subscribe),
    Watch("pitch", (("digest.Pitch", "id"),), _pitch_changed),
    Watch("topic", (), _topic_changed),
    Due("readers", ReaderKeeper().keep),
)
