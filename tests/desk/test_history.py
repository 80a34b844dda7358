"""What the log of the desk gives away, to whom, and in what form."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client
from wagtail.log_actions import log

from factories.desk_forms import Desk
from factories.papers import Paper
from factories.staff import desk_of, staff
from handpress.accounts.roles import Role

_WAGTAILS_OWN = ("/desk/reports/site-history/", "/desk/reports/site-history/results/")


@pytest.mark.parametrize(
    "name", ['=HYPERLINK("http://evil.example","x")', "+1", "-1", "@sum(A1)", "\uff1d1"]
)
def test_no_name_in_its_table_is_a_formula(desk: Desk, paper: Paper, name: str) -> None:
    log(paper.article(name), "wagtail.edit")
    answer = desk.client.get("/desk/history/?export=csv")
    assert answer.status_code == 200
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode())))
    assert "'" + name in rows[1]


@pytest.mark.parametrize("url", _WAGTAILS_OWN)
@pytest.mark.parametrize("role", [Role.REPORTER, Role.TREASURER])
def test_who_may_not_read_it_does_not_by_wagtails_own_report_either(
    paper: Paper, role: Role, url: str
) -> None:
    log(paper.article("Not for everybody"), "wagtail.edit")
    client: Client = desk_of(staff(role)).client
    for asked in (url, f"{url}?export=csv"):
        answer = client.get(asked, follow=True)
        assert [where for where, _ in answer.redirect_chain][-1:] == ["/desk/"]


def test_an_old_address_of_it_leads_on(desk: Desk) -> None:
    answer = desk.client.get("/desk/reports/site-history/?action=wagtail.edit")
    assert (answer.status_code, answer["Location"]) == (302, "/desk/history/?action=wagtail.edit")
