"""What an editor does on the desk is on the site, without any further step."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from factories.desk_forms import PUBLISH, Desk, body_of, topics_of, url_of
from factories.papers import Paper
from handpress.digest.models import Pitch
from handpress.donations.models import Campaign
from handpress.newsroom.models import Article, Contributor, Source, Topic
from handpress.press.tasks import run_due, work_once

ARTICLE, TOPIC = "newsroom/article", "newsroom/topic"
CAMPAIGN, PITCH = "donations/campaign", "digest/pitch"
NBSP = "\u00a0"


def settle(paper: Paper) -> None:
    """Do what the background work of `handpress serve` does, once."""
    run_due()
    work_once(paper.press)


def write(desk: Desk, headline: str, topic: Topic | None = None, **fields: str) -> Article:
    """Write an article on the desk and publish it."""
    given = {"headline": headline, "excerpt": f"What {headline} is about.", **fields}
    body = body_of(("text", f"<p>All about {headline}.</p>"))
    filed = topics_of(topic.pk) if topic else {}
    desk.send(url_of(ARTICLE, "add"), given, body, filed, PUBLISH)
    return Article.objects.get(headline=headline)


def edit(desk: Desk, article: Article, *changes: dict[str, str]) -> None:
    """Change an article on the desk; its body is written anew, as only a script could keep it."""
    body = body_of(("text", article.body_html or "<p>Words.</p>"))
    desk.send(url_of(ARTICLE, "edit", article.pk), body, *changes)


def html_pages(paper: Paper) -> dict[str, str]:
    return {p: t.decode() for p, t in paper.files().items() if p.endswith(".html")}


# Articles ---------------------------------------------------------------------------------


def test_an_article_is_on_the_site_where_it_belongs(desk: Desk, paper: Paper):
    topic = paper.topic("Water")
    settle(paper)
    article = write(desk, "The well is full again", topic)
    settle(paper)
    page = paper.read(article.path)
    assert "All about The well is full again." in page
    assert article.path == f"{timezone.now():%Y/%m}/the-well-is-full-again.html"
    for listing in ("index.html", "topics/water/index.html", "feed.xml", "topics/water/feed.xml"):
        assert "The well is full again" in paper.read(listing), listing


def test_a_draft_is_not_and_neither_is_what_is_changed_in_one(desk: Desk, paper: Paper):
    article = write(desk, "Quite public")
    desk.send(url_of(ARTICLE, "add"), {"headline": "Not yet"}, body_of())
    edit(desk, article, {"headline": "Only a thought"})
    settle(paper)
    everything = "".join(html_pages(paper).values())
    assert "Quite public" in everything
    assert "Not yet" not in everything
    assert "Only a thought" not in everything


def test_an_edit_is_live_and_can_be_taken_back(desk: Desk, paper: Paper):
    article = write(desk, "Bridge opens on Tuesday")
    edit(desk, article, {"headline": "Bridge opens on Wednesday"}, PUBLISH)
    settle(paper)
    assert "Bridge opens on Wednesday" in paper.read(article.path)
    first = article.revisions.order_by("created_at", "id").first()
    assert first is not None
    first.publish()
    settle(paper)
    assert "Bridge opens on Tuesday" in paper.read(article.path)
    assert "Bridge opens on Tuesday" in paper.read("index.html")


def test_unpublishing_leaves_a_page_that_says_so(desk: Desk, paper: Paper):
    topic = paper.topic("Water")
    article = write(desk, "A mistake", topic)
    settle(paper)
    desk.confirm(url_of(ARTICLE, "unpublish", article.pk))
    settle(paper)
    assert 'content="gone"' in paper.read(article.path)
    others = {path: text for path, text in paper.files().items() if path != article.path}
    assert not any(b"A mistake" in text for text in others.values())


def test_deleting_does_too_one_or_several(desk: Desk, paper: Paper):
    articles = [write(desk, f"Mistake {number}") for number in range(3)]
    settle(paper)
    desk.confirm(url_of(ARTICLE, "delete", articles[0].pk))
    several = "&".join(f"id={article.pk}" for article in articles[1:])
    desk.confirm(f"/desk/bulk/newsroom/article/delete/?{several}")
    settle(paper)
    assert not Article.objects.exists()
    assert all('content="gone"' in paper.read(article.path) for article in articles)


def test_an_article_appears_and_leaves_at_its_hour(
    desk: Desk, paper: Paper, monkeypatch: pytest.MonkeyPatch
):
    soon, later = timezone.now() + timedelta(hours=2), timezone.now() + timedelta(hours=5)
    hours = {"go_live_at": f"{soon:%Y-%m-%d %H:%M}", "expire_at": f"{later:%Y-%m-%d %H:%M}"}
    article = write(desk, "Under embargo", paper.topic("Water"), **hours)
    settle(paper)
    assert not (paper.folder / article.path).exists()
    for moment, is_there in ((soon, True), (later, False)):
        now = moment + timedelta(seconds=1)
        monkeypatch.setattr("django.utils.timezone.now", lambda now=now: now)
        monkeypatch.setattr("handpress.lib.clock.now", lambda now=now: now)
        settle(paper)
        assert ("Under embargo" in paper.read("topics/water/index.html")) is is_there
    article.refresh_from_db()
    assert article.published_at is not None
    assert abs((article.published_at - soon).total_seconds()) <= 60


def test_a_correction_and_a_contributor_are_printed(desk: Desk, paper: Paper):
    article = write(desk, "With a slip")
    person = Contributor.objects.create(name="Ada Quill")
    edit(
        desk,
        article,
        {
            "corrections-TOTAL_FORMS": "1",
            "corrections-0-corrected_at": "2021-03-01 10:00",
            "corrections-0-note": f"It was Tuesday.{NBSP}",
            "article_contributors-TOTAL_FORMS": "1",
            "article_contributors-0-contributor": str(person.pk),
            "article_contributors-0-role": "photographs",
            "article_contributors-0-ORDER": "1",
        },
        PUBLISH,
    )
    settle(paper)
    page = paper.read(article.path)
    assert f"It was Tuesday.{NBSP}</p>" in page
    assert "Ada Quill" in page


def test_what_waits_for_approval_is_printed_once_it_is_given(desk: Desk, paper: Paper):
    desk.send(url_of(ARTICLE, "add"), {"headline": "For a second pair of eyes"}, body_of())
    article = Article.objects.get()
    edit(desk, article, {"action-submit": "action-submit"})
    settle(paper)
    assert not (paper.folder / article.path).exists()
    article.refresh_from_db()
    article.current_workflow_task_state.approve()
    settle(paper)
    article.refresh_from_db()
    assert "For a second pair of eyes" in paper.read(article.path)


# Previews ---------------------------------------------------------------------------------


def test_a_preview_is_the_public_page_and_changes_nothing(desk: Desk, paper: Paper):
    article = write(desk, "As it stands")
    settle(paper)
    before = paper.files()
    fields = desk.form(url_of(ARTICLE, "edit", article.pk))
    fields |= {"headline": "As it may be"} | body_of(
        ("quote", {"text": "Said.", "attribution": ""})
    )
    preview = url_of(ARTICLE, "preview", article.pk)
    assert desk.client.post(preview, fields).json()["is_valid"]
    html = desk.client.get(preview).content.decode()
    soup = BeautifulSoup(html, "html.parser")
    assert [one.get_text() for one in soup.select("h1.p-name")] == ["As it may be"]
    assert soup.select("a.skip-link")
    assert soup.select("blockquote")
    assert soup.select('meta[name="robots"][content="noindex"]')
    links = [str(link["href"]) for link in soup.select("a[href], link[href]")]
    assert all(link.startswith(("/", "#", "https://proof.example/")) for link in links), links
    settle(paper)
    assert paper.files() == before


@pytest.mark.parametrize("model", [ARTICLE, TOPIC])
def test_what_was_never_saved_has_a_preview_too(desk: Desk, paper: Paper, model: str):
    fields = desk.form(url_of(model, "add"))
    fields |= {"headline": "Fresh", "name": "Fresh"} | (body_of() if model == ARTICLE else {})
    desk.client.post(url_of(model, "preview"), fields)
    answer = desk.client.get(url_of(model, "preview"))
    assert answer.status_code == 200
    assert "Fresh</h1>" in answer.content.decode()
    assert not Article.objects.exists()
    assert not Topic.objects.exists()


# Topics and sources -----------------------------------------------------------------------


def test_a_topic_is_made_renamed_moved_and_taken_down(desk: Desk, paper: Paper):
    desk.send(url_of(TOPIC, "add"), PUBLISH, name="Harbour")
    topic = Topic.objects.get(name="Harbour")
    article = write(desk, "Ships come in", topic)
    settle(paper)
    assert "Ships come in" in paper.read("topics/harbour/index.html")

    desk.send(url_of(TOPIC, "edit", topic.pk), PUBLISH, name="The port", slug="the-port")
    settle(paper)
    assert "../../topics/the-port/" in paper.read("topics/harbour/index.html")
    assert 'content="moved"' in paper.read("topics/harbour/index.html")
    assert "The port" in paper.read("topics/the-port/index.html")
    assert "The port" in paper.read(article.path)
    assert not any(">Harbour<" in page for page in html_pages(paper).values())

    desk.confirm(url_of(TOPIC, "unpublish", topic.pk))
    settle(paper)
    assert 'content="gone"' in paper.read("topics/the-port/index.html")
    assert "The port" not in paper.read(article.path)
    assert "The port" not in paper.read("subscribe/index.html")


def test_a_source_is_renamed_and_kept_while_it_is_named(desk: Desk, paper: Paper):
    source = paper.source("The Bugle")
    article = paper.article("From elsewhere", source=source)
    desk.send(url_of("newsroom/source", "edit", source.pk), name="The Daily Bugle")
    settle(paper)
    assert "The Daily Bugle" in paper.read(article.path)
    answer = desk.client.post(url_of("newsroom/source", "delete", source.pk))
    assert answer.status_code < 500
    assert Source.objects.filter(pk=source.pk).exists()


# Appeal and pitch -------------------------------------------------------------------------


def test_a_campaign_is_on_every_page_as_soon_as_it_starts(desk: Desk, paper: Paper):
    paper.article("Anything", ["Water"])
    settle(paper)
    start = timezone.now() - timedelta(minutes=1)
    desk.send(
        url_of(CAMPAIGN, "add"),
        name="Winter",
        heading="The roof leaks",
        full_text=f"Help us mend it.{NBSP}\r\nIt rains.",
        compact_text=f"Help us{NBSP}\r\nmend it.",
        starts_at=f"{start:%Y-%m-%d %H:%M}",
    )
    settle(paper)
    for path, page in html_pages(paper).items():
        assert page.count("The roof leaks</h2>") == 2, path
        assert f"<p>Help us mend it.{NBSP}</p>" in page
        assert f"<p>Help us{NBSP}</p>" in page
    campaign = Campaign.objects.get()
    end = f"{timezone.now():%Y-%m-%d %H:%M}"
    desk.send(url_of(CAMPAIGN, "edit", campaign.pk), heading="It is dry again", ends_at=end)
    settle(paper)
    assert not any("The roof leaks" in page for page in html_pages(paper).values())


def test_a_pitch_is_on_every_page_and_so_is_its_change(desk: Desk, paper: Paper):
    paper.article("Anything", ["Water"])
    desk.send(url_of(PITCH, "add"), heading="By mail", text="Every day.", is_shown="on")
    settle(paper)
    assert all("<p>Every day.</p>" in page for page in html_pages(paper).values())
    pitch = Pitch.objects.get()
    desk.send(url_of(PITCH, "edit", pitch.pk), text=f"Every evening.{NBSP}")
    settle(paper)
    assert all(f"<p>Every evening.{NBSP}</p>" in page for page in html_pages(paper).values())
    desk.confirm(url_of(PITCH, "delete", pitch.pk))
    settle(paper)
    assert not any("Every evening." in page for page in html_pages(paper).values())


# What the desk refuses, in words ----------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"headline": ""},
        {"headline": "  \u00a0 "},
        {"headline": "A", "slug": "taken"},
        {"headline": "A", "slug": "not a slug"},
        {"headline": "A", "source_url": "javascript:alert(1)"},
        {"headline": "A", "published_at": "yesterday"},
        {"headline": "A\x00"},
    ],
)
def test_an_article_that_cannot_be_is_refused_in_words(
    desk: Desk, paper: Paper, fields: dict[str, str]
):
    paper.article("Taken", slug="taken")
    answer = desk.try_to_send(url_of(ARTICLE, "add"), body_of(), fields, PUBLISH)
    assert answer.status_code == 200
    assert b"error-message" in answer.content
    assert Article.objects.count() == 1


def test_two_pitches_cannot_be_shown_and_the_desk_says_so(desk: Desk):
    desk.send(url_of(PITCH, "add"), heading="One", text="One.", is_shown="on")
    answer = desk.try_to_send(url_of(PITCH, "add"), heading="Two", text="Two.", is_shown="on")
    assert answer.status_code == 200
    said = BeautifulSoup(answer.content.decode(), "html.parser").get_text(" ")
    assert "one_shown_pitch" not in said
    assert "another pitch" in said.lower()


def test_a_campaign_ends_after_it_starts(desk: Desk):
    words = {"name": "W", "heading": "H", "full_text": "F", "compact_text": "C"}
    dates = {"starts_at": "2021-01-02 10:00", "ends_at": "2021-01-01 10:00"}
    answer = desk.try_to_send(url_of(CAMPAIGN, "add"), words, dates)
    assert answer.status_code == 200
    assert "A campaign ends after it starts." in answer.content.decode()


def test_an_article_of_a_headline_that_is_taken_gets_an_address_of_its_own(desk: Desk):
    first = write(desk, "Weather")
    desk.send(url_of(ARTICLE, "add"), {"headline": "Weather"}, body_of(), PUBLISH)
    slugs = set(Article.objects.values_list("slug", flat=True))
    assert slugs == {"weather", "weather-2"}
    assert first.slug == "weather"
