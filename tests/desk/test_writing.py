"""The form of an article: what it fills in, what it asks for, what it refuses, and keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.files.base import ContentFile
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import Revision
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text

from factories.desk_forms import PUBLISH, Desk, body_of, topics_of, url_of
from factories.papers import Paper
from handpress.desk import demo
from handpress.lib.http import META_POLICY
from handpress.newsroom.models import (
    Article,
    Contributor,
    Correction,
    NewsImage,
    Outlet,
    Redirect,
    Source,
    Topic,
)

# Wagtail leaves the file that it renders a picture into for Python to close.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file.*Spooled:ResourceWarning")
ARTICLE = "newsroom/article"
HERE = "/desk/snippets/newsroom/article/"
SENTENCE = "The quick brown fox jumps over the lazy dog near the bank again."
PICTURE = Path(demo.__file__).parent / "images" / "type-case.webp"


def picture(description: str = "") -> NewsImage:
    file = ContentFile(PICTURE.read_bytes(), name="dot.webp")
    return NewsImage.objects.create(title="dot.webp", file=file, description=description)


def said(answer: Any) -> str:
    return BeautifulSoup(answer.content.decode(), "html.parser").get_text(" ", strip=True)


def field_errors(answer: Any) -> list[str]:
    soup = BeautifulSoup(answer.content.decode(), "html.parser")
    return [one.get_text(" ", strip=True) for one in soup.select(".error-message")]


@pytest.fixture
def stranger(db: None) -> Client:
    """Somebody who may come to the desk and write nothing."""
    user = get_user_model().objects.create_user("stranger", "stranger@proof.example", "a phrase")
    group = Group.objects.create(name="Onlookers")
    group.permissions.add(Permission.objects.get(codename="access_admin"))
    user.groups.add(group)
    client = Client()
    client.force_login(user)
    return client


def edit(desk: Desk, article: Article, *changes: dict[str, Any], **more: Any) -> Any:
    return desk.send(url_of(ARTICLE, "edit", article.pk), body_of(), *changes, **more)


# The first sentences ----------------------------------------------------------------------


def take(client: Client, *blocks: tuple[str, Any]) -> Any:
    return client.post(f"{HERE}opening/", body_of(*blocks))


def test_the_first_sentences_of_the_body_in_hand(desk: Desk):
    text = rich_text(f"<h2>Head.</h2><p>{' '.join([SENTENCE] * 20)}</p>")
    told = take(desk.client, ("quote", {"text": "No.", "attribution": ""}), ("text", text)).json()
    assert told == {"excerpt": " ".join([SENTENCE] * 6), "words": 78}
    assert not Article.objects.exists()


def test_without_sentences_it_says_so(desk: Desk):
    told = take(desk.client, ("quote", {"text": "No.", "attribution": ""})).json()
    assert "no sentences yet" in told["trouble"]


@pytest.mark.parametrize("value", ["{", "[]", '{"blocks": 3}', "null", "\x00"])
def test_a_broken_body_is_an_answer_not_a_fault(desk: Desk, value: str):
    fields = body_of(("text", rich_text("<p>Fine.</p>"))) | {"body-0-value": value}
    answer = desk.client.post(f"{HERE}opening/", fields)
    assert answer.status_code in {200, 400}
    assert answer.json()["trouble"]
    assert "trouble" in desk.client.post(f"{HERE}opening/", {"body-count": "x"}).json()


def test_only_who_writes_may_ask(stranger: Client, client: Client):
    for way in ("opening/", "make/topic/"):
        assert stranger.post(HERE + way, {"name": "X"}).status_code in {302, 403}
    for way in ("suggest/topic/", "suggest/article/", "link/"):
        assert stranger.get(HERE + way).status_code in {302, 403}
        assert client.get(HERE + way).status_code == 302
    assert not Topic.objects.exists()


def test_reading_changes_nothing(desk: Desk):
    for way in ("opening/", "make/topic/"):
        assert desk.client.get(HERE + way).status_code == 405


# Picking by typing ------------------------------------------------------------------------


def suggested(desk: Desk, kind: str, words: str) -> list[str]:
    told = desk.client.get(f"{HERE}suggest/{kind}/", {"q": words}).json()
    return [one["name"] for one in told["found"]]


def test_topics_are_found_by_a_few_letters_the_likeliest_first(
    desk: Desk, paper: Paper, django_assert_num_queries: Any
):
    names = [f"Filler {number}" for number in range(300)]
    for name in ["Salt water", "Water", "Underwater", "Été", *names]:
        Topic.objects.create(name=name)
    assert suggested(desk, "topic", "wat") == ["Water", "Salt water", "Underwater"]
    assert suggested(desk, "topic", "ete") == ["Été"]
    assert suggested(desk, "topic", "ÉTÉ") == ["Été"]
    assert len(suggested(desk, "topic", "filler")) == 12
    assert suggested(desk, "topic", "no such") == []
    with CaptureQueriesContext(connection()) as few:
        suggested(desk, "topic", "a")
    assert len([q for q in few if "newsroom_topic" in q["sql"]]) == 1


def connection() -> Any:
    from django.db import connection

    return connection


def test_a_source_brings_what_it_wants_printed(desk: Desk):
    Source.objects.create(name="The Bugle", credit_line="By The Bugle", licence="CC BY 4.0")
    told = desk.client.get(f"{HERE}suggest/source/", {"q": "bug"}).json()
    assert told["found"][0]["credit_line"] == "By The Bugle"
    assert told["found"][0]["licence"] == "CC BY 4.0"


@pytest.mark.parametrize("odd", ["9" * 40, "x", "-1", "٣", "\x00"])
def test_an_odd_id_is_told_and_is_no_fault(desk: Desk, odd: str):
    fields = topics_of(1) | {"article_topics-0-topic": odd, "source": odd}
    answer = desk.try_to_send(url_of(ARTICLE, "add"), body_of(), fields, PUBLISH, headline="Odd")
    assert answer.status_code == 200
    assert field_errors(answer)


@pytest.mark.parametrize("kind", ["user", "revision", "article"])
def test_nothing_else_can_be_asked_for_or_made(desk: Desk, kind: str):
    assert desk.client.post(f"{HERE}make/{kind}/", {"name": "X"}).status_code in {302, 403}
    if kind != "article":
        assert desk.client.get(f"{HERE}suggest/{kind}/").status_code in {302, 403}


def test_what_is_missing_is_made_on_the_way_once(desk: Desk):
    for kind, model in (("topic", Topic), ("contributor", Contributor), ("source", Source)):
        first = desk.client.post(f"{HERE}make/{kind}/", {"name": "  Nova\n Lane "}).json()
        again = desk.client.post(f"{HERE}make/{kind}/", {"name": "Nova Lane"}).json()
        assert first["id"] == again["id"]
        assert model._default_manager.get().name == "Nova Lane"
    assert Topic.objects.get().live


@pytest.mark.parametrize("name", ["", "   ", "a" * 201])
def test_a_name_that_cannot_be_is_refused_in_words(desk: Desk, name: str):
    answer = desk.client.post(f"{HERE}make/topic/", {"name": name})
    assert answer.status_code == 400
    assert "between 1 and 200" in answer.json()["trouble"]


@pytest.mark.django_db
def test_who_may_not_publish_topics_makes_a_draft_who_may_not_add_makes_none(client: Client):
    user = get_user_model().objects.create_user("reporter", "r@proof.example", "a phrase")
    group = Group.objects.create(name="Writers")
    codes = ["access_admin", "add_article", "change_article", "add_topic"]
    group.permissions.set(Permission.objects.filter(codename__in=codes))
    user.groups.add(group)
    client.force_login(user)
    made = client.post(f"{HERE}make/topic/", {"name": "Quiet"}).json()
    assert made["note"] == "not public"
    assert not Topic.objects.get().live
    assert client.post(f"{HERE}make/source/", {"name": "X"}).status_code in {302, 403}
    assert client.get(f"{HERE}suggest/source/").json()["may_add"] is False


def test_the_first_topic_is_the_primary_one(desk: Desk, paper: Paper):
    water, port = paper.topic("Water"), paper.topic("Port")
    fields = topics_of(port.pk, water.pk)
    desk.send(url_of(ARTICLE, "add"), body_of(), fields, PUBLISH, headline="Filed")
    article = Article.objects.get()
    order = [row.topic for row in article.article_topics.order_by("sort_order")]
    assert order == [port, water]
    form = desk.form(url_of(ARTICLE, "edit", article.pk))
    assert form["article_topics-0-topic"] == str(port.pk)
    edit(
        desk,
        article,
        {"article_topics-0-ORDER": "2", "article_topics-1-ORDER": "1"},
        PUBLISH,
    )
    article.refresh_from_db()
    order = [row.topic for row in article.article_topics.order_by("sort_order")]
    assert order == [water, port]


def test_the_form_costs_the_same_however_much_is_filed(desk: Desk, paper: Paper):
    few = paper.article("Few", ["A"])
    many = paper.article("Many", [f"T{number}" for number in range(12)])
    counts = []
    for article in (few, few, many):
        with CaptureQueriesContext(connection()) as queries:
            desk.form(url_of(ARTICLE, "edit", article.pk))
        counts.append(len(queries))
    assert counts[1] == counts[2]


def test_related_pieces_keep_their_order_and_never_lead_to_themselves(desk: Desk, paper: Paper):
    one, two, three = (paper.article(name) for name in ("One", "Two", "Three"))
    rows = [{"other": three.pk, "id": ""}, {"other": two.pk, "id": ""}]
    fields = nested_form_data({"related": inline_formset(rows)})
    edit(desk, one, fields, PUBLISH)
    assert [row.other for row in one.related.order_by("sort_order")] == [three, two]
    itself = nested_form_data({"related": inline_formset([{"other": two.pk, "id": ""}])})
    answer = desk.try_to_send(url_of(ARTICLE, "edit", two.pk), body_of(), itself, PUBLISH)
    assert "cannot be related to itself" in said(answer)


# Pictures ---------------------------------------------------------------------------------


def test_a_lead_image_is_described_before_it_is_published(desk: Desk):
    image = picture()
    fields = {"headline": "With a picture", "lead_image": image.pk}
    answer = desk.try_to_send(url_of(ARTICLE, "add"), body_of(), fields, PUBLISH)
    assert answer.status_code == 200
    assert any("tick “Decorative”" in words for words in field_errors(answer))
    assert "With a picture" in answer.content.decode()
    desk.send(url_of(ARTICLE, "add"), body_of(), fields)
    article = Article.objects.get()
    edit(desk, article, PUBLISH, lead_image_decorative="on")
    article.refresh_from_db()
    assert (article.live, article.lead_image_decorative) == (True, True)


@pytest.mark.parametrize(
    ("description", "more", "is_fine"),
    [
        ("", {}, False),
        ("", {"alt": "  "}, False),
        ("", {"alt": "A dot"}, True),
        ("", {"decorative": "on"}, True),
        ("A dot", {}, True),
    ],
)
def test_so_is_a_picture_in_the_body(
    desk: Desk, description: str, more: dict[str, str], is_fine: bool
):
    value = {"image": picture(description).pk, "alt": "", "caption": "", "credit": ""} | more
    fields = body_of(("image", value))
    answer = desk.try_to_send(url_of(ARTICLE, "add"), fields, PUBLISH, headline="Pictured")
    assert (answer.status_code == 302) == is_fine
    if not is_fine:
        assert "Say what the picture shows" in answer.content.decode()
        desk.send(url_of(ARTICLE, "add"), fields, headline="Pictured")
        assert not Article.objects.get().live


# Embeds, language, corrections, address ---------------------------------------------------


def test_an_embed_code_becomes_a_clean_link(desk: Desk):
    code = '<iframe src="https://www.youtube.com/embed/aqz-KE-bpKQ?si=x"></iframe>'
    block = ("embed", {"url": code, "title": "The film", "note": ""})
    desk.send(url_of(ARTICLE, "add"), body_of(block), PUBLISH, headline="Film")
    html = Article.objects.get().body_html
    assert 'href="https://www.youtube.com/watch?v=aqz-KE-bpKQ"' in html
    assert "<small>YouTube</small>" in html
    assert "iframe" not in html


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://a@b.example/", "<b>", "ftp://a.example/"]
)
def test_what_is_no_address_is_no_embed(desk: Desk, url: str):
    block = ("embed", {"url": url, "title": "T", "note": ""})
    answer = desk.try_to_send(url_of(ARTICLE, "add"), body_of(block), PUBLISH, headline="Film")
    assert answer.status_code == 200
    assert not Article.objects.exists()


def test_an_embed_needs_a_title_once_it_is_published(desk: Desk):
    block = ("embed", {"url": "https://vimeo.com/76979871", "title": "", "note": ""})
    answer = desk.try_to_send(url_of(ARTICLE, "add"), body_of(block), PUBLISH, headline="Film")
    assert answer.status_code == 200
    desk.send(url_of(ARTICLE, "add"), body_of(block), headline="Film")


def test_languages_of_the_outlet_are_offered_others_may_be_typed(desk: Desk):
    Outlet.objects.update_or_create(pk=1, defaults={"languages": "ar, ko"})
    html = desk.client.get(url_of(ARTICLE, "add")).content.decode()
    soup = BeautifulSoup(html, "html.parser")
    tags = [str(one["value"]) for one in soup.select("datalist option")]
    assert tags == ["en", "ar", "ko"]
    assert "العربية" in html
    desk.send(url_of(ARTICLE, "add"), body_of(), PUBLISH, headline="خبر", language="ckb")
    article = Article.objects.get()
    assert article.language == "ckb"
    answer = desk.try_to_send(url_of(ARTICLE, "edit", article.pk), body_of(), language="Arabic!")
    assert any("is no language tag" in words for words in field_errors(answer))


def test_a_correction_is_dated_now_unless_it_says_otherwise(desk: Desk, paper: Paper):
    article = paper.article("Wrong")
    soup = BeautifulSoup(
        desk.client.get(url_of(ARTICLE, "edit", article.pk)).content.decode(), "html.parser"
    )
    empty = soup.select_one("#id_corrections-EMPTY_FORM_TEMPLATE")
    assert empty
    assert f"{datetime.now(UTC):%Y-%m-%d}" in str(empty)
    rows = [
        {"corrected_at": "", "note": "It was four.", "id": ""},
        {"corrected_at": "2020-01-02 03:04", "note": "It was five.", "id": ""},
    ]
    fields = nested_form_data({"corrections": inline_formset(rows)})
    edit(desk, article, fields, PUBLISH)
    older, newer = Correction.objects.all()
    assert older.note == "It was five."
    assert abs(newer.corrected_at - datetime.now(UTC)) < timedelta(minutes=2)


def test_a_drafts_address_follows_its_headline_until_it_is_public(desk: Desk):
    desk.send(url_of(ARTICLE, "add"), body_of(), headline="Half a he")
    article = Article.objects.get()
    assert desk.form(url_of(ARTICLE, "edit", article.pk))["slug"] == ""
    edit(desk, article, PUBLISH, headline="Half a headline")
    article.refresh_from_db()
    assert article.slug == "half-a-headline"
    edit(desk, article, PUBLISH, headline="Another one")
    article.refresh_from_db()
    assert article.slug == "half-a-headline"


def test_the_form_tells_the_address_and_the_old_one_leads_on(desk: Desk, paper: Paper):
    article = paper.article("Moves", slug="moves")
    html = desk.client.get(url_of(ARTICLE, "edit", article.pk)).content.decode()
    slug = BeautifulSoup(html, "html.parser").find("input", {"name": "slug"})
    assert slug
    assert slug["data-address-former-value"] == "/2021/01/moves.html"
    assert slug["data-address-folder-value"] == "/2021/01/"
    edit(desk, article, PUBLISH, slug="moved")
    assert Redirect.objects.get().path == "2021/01/moves.html"


# Saving by itself, and two at once --------------------------------------------------------


def autosave(desk: Desk, url: str, fields: dict[str, Any]) -> Any:
    return desk.client.post(url, fields, headers={"accept": "application/json"})


def test_it_saves_itself_and_files_nothing_twice(desk: Desk, paper: Paper):
    topic = paper.topic("Water")
    article = paper.article("Kept")
    url = url_of(ARTICLE, "edit", article.pk)
    fields = desk.form(url) | body_of() | topics_of(topic.pk)
    told = autosave(desk, url, fields).json()
    assert told["success"]
    fields |= told["field_updates"] | {"overwrite_revision_id": str(told["revision_id"])}
    fields["loaded_revision_id"] = str(told["revision_id"])
    assert autosave(desk, url, fields).json()["success"]
    filed = article.revisions.latest("pk").content["article_topics"]
    assert [row["topic"] for row in filed] == [topic.pk]


def test_who_saves_over_another_is_told_and_nothing_is_lost(desk: Desk, paper: Paper):
    article = paper.article("Shared")
    url = url_of(ARTICLE, "edit", article.pk)
    mine = desk.form(url) | body_of()
    edit(desk, article, headline="Theirs")
    theirs = Revision.objects.latest("pk")
    answer = autosave(desk, url, mine | {"headline": "Mine"})
    assert answer.status_code == 400
    assert answer.json()["error_code"] == "invalid_revision"
    theirs.refresh_from_db()
    assert theirs.content["headline"] == "Theirs"
    assert Revision.objects.latest("pk") == theirs


# Previews ---------------------------------------------------------------------------------


def preview(desk: Desk, article: Article, query: str) -> Any:
    url = url_of(ARTICLE, "preview", article.pk)
    fields = desk.form(url_of(ARTICLE, "edit", article.pk))
    fields |= body_of() | {"headline": "As it may be"}
    assert desk.client.post(url, fields).json()["is_valid"]
    return desk.client.get(f"{url}?{query}")


def test_a_preview_is_as_strict_as_the_public_page(desk: Desk, paper: Paper):
    article = paper.article("As it is", ["Water"])
    answer = preview(desk, article, "mode=article")
    assert answer["Content-Security-Policy"] == f"{META_POLICY}; frame-ancestors 'self'"
    html = answer.content.decode()
    assert META_POLICY in html
    assert "As it may be</h1>" in html
    soup = BeautifulSoup(html, "html.parser")
    assert {str(one.get("type")) for one in soup.find_all("script")} == {"application/ld+json"}


def test_in_the_panel_the_checker_runs_from_the_desks_own_files(desk: Desk, paper: Paper):
    answer = preview(desk, paper.article("As it is"), "mode=article&in_preview_panel=true")
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe-inline" not in policy.partition("style-src")[0]
    soup = BeautifulSoup(answer.content.decode(), "html.parser")
    assert soup.find("wagtail-userbar")
    scripts = [str(one.get("src")) for one in soup.find_all("script") if one.get("src")]
    assert len(scripts) == 2
    assert all(one.startswith("/desk-static/") for one in scripts), scripts
    assert not [
        one for one in soup.find_all("script") if not one.get("src") and not one.get("type")
    ]


@pytest.mark.parametrize("topics", [[], ["Water"]])
def test_the_card_is_shown_as_a_listing_has_it(desk: Desk, paper: Paper, topics: list[str]):
    answer = preview(desk, paper.article("As it is", topics), "mode=card")
    soup = BeautifulSoup(answer.content.decode(), "html.parser")
    cards = soup.select("article.card h2")
    assert [card.get_text() for card in cards] == ["As it may be"]
