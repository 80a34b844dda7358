"""Our own list, exported and brought in again elsewhere, keeps what readers chose."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from digest.readers.conftest import Clock, add_reader
from digest.readers.test_book import IMPORT, bring
from factories.staff import desk_of, staff
from handpress.accounts.roles import Role
from handpress.digest.actions.importing import Sheet, import_readers
from handpress.digest.actions.readers import choice_of
from handpress.digest.formats import open_list
from handpress.digest.models import Consent, ReaderImport, Subscriber, SubscriberState
from handpress.digest.queries.book import exported
from handpress.digest.views.book import lines_of
from handpress.newsroom.models import Topic

pytestmark = pytest.mark.django_db
NAMES = ["Arts, Culture", "Water; Air", '"Quoted" things', "Housing"]


def list_of_all() -> bytes:
    return "".join(lines_of(Subscriber.objects.order_by("id"))).encode()


def move(data: bytes, **options: Any) -> Sheet:
    """Take a list over in a newsroom that knows none of its readers."""
    Consent.objects.all().delete()
    Subscriber.objects.all().delete()
    return import_readers(open_list("readers.csv", data).readers(), origin="handpress", **options)


def test_a_pause_ends_when_it_would_have_ended(time_: Clock) -> None:
    today = time_.now.date()
    paused = SubscriberState.PAUSED
    add_reader("long@example.org", state=paused, paused_until=today + timedelta(days=40))
    add_reader("over@example.org", state=paused, paused_until=today)
    move(list_of_all())
    found = {row.address: (row.state, row.paused_until) for row in Subscriber.objects.all()}
    assert found == {
        "long@example.org": (paused, today + timedelta(days=40)),
        "over@example.org": (SubscriberState.ACTIVE, None),
    }


def test_topics_keep_their_names(time_: Clock) -> None:
    topics = {name: Topic.objects.create(name=name).pk for name in NAMES}
    add_reader("all@example.org")
    add_reader("some@example.org", choice=choice_of(topics.values()))
    before = list(exported(Subscriber.objects.all()))
    sheet = move(list_of_all())
    assert sheet.unknown_topics == []
    after = list(exported(Subscriber.objects.all()))
    assert [line["topics"] for line in after] == [line["topics"] for line in before]
    some = Subscriber.objects.get(address="some@example.org")
    assert some.choice is not None
    assert set(some.choice.topics.values_list("name", flat=True)) == set(NAMES)
    assert Subscriber.objects.get(address="all@example.org").choice is None


@pytest.mark.parametrize("is_dry", [True, False])
def test_who_chose_only_what_is_not_here_does_not_get_everything(
    time_: Clock, is_dry: bool
) -> None:
    water, arts = (Topic.objects.create(name=name) for name in ("Water", "Arts, Culture"))
    add_reader("arts@example.org", choice=choice_of([arts.pk]))
    add_reader("both@example.org", choice=choice_of([arts.pk, water.pk]))
    data = list_of_all()
    Topic.objects.filter(pk=arts.pk).update(live=False)
    sheet = move(data, is_dry=is_dry)
    assert (sheet.counts["ADDED"], sheet.refused, sheet.found) == (1, 1, 2)
    (refusal,) = sheet.refusals
    assert refusal["what"] == "arts@example.org"
    assert "only topics that are not here: Arts, Culture" in refusal["why"]
    assert sheet.unknown_topics == ["Arts, Culture"]
    if is_dry:
        assert not Subscriber.objects.exists()
        return
    both = Subscriber.objects.get()
    assert both.choice is not None
    assert [topic.pk for topic in both.choice.topics.all()] == [water.pk]


def test_who_has_no_topic_left_is_not_taken_for_one_who_wants_all(time_: Clock) -> None:
    gone = Topic.objects.create(name="Gone")
    add_reader(choice=choice_of([gone.pk]))
    gone.delete()
    assert move(list_of_all()).refused == 1


def test_the_desk_says_so_before_anything_is_done() -> None:
    chief = desk_of(staff(Role.ADMINISTRATOR)).client
    data = b"email,topics\nada@example.org,Nowhere\n"
    bring(chief, data)
    row = ReaderImport.objects.get()
    page = chief.get(f"{IMPORT}{row.pk}/").content.decode()
    assert "chose only topics that are not here: Nowhere" in page
    assert "did not ask for everything" in page
    assert "gets all topics" not in page


def test_a_column_may_be_left_out_by_hand(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email,topics\nada@example.org,Nowhere\n")
    call_command("readers", "import", str(file), "--column", "topics=")
    assert Subscriber.objects.get().choice is None
    with pytest.raises(SystemExit):
        call_command("readers", "import", str(file), "--column", "address=")
    assert "must hold the addresses" in capsys.readouterr().err
