"""The desk's home: the day at a glance, for whoever can act on it, in a handful of queries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import GroupApprovalTask, Workflow, WorkflowContentType, WorkflowTask

from factories.papers import Paper
from handpress.donations.models import Campaign
from handpress.lib import clock
from handpress.newsroom.models import Article, ArticleTopic, Outlet, Topic
from handpress.press.actions import start_afresh
from handpress.press.models import Mark, PressState, StalePage
from handpress.press.site import forget_outlet

NOON = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
HOSTILE = "<script>alert('x')</script>\u202e & “{{ 7|add:7 }}”"


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> datetime:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return NOON


@pytest.fixture
def in_auckland(db: None) -> Iterator[None]:
    """Thirteen hours ahead of UTC on the day of the tests: noon there is one in the morning."""
    Outlet(time_zone="Pacific/Auckland").save()
    yield
    forget_outlet()


def member(client: Client, *permissions: str) -> Any:
    """Sign in somebody who may use the desk, and may do these things and no others."""
    user = get_user_model()._default_manager.create_user(
        "member", "member@proof.example", "a long enough phrase"
    )
    for name in ("wagtailadmin.access_admin", *permissions):
        app, codename = name.split(".")
        found = Permission.objects.get(content_type__app_label=app, codename=codename)
        user.user_permissions.add(found)
    client.force_login(user)
    return user


def home(client: Client) -> Tag:
    answer = client.get("/desk/")
    assert answer.status_code == 200
    main = BeautifulSoup(answer.content.decode(), "html.parser").find("main")
    assert isinstance(main, Tag)
    return main


def panels(client: Client) -> dict[str, str]:
    """Return the panels shown, by heading, with their text."""
    found = home(client).select("section.hp-panel")
    return {one.select("h2")[0].get_text(): one.get_text(" ", strip=True) for one in found}


def send_for_review(article: Article, user: Any) -> None:
    workflow, is_new = Workflow.objects.get_or_create(name="Desk", defaults={"active": True})
    if is_new:
        task = GroupApprovalTask.objects.create(name="Second pair of eyes", active=True)
        WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
        kind = ContentType.objects.get_for_model(Article)
        WorkflowContentType.objects.update_or_create(
            content_type=kind, defaults={"workflow": workflow}
        )
    article.save_revision(user=user)
    workflow.start(article, user)


def draft(headline: str, user: Any, **values: Any) -> Article:
    article = Article(headline=headline, live=False, **values)
    article.save()
    article.save_revision(user=user)
    return article


def fill(articles: int, *, since: int = 0) -> None:
    """Publish many articles, three hours between them, each in one of seven topics."""
    topics = [
        Topic.objects.get_or_create(slug=f"topic-{n}", defaults={"name": f"Topic {n}"})[0]
        for n in range(7)
    ]
    rows = Article.objects.bulk_create(
        Article(
            headline=f"Story {n}",
            slug=f"story-{n}",
            live=True,
            published_at=NOON - timedelta(hours=3 * n),
        )
        for n in range(since, since + articles)
    )
    ArticleTopic.objects.bulk_create(
        ArticleTopic(article=row, topic=topics[n % 7], sort_order=0) for n, row in enumerate(rows)
    )


def test_no_link_leads_to_a_tree_of_pages(admin_client: Client, paper: Paper):
    html = admin_client.get("/desk/").content.decode()
    assert f'"url": "{reverse("wagtailimages:index")}' in html
    pages = reverse("wagtailadmin_explore_root")
    assert f'href="{pages}' not in html
    assert f'"url": "{pages}' not in html
    assert "wagtail.org" not in str(home(admin_client))


# What it shows ------------------------------------------------------------------------------


def test_a_fresh_newsroom_is_told_what_to_do_first(admin_client: Client, paper: Paper):
    shown = panels(admin_client)
    steps = shown["First steps"]
    for words in ("Write the first piece", "import", "Invite colleagues", "address", "backup"):
        assert words in steps
    assert "docs/operating/backup.md" in steps
    assert "Nothing published yet today." in shown["Today"]
    assert "Nothing is scheduled." in shown["Today"]
    assert "no unfinished piece" in shown["Your drafts"]
    assert "no page asks for gifts" in shown["Campaign"]
    assert "no topics yet" in shown["Topics without news"]
    assert "Nothing has been printed yet." in shown["The press"]
    assert "The last 30 days" not in shown
    paper.article("The first")
    assert "First steps" not in panels(admin_client)


def test_steps_that_are_done_are_crossed_off(admin_client: Client, paper: Paper):
    Campaign.objects.create(name="A", heading="B", full_text="C", compact_text="D", starts_at=NOON)
    done = [one.get_text(" ", strip=True) for one in home(admin_client).select(".is-done")]
    assert any(text.startswith("Say what you need done") for text in done)


def test_every_link_leads_somewhere(admin_client: Client, paper: Paper, noon: datetime):
    fill(8)
    start_afresh()
    user = get_user_model()._default_manager.get()
    send_for_review(draft("For review", user), user)
    draft("A draft", user)
    Campaign.objects.create(name="A", heading="B", full_text="C", compact_text="D", starts_at=NOON)
    links = {str(one["href"]) for one in home(admin_client).select("a[href]")}
    assert len(links) > 12
    for link in links - {"/", ""}:
        assert admin_client.get(link).status_code == 200, link


def test_today_is_the_newsrooms_own_day(
    admin_client: Client, paper: Paper, in_auckland: None, noon: datetime
):
    midnight = datetime(2026, 3, 18, 11, 0, tzinfo=UTC)
    paper.article("Before midnight", published_at=midnight - timedelta(seconds=1))
    paper.article("After midnight", published_at=midnight)
    paper.article("Of unknown date", day=None)
    today = panels(admin_client)["Today"]
    assert "00:00 After midnight" in today
    assert "Before midnight" not in today
    assert "unknown" not in today
    assert "Thursday, 19 March 2026" in home(admin_client).get_text()


def test_what_is_scheduled_comes_in_its_order(admin_client: Client, paper: Paper, noon: datetime):
    user = get_user_model()._default_manager.get()
    for hours in (30, 3):
        article = draft(f"In {hours} hours", user)
        article.go_live_at = datetime.now(UTC) + timedelta(hours=hours)
        article.save_revision(user=user).publish(user=user)
    text = panels(admin_client)["Today"]
    assert text.index("In 3 hours") < text.index("In 30 hours")
    assert "scheduled" in panels(admin_client)["Your drafts"]


def test_drafts_are_ones_own_and_unfinished(admin_client: Client, paper: Paper):
    user = get_user_model()._default_manager.get()
    other = get_user_model()._default_manager.create_user("other", "o@proof.example", "long phrase")
    draft("Mine", user)
    draft("Theirs", other)
    send_for_review(draft("Sent in", user), user)
    public = paper.article("Public")
    public.save_revision(user=user).publish()
    text = panels(admin_client)["Your drafts"]
    assert "Mine" in text
    assert "Sent in waits for review" in text
    assert "Theirs" not in text
    assert "Public" not in text


def test_what_an_editor_saved_and_sent_back_stays_its_reporters(
    admin_client: Client, client: Client, paper: Paper
):
    editor = get_user_model()._default_manager.get()
    reporter = member(client, "newsroom.add_article", "newsroom.change_article")
    send_for_review(sent := draft("Sent in", reporter), reporter)
    sent.save_revision(user=editor)
    assert "Sent in waits for review" in panels(client)["Your drafts"]
    state = sent.current_workflow_task_state
    state.task.specific.on_action(state, editor, "reject", comment="Who says so?")
    assert "Sent in changes are asked for" in panels(client)["Your drafts"]
    assert "Sent in changes are asked for" in panels(admin_client)["Your drafts"]


def test_what_others_change_in_a_public_piece_is_theirs(
    admin_client: Client, client: Client, paper: Paper
):
    editor = get_user_model()._default_manager.get()
    reporter = member(client, "newsroom.add_article", "newsroom.change_article")
    piece = draft("Printed", reporter)
    piece.latest_revision.publish(user=editor)
    piece.refresh_from_db()
    assert "Printed" not in panels(client)["Your drafts"]
    piece.save_revision(user=editor)
    assert "Printed" not in panels(client)["Your drafts"]
    assert "Printed changes to a public piece" in panels(admin_client)["Your drafts"]
    piece.save_revision(user=reporter)
    piece.save_revision(user=editor)
    assert "Printed changes to a public piece" in panels(client)["Your drafts"]


def test_long_lists_show_their_beginning_and_where_the_rest_is(admin_client: Client, paper: Paper):
    user = get_user_model()._default_manager.get()
    for number in range(12):
        draft(f"Draft {number}.", user)
    text = panels(admin_client)["Your drafts"]
    assert "Draft 11." in text
    assert "Draft 3." not in text
    assert "All articles" in text


def test_topics_without_news_are_named_the_longest_silent_first(
    admin_client: Client, paper: Paper, noon: datetime
):
    for name, days in (("Fresh", 2), ("Quiet", 40), ("Silent", 400)):
        paper.article(f"On {name}", [name], published_at=NOON - timedelta(days=days))
    paper.topic("Empty")
    Topic.objects.create(name="Hidden", live=False)
    start_afresh()
    text = panels(admin_client)["Topics without news"]
    assert text.index("Empty") < text.index("Silent") < text.index("Quiet")
    assert "nothing since 6 Feb 2026" in text
    assert "Fresh" not in text
    assert "Hidden" not in text


def test_the_days_of_a_month_are_drawn(admin_client: Client, paper: Paper, noon: datetime):
    for hours in (1, 2, 30, 24 * 29, 24 * 31):
        paper.article(f"{hours} hours ago", published_at=NOON - timedelta(hours=hours))
    chart = home(admin_client).select("svg.hp-bars rect")
    counts = [str(bar.title.get_text() if bar.title else "").split(": ")[1] for bar in chart]
    assert counts == ["1", *["0"] * 27, "1", "2"]
    assert "4 pieces" in panels(admin_client)["The last 30 days"]


def test_hostile_titles_are_text(admin_client: Client, paper: Paper, noon: datetime):
    user = get_user_model()._default_manager.get()
    paper.article(HOSTILE, [HOSTILE], published_at=NOON)
    paper.topic(HOSTILE + "2")
    send_for_review(draft(HOSTILE, user), user)
    Campaign.objects.create(
        name=HOSTILE[:120], heading="B", full_text="C", compact_text="D", starts_at=NOON
    )
    Outlet(name=HOSTILE).save()
    try:
        html = admin_client.get("/desk/").content.decode()
    finally:
        forget_outlet()
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;") >= 6
    assert "14”" not in html


# The campaign -------------------------------------------------------------------------------


def campaign(**values: Any) -> Campaign:
    words = {"name": "Winter", "heading": "B", "full_text": "C", "compact_text": "D"}
    values.setdefault("starts_at", NOON - timedelta(days=10))
    return Campaign.objects.create(**words, **values)


def test_the_campaign_is_drawn(admin_client: Client, paper: Paper, noon: datetime):
    campaign(
        currency="EUR", goal_minor=8400000, raised_minor=2100050, ends_at=NOON + timedelta(days=10)
    )
    text = panels(admin_client)["Campaign"]
    assert "€21,000.50 of €84,000 25%" in text
    assert "€62,999.50 to go" in text
    assert "50% of its time gone, 10 days left" in text
    assert "behind" in text
    bar = home(admin_client).select_one(".hp-bar__money")
    assert bar is not None
    assert bar["width"] == "250"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "It has no goal yet"),
        ({"currency": "KRW", "goal_minor": 1000, "raised_minor": 5000}, "The goal is reached"),
        ({"starts_at": NOON + timedelta(days=2)}, "begins 20 March, 12:00"),
        ({"currency": "EUR", "goal_minor": 100}, "No end is set"),
    ],
)
def test_a_campaign_in_any_state(
    admin_client: Client, paper: Paper, noon: datetime, values: dict[str, Any], words: str
):
    campaign(**values)
    assert words in panels(admin_client)["Campaign"]
    money = home(admin_client).select_one(".hp-bar__money")
    assert money is None or int(str(money["width"])) <= 1000


# Who sees what ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("permissions", "shown"),
    [
        ([], []),
        (["newsroom.add_article", "newsroom.change_article"], ["Today", "Your drafts", "Topics"]),
        (["newsroom.publish_article"], ["Today", "The press"]),
        (["donations.change_campaign"], ["Campaign"]),
        (["newsroom.change_topic"], ["Topics"]),
    ],
)
def test_a_panel_is_for_those_who_can_act_on_it(
    client: Client, paper: Paper, permissions: list[str], shown: list[str]
):
    paper.article("Public")
    member(client, *permissions)
    found = [heading.replace("Topics without news", "Topics") for heading in panels(client)]
    assert [name for name in found if name != "The last 30 days"] == shown
    has_write = "Write" in home(client).get_text()
    assert has_write == ("newsroom.add_article" in permissions)
    if not shown:
        assert "Ask whoever looks after this newsroom" in home(client).get_text()


def test_what_waits_for_review_is_shown_to_those_who_review(client: Client, paper: Paper):
    paper.article("Public")
    user = member(client, "newsroom.change_article")
    send_for_review(draft("Second pair of eyes wanted", user), user)
    assert "Waiting for your review" not in panels(client)
    user.groups.add(group := _reviewers())
    task = GroupApprovalTask.objects.get(name="Second pair of eyes")
    task.groups.add(group)
    # Whose roles change is asked to sign in anew.
    client.force_login(user)
    text = panels(client)["Waiting for your review"]
    assert "Second pair of eyes wanted from member@proof.example" in text


def _reviewers() -> Any:
    from django.contrib.auth.models import Group

    return Group.objects.create(name="Reviewers")


def test_the_presss_progress_is_for_those_who_publish(client: Client, paper: Paper):
    url = reverse("desk_press_progress")
    assert client.get(url).status_code == 302
    user = member(client)
    assert client.get(url).status_code in {302, 403}
    user.user_permissions.add(Permission.objects.get(codename="publish_article"))
    answer = client.get(url)
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    assert client.post(url).status_code == 405


# What it costs ------------------------------------------------------------------------------


def queries_of_home(client: Client) -> int:
    client.get("/desk/")
    with CaptureQueriesContext(connection) as captured:
        client.get("/desk/")
    return len(captured)


def test_it_costs_the_same_handful_of_queries_in_a_larger_archive(
    admin_client: Client, paper: Paper, noon: datetime
):
    user = get_user_model()._default_manager.get()
    campaign(currency="EUR", goal_minor=100)
    counts = []
    for size in (10, 2000):
        fill(size, since=Article.objects.count())
        for number in range(3 if size == 10 else 20):
            send_for_review(draft(f"Draft {size} {number}", user), user)
        start_afresh()
        counts.append(queries_of_home(admin_client))
    assert counts[0] == counts[1]
    # Two for the review that there is from the start, one for editions.
    assert counts[0] <= 26, counts


# The press ----------------------------------------------------------------------------------


def press_panel(client: Client) -> str:
    return panels(client)["The press"]


def test_the_press_says_how_far_it_is(admin_client: Client, paper: Paper, noon: datetime):
    paper.article("One")
    paper.print()
    assert "Everything is printed." in press_panel(admin_client)
    assert "Not compared yet." in press_panel(admin_client)
    row = {"done": 4312, "of": 100_000, "kind": "article", "is_sweep": True}
    PressState.objects.create(name="under_way", value={"at": NOON.timestamp(), **row})
    text = press_panel(admin_client)
    assert "Printing: 4,312 of 100,000 pages, newest first." in text
    assert "95,688 to go; right now articles." in text
    bar = home(admin_client).find("progress")
    assert isinstance(bar, Tag)
    assert (bar["value"], bar["max"]) == ("4312", "100000")
    PressState.objects.update_or_create(
        name="under_way", defaults={"value": {"at": NOON.timestamp() - 120, **row}}
    )
    assert "cut off after 4,312 of 100,000" in press_panel(admin_client)


def test_the_press_says_what_waits_and_what_failed(
    admin_client: Client, paper: Paper, noon: datetime
):
    paper.article("One")
    paper.print()
    Mark.objects.create(label="article", row_id=1)
    assert "1 change waits to be printed." in press_panel(admin_client)
    Mark.objects.all().delete()
    StalePage.objects.create(kind="article", key="1", rank=0)
    failed = {"pages": 1, "some": [["article", "1"]]}
    PressState.objects.update_or_create(name="failed", defaults={"value": failed})
    assert "1 page could not be made: article 1." in press_panel(admin_client)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({}, "12 pages compared, not one difference."),
        ({"missing": 2}, "12 pages compared; 2 missing. “handpress press --all” makes it right."),
    ],
)
def test_the_press_says_what_was_compared(
    admin_client: Client, paper: Paper, found: dict[str, int], words: str
):
    paper.article("One")
    row = {"at": NOON.timestamp(), "compared": 12, "is_clean": not found, "found": found}
    PressState.objects.create(name="verified", value=row)
    assert f"Wed 18 Mar, 12:00 : {words}" in press_panel(admin_client)
