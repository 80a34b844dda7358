"""Many articles at once: each wholly or not at all, named, logged and printed like single ones."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import ModelLogEntry

from factories.desk_forms import Desk
from factories.papers import Paper
from factories.staff import desk_of, staff
from handpress.accounts.models import User
from handpress.accounts.roles import Role
from handpress.newsroom.models import Article, Source, Topic


@pytest.fixture
def editor(db: None) -> User:
    return staff(Role.EDITOR, "edda")


@pytest.fixture
def theirs(editor: User) -> Desk:
    return desk_of(editor)


def url_of(action: str, query: str, model: str = "article") -> str:
    return f"/desk/bulk/newsroom/{model}/{action}/?{query}&next=/desk/snippets/newsroom/{model}/"


def ids(*rows: Any) -> str:
    return "&".join(f"id={row.pk}" for row in rows)


def words_of(answer: Any) -> str:
    return " ".join(BeautifulSoup(answer.content.decode(), "html.parser").get_text(" ").split())


def do(desk: Desk, action: str, query: str, *, model: str = "article", **fields: Any) -> str:
    """Ask, confirm what is shown, and return what the desk says then."""
    url = url_of(action, query, model)
    asked = BeautifulSoup(desk.client.get(url).content.decode(), "html.parser")
    rows = asked.select_one("input[name=rows]")
    assert rows is not None, asked.get_text(" ")
    answer = desk.client.post(url, {"rows": str(rows["value"]), **fields})
    assert answer.status_code == 302, words_of(answer)
    return words_of(desk.client.get(answer.headers["Location"]))


def topics(article: Article) -> list[str]:
    return [row.topic.name for row in Article.objects.get(pk=article.pk).article_topics.all()]


def draft_topics(article: Article) -> list[str]:
    now = Article.objects.get(pk=article.pk).get_latest_revision_as_object()
    return [row.topic.name for row in now.article_topics.all()]


def draft(headline: str) -> Article:
    article = Article.objects.create(headline=headline, live=False)
    article.save_revision()
    return article


# What is asked ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "question"),
    [
        ("topics", "Change the topics of 2 articles?"),
        ("publish", "Publish 2 articles?"),
        ("unpublish", "Take 2 articles off the site?"),
        ("delete", "Delete 2 articles for good?"),
    ],
)
def test_the_question_names_what_happens_to_what(
    theirs: Desk, paper: Paper, action: str, question: str
) -> None:
    both = paper.article("One"), paper.article("Two", ["Water"])
    with CaptureQueriesContext(connection) as few:
        said = words_of(theirs.client.get(url_of(action, ids(*both))))
    assert question in said
    assert "One" in said
    assert "Two" in said
    more = [paper.article(f"More {number}") for number in range(30)]
    with CaptureQueriesContext(connection) as many:
        theirs.client.get(url_of(action, ids(*both, *more)))
    assert len(many) <= len(few)
    assert Article.objects.filter(live=True).count() == 32


def test_all_in_the_list_means_the_list_as_it_is_filtered(theirs: Desk, paper: Paper) -> None:
    for number in range(3):
        draft(f"Draft {number}")
    keep = paper.article("Public")
    said = do(theirs, "delete", "id=all&state=draft")
    assert "3 articles deleted." in said
    assert Article.objects.get() == keep
    said = words_of(theirs.client.get(url_of("delete", "id=all&q=nothing")))
    assert "Nothing is chosen" in said


def test_what_came_after_the_question_is_not_touched(theirs: Desk, paper: Paper) -> None:
    asked = draft("Asked about")
    url = url_of("delete", "id=all")
    theirs.client.get(url)
    late = draft("Came later")
    theirs.client.post(url, {"rows": str(asked.pk)})
    assert Article.objects.get() == late


def test_more_than_a_thousand_are_refused(theirs: Desk, paper: Paper) -> None:
    Article.objects.bulk_create(Article(headline=f"Old {number}") for number in range(1001))
    said = words_of(theirs.client.get(url_of("delete", "id=all")))
    assert "More than 1,000 articles are chosen." in said
    rows = ",".join(map(str, Article.objects.values_list("pk", flat=True)))
    theirs.client.post(url_of("delete", "id=all"), {"rows": rows})
    assert Article.objects.count() == 1001


@pytest.mark.parametrize("rows", ["", "x", "1;2", "9" * 40])
def test_nonsense_changes_nothing(theirs: Desk, paper: Paper, rows: str) -> None:
    paper.article("Safe")
    answer = theirs.client.post(url_of("delete", "id=1"), {"rows": rows})
    assert answer.status_code in {200, 302}
    assert Article.objects.count() == 1


# Topics -----------------------------------------------------------------------------------


def test_topics_are_added_taken_away_and_replaced(theirs: Desk, paper: Paper) -> None:
    harbour, rain = paper.topic("Harbour"), paper.topic("Rain")
    one, two = paper.article("One", ["Water", "Rain"]), paper.article("Two")
    said = do(theirs, "topics", ids(one, two), how="add", topics=[harbour.pk, rain.pk])
    assert "2 articles filed anew." in said
    assert topics(one) == ["Water", "Rain", "Harbour"]
    assert topics(two) == ["Harbour", "Rain"]
    said = do(theirs, "topics", ids(one, two), how="remove", topics=[rain.pk])
    assert topics(one) == ["Water", "Harbour"]
    said = do(theirs, "topics", ids(two), how="remove", topics=[rain.pk])
    assert "1 article had these topics already." in said
    do(
        theirs, "topics", ids(one, two), how="set", topics=[harbour.pk, rain.pk], first=str(rain.pk)
    )  # fmt: skip
    assert topics(one) == topics(two) == ["Rain", "Harbour"]
    paper.print()
    assert "One" in paper.read("topics/rain/index.html")
    assert "One" not in paper.read("topics/water/index.html")


def test_a_waiting_draft_is_filed_too_and_stays_a_draft(theirs: Desk, paper: Paper) -> None:
    harbour = paper.topic("Harbour")
    public = paper.article("Public", ["Water"])
    public.save_revision().publish()
    public.refresh_from_db()
    public.headline = "Public, soon"
    public.save_revision()
    unseen = draft("Unseen")
    do(theirs, "topics", ids(public, unseen), how="add", topics=[harbour.pk])
    now = Article.objects.get(pk=public.pk)
    assert now.headline == "Public"
    assert now.has_unpublished_changes
    assert topics(public) == draft_topics(public) == ["Water", "Harbour"]
    assert draft_topics(unseen) == ["Harbour"]
    do(theirs, "publish", ids(public, unseen))
    assert topics(public) == ["Water", "Harbour"]
    assert topics(unseen) == ["Harbour"]
    assert Article.objects.get(pk=public.pk).headline == "Public, soon"


def test_filing_can_be_taken_back(theirs: Desk, paper: Paper) -> None:
    harbour = paper.topic("Harbour")
    article = paper.article("Public", ["Water"])
    article.save_revision().publish()
    before = Article.objects.get(pk=article.pk).latest_revision
    assert before is not None
    do(theirs, "topics", ids(article), how="set", topics=[harbour.pk])
    now = Article.objects.get(pk=article.pk)
    assert now.latest_revision == now.live_revision != before
    assert not now.has_unpublished_changes
    before.publish()
    assert topics(article) == ["Water"]


# Publishing and taking down ---------------------------------------------------------------


def test_publishing_and_taking_down_print_what_single_ones_do(theirs: Desk, paper: Paper) -> None:
    several = [draft(f"Draft {number}") for number in range(3)]
    public = paper.article("Public")
    said = do(theirs, "publish", ids(*several, public))
    assert "3 articles published or scheduled." in said
    assert "1 article had nothing new to publish." in said
    paper.print()
    paths = list(Article.objects.values_list("path", flat=True))
    assert all((paper.folder / path).exists() for path in paths)
    said = do(theirs, "unpublish", ids(*several))
    assert "3 articles unpublished." in said
    paper.print()
    gone = [path for path in paths if 'content="gone"' in paper.read(path)]
    assert len(gone) == 3
    said = do(theirs, "delete", ids(public))
    paper.print()
    assert 'content="gone"' in paper.read(public.path)


def test_those_that_cannot_be_are_named_and_hold_up_no_other(theirs: Desk, paper: Paper) -> None:
    locked, fine, taken = draft("Locked"), draft("Fine"), draft("Taken")
    other = staff(Role.EDITOR, "otto")
    Article.objects.filter(pk=locked.pk).update(locked=True, locked_by=other)
    revision = taken.get_latest_revision()
    revision.content["headline"] = ""
    revision.save()
    said = do(theirs, "publish", ids(locked, fine, taken))
    assert "1 article published or scheduled." in said
    assert "2 articles stayed as before." in said
    assert "“Locked”: it is locked by otto@proof.example" in said
    assert "“Taken”:" in said
    assert set(Article.objects.filter(live=True)) == {fine}


def test_what_fails_half_way_is_left_as_it_was(
    theirs: Desk, paper: Paper, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = paper.article("First"), paper.article("Second")
    first.save_revision()
    delete = Article.delete

    def break_off(self: Article, *args: Any, **kwargs: Any) -> Any:
        result = delete(self, *args, **kwargs)
        if self.headline == "First":
            raise RuntimeError("the plug was pulled")
        return result

    monkeypatch.setattr(Article, "delete", break_off)
    said = do(theirs, "delete", ids(first, second))
    assert "“First”: something went wrong; the log on the server says what" in said
    assert "1 article deleted." in said
    assert Article.objects.get() == first
    assert first.revisions.count() == 1
    assert not ModelLogEntry.objects.for_instance(first).filter(action="wagtail.delete").exists()
    assert "the plug was pulled" in caplog.text


def test_a_source_that_is_named_is_kept_and_the_others_go(theirs: Desk, paper: Paper) -> None:
    named, idle = paper.source("Named"), paper.source("Idle")
    paper.article("From there", source=named)
    said = do(theirs, "delete", ids(named, idle), model="source")
    assert "“Named”: something else still refers to it" in said
    assert Source.objects.get() == named


# The log ----------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["publish", "topics", "delete"])
def test_each_is_in_the_log_and_in_its_own_history(
    theirs: Desk, editor: User, paper: Paper, action: str
) -> None:
    several = [draft(f"Draft {number}") for number in range(3)]
    water = paper.topic("Water")
    more: dict[str, Any] = {"how": "add", "topics": [water.pk]} if action == "topics" else {}
    do(theirs, action, ids(*several), **more)
    name = "newsroom.topics" if action == "topics" else f"wagtail.{action}"
    entries = ModelLogEntry.objects.filter(action=name, user=editor)
    assert {entry.label for entry in entries} == {"Draft 0", "Draft 1", "Draft 2"}
    assert "Draft 1" in words_of(theirs.client.get("/desk/history/"))
    if action != "delete":
        message = "Added topics: Water" if action == "topics" else "Published"
        for article in several:
            url = f"/desk/snippets/newsroom/article/history/{article.pk}/"
            assert message in words_of(theirs.client.get(url))


def test_topics_deleted_in_bulk_leave_their_articles(theirs: Desk, paper: Paper) -> None:
    article = paper.article("Stays", ["Water", "Rain"])
    do(theirs, "delete", ids(*Topic.objects.all()), model="topic")
    assert topics(article) == []
