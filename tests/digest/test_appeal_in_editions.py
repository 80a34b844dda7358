"""The appeal in editions: whether they have it is the outlet's choice, and in whose language."""

from __future__ import annotations

import pytest
from django.test import Client

from digest.conftest import Newsdesk
from digest.test_editions import compose, three
from factories import giving
from factories.staff import staff
from handpress.accounts.roles import Role
from handpress.donations.models import CampaignWords
from handpress.newsroom.models import Outlet

WORDS = "The roof leaks"


@pytest.mark.parametrize("form", ["text", "html"])
def test_an_outlet_may_leave_it_out(client: Client, newsdesk: Newsdesk, form: str) -> None:
    three(newsdesk)
    giving.campaign()
    edition = compose(newsdesk)
    client.force_login(staff(Role.EDITOR, "ada"))
    where = f"/desk/digest/editions/{edition.pk}/preview/?form={form}"
    assert WORDS in client.get(where).content.decode()
    Outlet(appeal_in_digest=False).save()
    assert WORDS not in client.get(where).content.decode()
    assert "Story 1" in client.get(where).content.decode()
    Outlet(appeal_in_digest=True, full_appeal_on="nowhere", compact_appeal_on="nowhere").save()
    assert WORDS in client.get(where).content.decode()


def test_mail_has_that_of_its_readers_language(client: Client, newsdesk: Newsdesk) -> None:
    three(newsdesk)
    korean = {
        "language": "ko",
        "heading": "지붕이 샙니다",
        "full_text": "네.",
        "compact_text": "네.",
    }
    CampaignWords.objects.create(campaign=giving.campaign(), **korean)
    edition = compose(newsdesk)
    client.force_login(staff(Role.EDITOR, "ada"))
    where = f"/desk/digest/editions/{edition.pk}/preview/?form=text"
    assert WORDS in client.get(where).content.decode()
    told = client.get(f"{where}&language=ko").content.decode()
    assert korean["heading"] in told
    assert WORDS not in told
