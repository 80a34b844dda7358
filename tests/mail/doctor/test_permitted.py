"""SPF where a company carries the mail: it is named, or asked for its name, and never shut out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from handpress.conf import RelaySettings
from handpress.conf.mail import COMPANIES
from handpress.lib.findings import Finding
from handpress.mail.doctor import permitted
from mail.doctor.test_mail_doctor import ADDRESS, BACK, RELAY, SETTINGS, look

POSTMARK = ["v=spf1 ip4:50.31.156.96/27 ip4:104.245.209.192/26 ~all"]
THERE = {("spf.mtasv.net", "TXT"): POSTMARK, ("mailgun.org", "TXT"): ["v=spf1 ip4:1.1.1.0/24 -all"]}
SERVER = RelaySettings(name="main", host=RELAY, user="u", password="p")


def carried_by(*companies: str, server: bool = False) -> Any:
    relays = tuple(RelaySettings(name=each, kind="anymail", company=each) for each in companies)
    mail = replace(SETTINGS.mail, relays=(*relays, SERVER) if server else relays)
    return replace(SETTINGS, mail=mail)


def spf(stands: list[str], *companies: str, server: bool = False) -> list[Finding]:
    found = look({**THERE, (BACK, "TXT"): stands}, settings=carried_by(*companies, server=server))
    return [each for each in found if each.check == "SPF"]


@pytest.mark.parametrize("company", COMPANIES)
def test_no_company_is_shut_out_by_what_is_to_be_published(company: str) -> None:
    (found,) = spf([], company)
    assert found.state == "fail"
    if company in permitted._INCLUDES:
        assert f"v=spf1 include:{permitted._INCLUDES[company]} -all" in found.mend
    else:
        assert f"Ask {company} for its include" in found.mend
        assert "-all" not in found.mend
        assert "~all" in found.mend


def test_includes_are_those_of_companies_that_there_are() -> None:
    assert set(permitted._INCLUDES) <= set(COMPANIES)


def test_a_company_that_the_record_does_not_name_is_told_of() -> None:
    (found,) = spf(["v=spf1 mx -all"], "postmark")
    assert found.state == "warn"
    assert "does not let postmark send" in found.what
    assert f'{BACK}. TXT "v=spf1 include:spf.mtasv.net mx -all"' in found.mend


def test_a_company_and_a_server_are_mended_by_one_record() -> None:
    found = spf(["v=spf1 mx -all"], "postmark", "mailgun", server=True)
    assert {each.state for each in found} == {"warn"}
    (record,) = {each.mend for each in found}
    terms = f"include:spf.mtasv.net include:mailgun.org ip4:{ADDRESS} mx -all"
    assert f'"v=spf1 {terms}"' in record


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 include:spf.mtasv.net -all",
        # By way of another, or written out.
        "v=spf1 include:mine.example -all",
        "v=spf1 ip4:50.31.156.96/27 ip4:104.245.209.0/24 -all",
    ],
)
def test_a_company_that_may_send_is_found_however_it_is_named(record: str) -> None:
    table = {
        **THERE,
        (BACK, "TXT"): [record],
        ("mine.example", "TXT"): ["v=spf1 include:spf.mtasv.net ~all"],
    }
    found = [each for each in look(table, settings=carried_by("postmark")) if each.check == "SPF"]
    assert [each.state for each in found] == ["ok"]


def test_an_include_that_forbids_lets_nobody_send() -> None:
    assert [each.state for each in spf(["v=spf1 -include:spf.mtasv.net mx -all"], "postmark")] == [
        "warn"
    ]


def test_where_the_include_is_not_known_somebody_is_to_be_asked() -> None:
    (found,) = spf(["v=spf1 mx -all"], "mailtrap")
    assert found.state == "warn"
    assert "names no company, and mailtrap carries your mail" in found.what
    assert '"v=spf1 include:WHAT-THEY-SAY mx ~all"' in found.mend
    (found,) = spf(["v=spf1 include:mailgun.org ~all"], "mailtrap")
    assert (found.state, "include that mailtrap asks for" in found.mend) == ("ok", True)
