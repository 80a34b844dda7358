"""The form of the front page: a lead story and picks, saved by one editor at a time."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django import forms
from django.http import QueryDict
from wagtail.admin.forms import WagtailAdminModelForm

from handpress.archive.models import FrontPage, FrontPick

_PICKS = "picks"
_MOST = 1_000


class FrontPageForm(WagtailAdminModelForm):
    """Takes what an editor sends as the whole choice, whatever picks stood when it was opened.

    Wagtail's form knows each pick by its row; a row that another editor has removed meanwhile
    would make all that was sent invalid. The rows are therefore found anew by their articles.
    """

    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, files: Any = None, *args: Any, **kwargs: Any) -> None:
        front = kwargs.get("instance")
        if data is not None and front is not None:
            data = _settled(data, front)
        elif front is not None:
            kwargs["initial"] = {**(kwargs.get("initial") or {}), "version": version_of(front)}
        super().__init__(data, files, *args, **kwargs)


def version_of(front: FrontPage) -> str:
    """Return a name for what is chosen now; another choice has another."""
    picks = FrontPick.objects.filter(front_page_id=front.pk).order_by("sort_order", "pk")
    lead = FrontPage.objects.filter(pk=front.pk).values_list("lead_id", flat=True).first()
    chosen = json.dumps([lead, list(picks.values_list("article_id", flat=True))])
    return hashlib.sha256(chosen.encode()).hexdigest()[:16]


def _settled(data: QueryDict, front: FrontPage) -> QueryDict:
    """Return what was sent with its picks in order, each once, and with the rows they have now."""
    there = {str(pick.article_id): pick for pick in front.picks.get_live_queryset()}
    articles = _picked(data)
    front.picks = [there[article] for article in articles if article in there]
    sent = data.copy()
    if lead := data.get("lead"):
        sent["lead"] = str(_number(lead))
    for key in [key for key in sent if key.startswith(f"{_PICKS}-")]:
        del sent[key]
    # All count as rows that were there, so that the form comes back in this order too.
    sent[f"{_PICKS}-TOTAL_FORMS"] = sent[f"{_PICKS}-INITIAL_FORMS"] = str(len(articles))
    for number, article in enumerate(articles):
        sent[f"{_PICKS}-{number}-article"] = article
        sent[f"{_PICKS}-{number}-id"] = str(there[article].pk) if article in there else ""
        sent[f"{_PICKS}-{number}-ORDER"] = str(number + 1)
    return sent


def _picked(data: QueryDict) -> list[str]:
    """Return the ids of the articles that were sent as picks, in order."""
    rows = []
    for number in range(min(_number(data.get(f"{_PICKS}-TOTAL_FORMS")), _MOST)):
        row = f"{_PICKS}-{number}-"
        article = data.get(f"{row}article", "")
        if _number(article) and not data.get(f"{row}DELETE"):
            rows.append((_number(data.get(f"{row}ORDER")) or number + 1, number, article))
    return list(dict.fromkeys(article for _, _, article in sorted(rows)))


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 9 else 0
