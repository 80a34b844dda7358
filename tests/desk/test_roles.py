"""Role by action, through the desk's own views: what is answered, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from wagtail.models import GroupApprovalTask, Workflow

from factories.desk_forms import PUBLISH, Desk, Fields, body_of, url_of
from factories.papers import START, Paper, undone
from factories.staff import desk_of, staff
from handpress.accounts.models import User
from handpress.accounts.roles import Role
from handpress.desk.roles import keep_roles, permissions_of
from handpress.digest.models import Pitch
from handpress.donations.models import Campaign
from handpress.newsroom.models import Article, ArticleTopic, Contributor, NewsImage, Source, Topic

R, E, T, A = Role.REPORTER, Role.EDITOR, Role.TREASURER, Role.ADMINISTRATOR
REFUSAL = "you do not have permission to access this area"
DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154"
    "08d763f8ffff3f0005fe02fea735810a0000000049454e44ae426082"
)


@dataclass
class Room:
    """A newsroom with one of everything, and a copy of each form as a browser would send it."""

    paper: Paper
    article: Article
    draft: Article
    topic: Topic
    source: Source
    contributor: Contributor
    campaign: Campaign
    pitch: Pitch
    forms: dict[str, Fields] = field(default_factory=dict)


@pytest.fixture
def room(paper: Paper) -> Room:
    topic = paper.topic("Water", live=True)
    article = paper.article("Public", ["Water"])
    article.save_revision().publish()
    article.refresh_from_db()
    draft = Article.objects.create(headline="Draft", live=False)
    draft.save_revision()
    draft.refresh_from_db()
    made = Room(
        paper,
        article,
        draft,
        topic,
        paper.source("The Bugle"),
        Contributor.objects.create(name="Ada Quill"),
        Campaign.objects.create(
            name="Winter",
            heading="The roof leaks",
            full_text="Help.",
            compact_text="Help.",
            starts_at=START,
        ),
        Pitch.objects.create(heading="By mail", text="Every day."),
    )
    root = desk_of(
        User.objects.create_superuser("root", "root@proof.example", "a long phrase it is")
    )
    for row in (made.article, made.draft, made.topic, made.source, made.contributor):
        made.forms[str(row)] = root.form(edit_of(row))
    for row in (made.campaign, made.pitch):
        made.forms[str(row)] = root.form(edit_of(row))
    for model in ("article", "topic", "source", "contributor"):
        made.forms[f"new {model}"] = root.form(url_of(f"newsroom/{model}", "add"))
    return made


def edit_of(row: Any, action: str = "edit") -> str:
    return url_of(row._meta.label_lower.replace(".", "/"), action, row.pk)


def send(desk: Desk, room: Room, url: str, form: str, *changes: dict[str, Any]) -> Any:
    """Post a form that a person was perhaps never shown."""
    fields = dict(room.forms[form])
    for some in changes:
        fields |= some
    return desk.client.post(url, fields)


Act = Callable[[Desk, Room], Any]
Effect = Callable[[Room], bool]


def _write(desk: Desk, room: Room) -> Any:
    return send(
        desk,
        room,
        url_of("newsroom/article", "add"),
        "new article",
        body_of(),
        {"headline": "Fresh"},
    )


def _edit_draft(desk: Desk, room: Room) -> Any:
    return send(desk, room, edit_of(room.draft), "Draft", body_of(), {"headline": "Redrafted"})


def _publish(desk: Desk, room: Room) -> Any:
    return send(desk, room, edit_of(room.draft), "Draft", body_of(), PUBLISH)


def _publish_new(desk: Desk, room: Room) -> Any:
    url = url_of("newsroom/article", "add")
    return send(desk, room, url, "new article", body_of(), {"headline": "At once"}, PUBLISH)


def _schedule(desk: Desk, room: Room) -> Any:
    hour = {"go_live_at": "2099-01-01 10:00"}
    return send(desk, room, edit_of(room.draft), "Draft", body_of(), hour)


def _expire(desk: Desk, room: Room) -> Any:
    return send(
        desk, room, edit_of(room.draft), "Draft", body_of(), {"expire_at": "2099-01-01 10:00"}
    )


def _submit(desk: Desk, room: Room) -> Any:
    return send(desk, room, edit_of(room.draft), "Draft", body_of(), {"action-submit": "1"})


def _post(action: str, row: str) -> Act:
    return lambda desk, room: desk.client.post(edit_of(getattr(room, row), action))


def _bulk(action: str, **more: str) -> Act:
    def act(desk: Desk, room: Room) -> Any:
        url = f"/desk/bulk/newsroom/article/{action}/?id={room.article.pk}&id={room.draft.pk}"
        rows = f"{room.article.pk},{room.draft.pk}"
        return desk.client.post(url, {"rows": rows, **more})

    return act


def _bulk_topics(desk: Desk, room: Room) -> Any:
    other = room.paper.topic("Harbour")
    return _bulk("topics", how="add", topics=str(other.pk))(desk, room)


def _change(row: str, **fields: str) -> Act:
    def act(desk: Desk, room: Room) -> Any:
        one = getattr(room, row)
        return send(desk, room, edit_of(one), str(one), fields, PUBLISH)

    return act


def _add(model: str, **fields: str) -> Act:
    return lambda desk, room: send(
        desk, room, url_of(f"newsroom/{model}", "add"), f"new {model}", fields, PUBLISH
    )


def _upload(desk: Desk, room: Room) -> Any:
    picture = SimpleUploadedFile("dot.png", DOT, "image/png")
    return desk.client.post(
        reverse("wagtailimages:add_multiple"), {"files[]": picture, "title": "Dot"}
    )


def _get(url: str) -> Act:
    return lambda desk, room: desk.client.get(url)


def fresh(row: Any) -> Any:
    return type(row)._default_manager.filter(pk=row.pk).first()


def _is_there(model: type[Any], **values: Any) -> Effect:
    return lambda room: model._default_manager.filter(**values).exists()


def _is(row: str, **values: Any) -> Effect:
    """Say whether a row of the room now has these values."""
    return lambda room: all(
        getattr(fresh(getattr(room, row)), name) == value for name, value in values.items()
    )


def _is_gone(row: str) -> Effect:
    return lambda room: fresh(getattr(room, row)) is None


NEWS, MONEY = {E, A}, {T, A}
# action: (how, what must be true afterwards where it is allowed, who may)
ACTIONS: dict[str, tuple[Act, Effect, set[Role]]] = {
    "write a draft": (_write, _is_there(Article, headline="Fresh", live=False), {R, *NEWS}),
    "edit a draft": (_edit_draft, _is("draft", headline="Redrafted"), {R, *NEWS}),
    "submit to review": (_submit, _is("draft", workflow_in_progress=True), {R, *NEWS}),
    "upload a picture": (_upload, _is_there(NewsImage), {R, *NEWS}),
    "publish": (_publish, _is("draft", live=True), NEWS),
    "publish at once": (_publish_new, _is_there(Article, headline="At once", live=True), NEWS),
    "set an hour": (_schedule, _is_there(Article, go_live_at__year=2099), NEWS),
    "set an end": (_expire, _is_there(Article, expire_at__year=2099), NEWS),
    "unpublish": (_post("unpublish", "article"), _is("article", live=False), NEWS),
    "delete": (_post("delete", "article"), _is_gone("article"), NEWS),
    "lock": (_post("lock", "article"), _is("article", locked=True), NEWS),
    "publish many": (_bulk("publish"), _is("draft", live=True), NEWS),
    "unpublish many": (_bulk("unpublish"), _is("article", live=False), NEWS),
    "delete many": (_bulk("delete"), _is_gone("article"), NEWS),
    "file many": (_bulk_topics, _is_there(ArticleTopic, topic__name="Harbour"), NEWS),
    "add a topic": (_add("topic", name="Ports"), _is_there(Topic, name="Ports"), NEWS),
    "rename a topic": (_change("topic", name="Rain"), _is("topic", name="Rain"), NEWS),
    "unpublish a topic": (_post("unpublish", "topic"), _is("topic", live=False), NEWS),
    "delete a topic": (_post("delete", "topic"), _is_gone("topic"), NEWS),
    "add a source": (_add("source", name="Horn"), _is_there(Source, name="Horn"), NEWS),
    "change a source": (_change("source", name="Horn"), _is("source", name="Horn"), NEWS),
    "add a contributor": (_add("contributor", name="Bo"), _is_there(Contributor, name="Bo"), NEWS),
    "delete a contributor": (_post("delete", "contributor"), _is_gone("contributor"), NEWS),
    "change a campaign": (
        _change("campaign", heading="Dry"),
        _is("campaign", heading="Dry"),
        MONEY,
    ),
    "delete a campaign": (_post("delete", "campaign"), _is_gone("campaign"), MONEY),
    "change the pitch": (_change("pitch", heading="Post"), _is("pitch", heading="Post"), NEWS),
}

DOORS: dict[str, tuple[str, set[Role]]] = {
    "articles": ("/desk/snippets/newsroom/article/", {R, E, A}),
    "topics": ("/desk/snippets/newsroom/topic/", {E, A}),
    "sources": ("/desk/snippets/newsroom/source/", {E, A}),
    "contributors": ("/desk/snippets/newsroom/contributor/", {E, A}),
    "campaigns": ("/desk/snippets/donations/campaign/", {E, T, A}),
    "pitch": ("/desk/snippets/digest/pitch/", {E, A}),
    "images": ("/desk/images/", {R, E, A}),
    "history": ("/desk/history/", {E, A}),
    "users": ("/desk/users/", {A}),
    "workflows": ("/desk/workflows/list/", {A}),
}


def test_only_who_may_does(room: Room) -> None:
    wrong: dict[tuple[str, str], Any] = {}
    for role in (*Role, None):
        desk = desk_of(staff(role))
        for name, (act, effect, who) in ACTIONS.items():
            with undone():
                assert not effect(room), name
                answer = act(desk, room)
                if effect(room) is not (role in who) or answer.status_code not in {200, 302, 403}:
                    wrong[(role or "nobody"), name] = answer.status_code
    assert wrong == {}


def test_only_who_may_comes_in(room: Room) -> None:
    for role in (*Role, None):
        client = desk_of(staff(role)).client
        for name, (url, who) in DOORS.items():
            answer = client.get(url)
            assert (answer.status_code == 200) is (role in who), (role, name, answer.status_code)


# What is shown ----------------------------------------------------------------------------


def menu_of(desk: Desk) -> list[str]:
    """Return every label of the menu, and where each leads, from what the browser is told."""
    soup = BeautifulSoup(desk.client.get("/desk/").content.decode(), "html.parser")
    script = soup.find(id="wagtail-sidebar-props")
    assert script is not None
    return [item["label"] for item in _items(json.loads(script.get_text()))]


def _items(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [item for one in value for item in _items(one)]
    if not isinstance(value, dict):
        return []
    found = [item for one in value.values() for item in _items(one)]
    return [value, *found] if "label" in value and "name" in value else found


MENUS = {
    R: {"Articles", "Images"},
    E: {"Articles", "Topics", "Sources", "Contributors", "Images"}
    | {"Donations", "Campaigns", "Digest", "Pitch", "Letters", "Outbox", "History"},
    T: {"Donations", "Campaigns", "Overview", "Gifts", "Sponsors and ways to give"},
}


@pytest.mark.django_db
@pytest.mark.parametrize("role", MENUS)
def test_the_menu_holds_what_a_role_uses(role: Role) -> None:
    theirs = set(menu_of(desk_of(staff(role))))
    everything = {"Topics", "Sources", "Contributors", "Campaigns", "Pitch", "History"}
    everything |= MENUS[T]
    everything |= {
        "Digest",
        "Letters",
        "Outbox",
        "Articles",
        "Images",
        "Users",
        "Groups",
        "Workflows",
        "Workflow tasks",
    }
    assert theirs & everything == MENUS[role]
    assert not theirs & {"Reports", "Snippets", "Help"}


@pytest.mark.django_db
def test_an_administrators_menu_has_people_too() -> None:
    theirs = set(menu_of(desk_of(staff(A))))
    assert theirs >= MENUS[E] | {"Users", "Workflows"}


@pytest.mark.parametrize("role", Role)
def test_no_door_that_is_shown_is_shut(room: Room, role: Role) -> None:
    """Follow every link of the menu, and every link on the pages behind them."""
    room.draft.save_revision()
    # Whoever holds the server stands in the list of users, and is changed by nobody else.
    User.objects.filter(is_superuser=True).delete()
    desk = desk_of(staff(role))
    first = sorted(_links(desk, "/desk/"))
    behind = {link for url in first for link in _links(desk, url)}
    assert len(first) >= 2
    for url in sorted(behind - set(first)):
        _links(desk, url)


def _links(desk: Desk, url: str) -> set[str]:
    answer = desk.client.get(url, follow=True)
    assert answer.status_code == 200, url
    html = answer.content.decode()
    assert REFUSAL not in html, url
    soup = BeautifulSoup(html, "html.parser")
    links = {str(one["href"]) for one in soup.select("a[href]")}
    script = soup.find(id="wagtail-sidebar-props")
    menu = _items(json.loads(script.get_text())) if script else []
    links |= {str(item.get("url", "")) for item in menu}
    plain = {link.partition("#")[0] for link in links if link.startswith("/desk/")}
    # Actions on many need to be told of which; whether they are offered is tested below.
    left_out = ("logout", "?", "/desk/bulk/")
    return {link for link in plain if not any(words in link for words in left_out)}


def buttons_of(desk: Desk, row: Any) -> set[str]:
    soup = BeautifulSoup(desk.client.get(edit_of(row)).content.decode(), "html.parser")
    footer = soup.select_one("footer nav")
    assert footer is not None
    for mark in footer.select("svg"):
        mark.decompose()
    return {one.get_text(" ", strip=True) for one in footer.select("button, a")} - {""}


def test_the_buttons_of_a_form_are_those_one_may_press(room: Room) -> None:
    reporters, editors = desk_of(staff(R)), desk_of(staff(E))
    assert not {"Publish", "Unpublish"} & buttons_of(reporters, room.article)
    assert any("Submit to Review" in one for one in buttons_of(reporters, room.draft))
    assert {"Publish", "Unpublish"} <= buttons_of(editors, room.article)
    assert "Set schedule" not in reporters.client.get(edit_of(room.draft)).content.decode()
    assert "Set schedule" in editors.client.get(edit_of(room.draft)).content.decode()


def test_many_at_once_is_offered_to_those_who_may(room: Room) -> None:
    url = "/desk/snippets/newsroom/article/"
    for role, is_offered in ((R, False), (E, True)):
        html = desk_of(staff(role)).client.get(url).content.decode()
        assert ("/desk/bulk/newsroom/article/" in html) is is_offered
        assert ("data-bulk-action-checkbox" in html) is is_offered


# Pictures ---------------------------------------------------------------------------------


# Pillow leaves the spooled copy of an upload to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_picture_on_the_site_is_no_longer_its_uploaders(room: Room) -> None:
    reporter = staff(R)
    desk = desk_of(reporter)
    _upload(desk, room)
    picture = NewsImage.objects.get()
    assert picture.uploaded_by_user == reporter
    edit = reverse("wagtailimages:edit", args=[picture.pk])
    delete = reverse("wagtailimages:delete", args=[picture.pk])
    assert desk.client.get(edit).status_code == 200
    room.article.lead_image = picture
    room.article.lead_image_decorative = True
    room.article.save()
    assert desk.client.get(edit).status_code == 302
    assert str(picture) not in desk.client.get("/desk/images/").content.decode()
    desk.client.post(delete)
    assert NewsImage.objects.filter(pk=picture.pk).exists()
    assert desk_of(staff(E)).client.get(edit).status_code == 200


# Wagtail leaves the file that it renders a picture into for Python to close.
@pytest.mark.filterwarnings("ignore:Unclosed file.*Spooled:ResourceWarning")
@pytest.mark.parametrize("is_inside", [False, True])
def test_nor_one_that_an_editor_has_scheduled(room: Room, is_inside: bool) -> None:
    desk = desk_of(staff(R))
    _upload(desk, room)
    picture = NewsImage.objects.get()
    edit = reverse("wagtailimages:edit", args=[picture.pk])
    if is_inside:
        block = {"type": "image", "value": {"image": picture.pk, "decorative": True}}
        room.draft.body = json.dumps([block])
    else:
        room.draft.lead_image, room.draft.lead_image_decorative = picture, True
    room.draft.save_revision()
    assert desk.client.get(edit).status_code == 200
    room.draft.save_revision(approved_go_live_at=timezone.now() + timedelta(days=1))
    assert desk.client.get(edit).status_code == 302
    desk.client.post(reverse("wagtailimages:delete", args=[picture.pk]))
    assert NewsImage.objects.filter(pk=picture.pk).exists()
    assert str(picture) not in desk.client.get("/desk/images/").content.decode()
    assert desk_of(staff(E)).client.get(edit).status_code == 200


# Kept by code -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_roles_are_made_right_again_and_other_groups_left_alone() -> None:
    own = Group.objects.create(name="Photographers")
    own.permissions.set(Permission.objects.all()[:3])
    reporters = Group.objects.get(name=R.value)
    reporters.permissions.set(Permission.objects.all())
    Group.objects.filter(name=T.value).delete()
    for _ in range(2):
        keep_roles()
    assert set(reporters.permissions.all()) == set(permissions_of(R))
    assert Group.objects.get(name=T.value).permissions.exists()
    assert own.permissions.count() == 3
    assert Group.objects.count() == len(Role) + 1
    assert Workflow.objects.count() == GroupApprovalTask.objects.count() == 1


@pytest.mark.django_db
def test_wagtails_groups_go_unless_somebody_is_in_them() -> None:
    assert not Group.objects.filter(name__in=["Moderators", "Editors"]).exists()
    somebody = staff(None)
    somebody.groups.add(Group.objects.create(name="Moderators"))
    Group.objects.create(name="Editors")
    keep_roles()
    assert set(Group.objects.values_list("name", flat=True)) == {*Role, "Moderators"}


@pytest.mark.django_db
def test_a_workflow_that_was_changed_stays_so() -> None:
    review = Workflow.objects.get()
    Workflow.objects.update(name="Second pair of eyes", active=False)
    review.workflow_content_types.all().delete()
    keep_roles()
    assert Workflow.objects.get().name == "Second pair of eyes"
    assert not review.workflow_content_types.exists()
