"""Submit, review, publish; locks; the log of who did what; undoing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone
from wagtail.models import ModelLogEntry

from factories.desk_forms import PUBLISH, Desk, body_of, topics_of, url_of
from factories.papers import Paper
from factories.staff import desk_of, staff
from handpress.accounts.models import User
from handpress.accounts.roles import Role
from handpress.newsroom.actions import publish_due
from handpress.newsroom.models import Article

ARTICLE = "newsroom/article"
SUBMIT = {"action-submit": "action-submit"}


def words_of(answer: Any) -> str:
    soup = BeautifulSoup(answer.content.decode(), "html.parser")
    for one in soup.select("script, template"):
        one.decompose()
    return " ".join(soup.get_text(" ").split())


def written(desk: Desk, headline: str, *changes: dict[str, Any]) -> Article:
    desk.send(url_of(ARTICLE, "add"), {"headline": headline}, body_of(), *changes)
    return Article.objects.get(headline=headline)


def decide(desk: Desk, article: Article, action: str, comment: str = "") -> Any:
    """Approve or send back, as the button of the form or of the dashboard does."""
    state = Article.objects.get(pk=article.pk).current_workflow_task_state
    url = f"/desk/snippets/newsroom/article/workflow/action/{article.pk}/{action}/{state.pk}/"
    return desk.client.post(
        url, {"comment": comment}, headers={"x-requested-with": "XMLHttpRequest"}
    )


def fresh(article: Article) -> Article:
    return Article.objects.get(pk=article.pk)


# Review -----------------------------------------------------------------------------------


def test_submit_send_back_submit_again_publish(paper: Paper) -> None:
    reporter, editor = staff(Role.REPORTER, "rena"), staff(Role.EDITOR, "edda")
    hers, theirs = desk_of(reporter), desk_of(editor)
    article = written(hers, "The well", SUBMIT)
    edit = url_of(ARTICLE, "edit", article.pk)
    assert "The well" in words_of(theirs.client.get("/desk/"))

    # While it is read, it stays as it was submitted.
    hers.try_to_send(edit, {"headline": "Meanwhile"}, body_of())
    assert fresh(article).get_latest_revision_as_object().headline == "The well"
    decide(hers, article, "approve")
    assert fresh(article).workflow_in_progress

    assert decide(theirs, article, "reject", "Who says so?").status_code == 200
    assert "Who says so?" in words_of(hers.client.get(url_of(ARTICLE, "history", article.pk)))
    assert "edda@proof.example asks for changes: “Who says so?”" in words_of(hers.client.get(edit))
    assert "The well" in words_of(hers.client.get("/desk/"))
    hers.send(edit, {"headline": "The well, says the mayor"}, body_of(), SUBMIT)
    assert not fresh(article).live

    assert decide(theirs, article, "approve", "Thank you.").status_code == 200
    paper.print()
    now = fresh(article)
    assert now.live
    assert "The well, says the mayor" in paper.read(now.path)
    done = list(ModelLogEntry.objects.for_instance(now).values_list("user__username", "action"))
    for who, what in (
        ("rena", "wagtail.create"),
        ("rena", "wagtail.workflow.start"),
        ("edda", "wagtail.workflow.reject"),
        ("rena", "wagtail.workflow.resume"),
        ("edda", "wagtail.workflow.approve"),
        ("edda", "wagtail.publish"),
    ):
        assert (who, what) in done


def test_an_editor_publishes_without_review_and_ends_one(paper: Paper) -> None:
    hers, theirs = desk_of(staff(Role.REPORTER)), desk_of(staff(Role.EDITOR))
    article = written(hers, "Urgent", SUBMIT)
    theirs.send(url_of(ARTICLE, "edit", article.pk), body_of(), PUBLISH)
    assert fresh(article).live
    assert not fresh(article).workflow_in_progress
    assert written(theirs, "At once", PUBLISH).live


def test_a_reporters_change_to_a_public_article_waits_for_review(paper: Paper) -> None:
    article = paper.article("Public")
    hers, theirs = desk_of(staff(Role.REPORTER)), desk_of(staff(Role.EDITOR))
    hers.send(url_of(ARTICLE, "edit", article.pk), {"headline": "Publicer"}, body_of(), SUBMIT)
    assert fresh(article).headline == "Public"
    decide(theirs, article, "approve")
    assert fresh(article).headline == "Publicer"


# Locks ------------------------------------------------------------------------------------


def test_a_lock_names_its_holder_and_can_be_undone(paper: Paper) -> None:
    article = paper.article("Delicate")
    holder, other = desk_of(staff(Role.EDITOR, "edda")), desk_of(staff(Role.EDITOR, "otto"))
    edit, unlock = url_of(ARTICLE, "edit", article.pk), url_of(ARTICLE, "unlock", article.pk)
    holder.client.post(url_of(ARTICLE, "lock", article.pk))
    assert "was locked by edda on" in words_of(other.client.get(edit))
    refused = other.try_to_send(edit, {"headline": "Mine"}, body_of())
    assert "could not be saved as it is locked" in words_of(refused)
    assert fresh(article).headline == "Delicate"
    holder.send(edit, {"headline": "Still mine"}, body_of(), PUBLISH)
    other.client.post(unlock)
    assert not fresh(article).locked
    other.send(edit, {"headline": "Ours"}, body_of(), PUBLISH)
    assert fresh(article).headline == "Ours"


def test_two_who_write_at_once_are_told_of_each_other(paper: Paper) -> None:
    article = paper.article("Shared")
    first = article.save_revision()
    edda, otto = desk_of(staff(Role.EDITOR, "edda")), desk_of(staff(Role.EDITOR, "otto"))
    edit = url_of(ARTICLE, "edit", article.pk)
    edda.client.get(edit)
    form = BeautifulSoup(otto.client.get(edit).content.decode(), "html.parser")
    session = form.select_one("form.w-editing-sessions")
    assert session is not None
    edda.send(edit, {"headline": "First"}, body_of())
    ping = str(session["data-w-swap-src-value"])
    answer = otto.client.post(ping, {"revision_id": str(first.pk)}).json()
    told = BeautifulSoup(answer["html"], "html.parser").get_text(" ").split()
    assert "edda saved a new version" in " ".join(told)


# The log ----------------------------------------------------------------------------------


def test_the_clock_is_named_as_the_one_who_did_it(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_of(staff(Role.EDITOR))
    soon, later = timezone.now() + timedelta(hours=1), timezone.now() + timedelta(hours=3)
    hours = {"go_live_at": f"{soon:%Y-%m-%d %H:%M}", "expire_at": f"{later:%Y-%m-%d %H:%M}"}
    article = written(desk, "At its hour", hours, PUBLISH)
    for moment in (soon, later):
        now = moment + timedelta(minutes=1)
        monkeypatch.setattr("django.utils.timezone.now", lambda now=now: now)
        publish_due(now)
    monkeypatch.undo()
    for url in (url_of(ARTICLE, "history", article.pk), "/desk/history/"):
        said = words_of(desk.client.get(url))
        assert "Published at its hour, by the clock" in said
        assert "Taken down at its hour, by the clock" in said
        assert "system" in said


def test_the_history_is_filtered_and_takes_as_many_queries_however_long(
    paper: Paper, django_assert_max_num_queries: Any
) -> None:
    editor = staff(Role.EDITOR, "edda")
    desk = desk_of(editor)
    article = paper.article("Anything")
    user = staff(Role.ADMINISTRATOR, "ada")
    _log(article, editor, "wagtail.edit", 60)
    _log(article, user, "wagtail.lock", 3)
    _log(user, user, "wagtail.edit", 1)
    with django_assert_max_num_queries(32):
        first = words_of(desk.client.get("/desk/history/"))
    assert "Page 1 of 2" in first
    locked = words_of(desk.client.get("/desk/history/results/?action=wagtail.lock"))
    assert locked.count("Locked") == 3
    assert "Edited" not in locked
    assert words_of(desk.client.get(f"/desk/history/results/?user={user.pk}")).count("Locked") == 3
    assert "No log entries" in words_of(desk.client.get("/desk/history/results/?label=nothing"))
    # What one has no hand in, one does not read about; administrators do.
    assert str(user) not in _names(desk)
    assert str(user) in _names(desk_of(user))


def _log(row: Any, user: User, action: str, count: int) -> None:
    from wagtail.log_actions import log

    for _ in range(count):
        log(row, action, user=user)


def _names(desk: Desk) -> set[str]:
    soup = BeautifulSoup(desk.client.get("/desk/history/").content.decode(), "html.parser")
    return {one.get_text(" ", strip=True) for one in soup.select("td.title")}


# Undoing ----------------------------------------------------------------------------------


def test_an_older_state_comes_back_with_all_that_belongs_to_it(paper: Paper) -> None:
    water, harbour = paper.topic("Water"), paper.topic("Harbour")
    desk = desk_of(staff(Role.EDITOR))
    article = written(desk, "First", topics_of(water.pk), PUBLISH)
    first = article.latest_revision
    assert first is not None
    edit = url_of(ARTICLE, "edit", article.pk)
    row = article.article_topics.get()
    note = {
        "corrections-TOTAL_FORMS": "1",
        "corrections-0-corrected_at": "2021-03-01 10:00",
        "corrections-0-note": "It was Tuesday.",
        "article_topics-0-topic": str(harbour.pk),
        "article_topics-0-id": str(row.pk),
    }
    desk.send(edit, {"headline": "Second"}, body_of(), note, PUBLISH)
    now = fresh(article)
    assert [one.topic for one in now.article_topics.all()] == [harbour]
    assert now.corrections.count() == 1

    second = now.latest_revision_id
    compare = f"/desk/snippets/newsroom/article/history/{article.pk}/revisions/compare/"
    said = words_of(desk.client.get(f"{compare}{first.pk}...{second}/"))
    assert "First" in said
    assert "Second" in said
    revert = f"/desk/snippets/newsroom/article/history/{article.pk}/revisions/{first.pk}/revert/"
    desk.send(revert, body_of(), PUBLISH)
    now = fresh(article)
    assert now.headline == "First"
    assert [one.topic for one in now.article_topics.all()] == [water]
    assert not now.corrections.exists()
    assert now.revisions.count() == 3


def test_deleting_says_what_is_lost_and_unpublishing_keeps_it(paper: Paper) -> None:
    article = paper.article("Precious", ["Water"])
    article.save_revision().publish()
    desk = desk_of(staff(Role.EDITOR))
    said = words_of(desk.client.get(url_of(ARTICLE, "delete", article.pk)))
    assert "Its text and its whole history are lost." in said
    assert "choose Unpublish" in said
    desk.confirm(url_of(ARTICLE, "unpublish", article.pk))
    desk.send(url_of(ARTICLE, "edit", article.pk), body_of(), PUBLISH)
    now = fresh(article)
    assert now.live
    assert now.path == article.path
    assert [one.topic.name for one in now.article_topics.all()] == ["Water"]
