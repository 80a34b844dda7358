"""How the desk's history tells what was done to topics."""

from __future__ import annotations

from typing import Any

from wagtail import hooks
from wagtail.log_actions import LogFormatter

from handpress.newsroom.topic_actions import ARRANGED, MERGED, SPLIT


class _Merged(LogFormatter):
    label = "Merge topics"

    def format_message(self, log_entry: Any) -> str:
        data = log_entry.data
        articles = _articles(data["articles"])
        if data["is_from"]:
            return f"“{data['other']}” was merged into this topic, with {articles}"
        return f"Merged into “{data['other']}”, with {articles}"


class _Split(LogFormatter):
    label = "Split a topic"

    def format_message(self, log_entry: Any) -> str:
        data = log_entry.data
        way = "taken out and" if data["taken_out"] else "also"
        if data["is_from"]:
            return f"{_articles(data['articles'])} of “{data['other']}” {way} filed here"
        return f"{_articles(data['articles'])} {way} filed under “{data['other']}”"


class _Arranged(LogFormatter):
    label = "Put topics in order"

    def format_message(self, log_entry: Any) -> str:
        return f"Moved to place {log_entry.data['place']} among the topics"


def _articles(number: int) -> str:
    return "1 article" if number == 1 else f"{number} articles"


@hooks.register("register_log_actions")
def register_topic_actions(actions: Any) -> None:
    for action, formatter in ((MERGED, _Merged), (SPLIT, _Split), (ARRANGED, _Arranged)):
        actions.register_action(action)(formatter)
