"""What the mail doctor tells people to publish: it mends, and takes nothing from anybody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dns.rdata
import pytest

from handpress.conf import RelaySettings
from handpress.mail.core.dkim import ED25519, Signer, new_key, read_key
from handpress.mail.core.spf import read_spf
from handpress.mail.doctor.asking import FetchTrouble, own_addresses
from mail.doctor.test_mail_doctor import (
    ADDRESS,
    BACK,
    DOMAIN,
    RELAY,
    SETTINGS,
    SIGNER,
    Names,
    look,
    served,
    troubles,
)

LETTERS = {("_spf.letters.example", "TXT"): ["v=spf1 ip4:9.9.9.0/24 ~all"]}
ED = Signer(DOMAIN, "hp2", read_key(new_key(ED25519)))
DMARC = (f"_dmarc.{DOMAIN}", "TXT")


def of(check: str, *args: Any, **named: Any) -> list[Any]:
    return [each for each in troubles(*args, **named) if each.check == check]


def mail(**changes: Any) -> Any:
    return replace(SETTINGS, mail=replace(SETTINGS.mail, **changes))


@pytest.mark.parametrize("check", ["SPF", "DKIM", "DMARC", "return path", "TLS reports"])
def test_every_record_can_be_read_by_a_name_server(check: str) -> None:
    missing = {
        SIGNER.record_name: [],
        BACK: [],
        DMARC[0]: [],
        f"_smtp._tls.{BACK}": [],
    }
    table: dict[tuple[str, str], list[Any]] = {(name, "TXT"): [] for name in missing}
    table[BACK, "MX"] = []
    (found,) = of(check, table)
    kind, value = str(found.record).split(" ", 2)[1:]
    rdata: Any = dns.rdata.from_text("IN", kind, value)
    if kind == "TXT":
        assert b"".join(rdata.strings).decode() == found.record.value


@pytest.mark.parametrize(
    ("stands", "wanted"),
    [
        (
            ["v=spf1 include:_spf.letters.example ip4:8.8.4.4 ptr -all"],
            "v=spf1 include:_spf.letters.example ip4:8.8.4.4 -all",
        ),
        (
            ["v=spf1 include:_spf.letters.example ~all", "v=spf1 ip4:8.8.4.4 -all"],
            "v=spf1 ip4:8.8.4.4 include:_spf.letters.example ~all",
        ),
        (
            ["v=spf1 include:_spf.letters.example"],
            "v=spf1 ip4:8.8.4.4 include:_spf.letters.example ~all",
        ),
        (
            ["v=spf1 a:gone.example a:lost.example a:nil.example ip4:8.8.4.4 -all"],
            "v=spf1 ip4:8.8.4.4 -all",
        ),
    ],
)
def test_who_may_send_today_may_send_with_what_is_to_be_published(
    stands: list[str], wanted: str
) -> None:
    found = of("SPF", {**LETTERS, (BACK, "TXT"): stands})
    assert {each.record.value for each in found} == {wanted}


def test_what_is_wrong_in_the_record_of_others_is_not_mended_in_ours() -> None:
    table = {
        (BACK, "TXT"): [f"v=spf1 include:_spf.letters.example ip4:{ADDRESS} -all"],
        ("_spf.letters.example", "TXT"): ["v=spf1 ptr ip4:9.9.9.0/24 -all"],
    }
    (found,) = of("SPF", table)
    assert '"v=spf1' not in found.mend
    assert "record of others" in found.mend


def test_a_record_that_is_too_long_is_left_by_a_name_of_its_own() -> None:
    many = " ".join(f"include:i{n}.example" for n in range(11))
    table = {(f"i{n}.example", "TXT"): ["v=spf1 ip4:192.0.2.1 -all"] for n in range(11)}
    table[DOMAIN, "TXT"] = [f"v=spf1 {many} ip4:{ADDRESS} -all"]
    table[f"_mta-sts.{DOMAIN}", "TXT"] = []
    (found,) = of("SPF", table, settings=mail(bounce_domain=DOMAIN))
    assert (found.state, "11 look-ups" in found.what) == ("fail", True)
    assert f'bounce_domain = "{BACK}"' in found.mend
    assert str(found.record) == f'{BACK}. TXT "v=spf1 ip4:{ADDRESS} -all"'


def test_where_the_newsroom_s_letters_come_from_nobody_is_shut_out() -> None:
    table: dict[tuple[str, str], Any] = {(DOMAIN, "TXT"): []}
    table[DOMAIN, "MX"] = [(10, "mx.leadline.example.")]
    (found,) = of("SPF", table, settings=mail(bounce_domain=DOMAIN))
    assert found.record.value == f"v=spf1 ip4:{ADDRESS} mx ~all"


def test_spf_sizes_and_what_leads_on() -> None:
    table = {
        ("a.example", "TXT"): ["v=spf1 redirect=b.example a/24 mx:a.example/28//64 -all"],
        ("a.example", "MX"): [(1, "mx.a.example.")],
        ("a.example", "A"): ["198.51.100.7"],
        ("mx.a.example.", "A"): ["2001:db8::1"],
        ("mx.a.example", "A"): ["2001:db8::1"],
        ("b.example", "TXT"): ["v=spf1 ip4:203.0.113.0/24 -all"],
    }
    spf = read_spf("a.example", Names(table))
    assert spf.allows("198.51.100.200")
    assert spf.allows("2001:db8::ffff")
    assert not spf.allows("203.0.113.9")
    assert (spf.faults, spf.void) == ([], 0)


def test_a_key_that_is_published_so_that_it_proves_nothing() -> None:
    for wrong in (
        ED.record.replace("k=ed25519; ", ""),
        f"{ED.record}; h=sha1",
        f"{ED.record}; s=calendar",
    ):
        (found,) = of("DKIM", {(ED.record_name, "TXT"): [wrong]}, signers=(SIGNER, ED))
        assert (found.state, found.record.value) == ("fail", ED.record)
    fine = f"{ED.record}; h=sha1:sha256; s=email; t=s"
    assert not of("DKIM", {(ED.record_name, "TXT"): [fine]}, signers=(SIGNER, ED))


def test_two_dmarc_records_count_as_none_and_no_third_is_asked_for() -> None:
    rua = "rua=mailto:x@leadline.example"
    stands = [f"v=DMARC1; p=reject; {rua}", f"v=DMARC1; p=none; pct=20; {rua}"]
    (found,) = of("DMARC", {DMARC: stands})
    assert (found.state, "2 DMARC records" in found.what) == ("fail", True)
    assert found.mend.startswith("Publish instead:")
    assert found.record.value == f"v=DMARC1; p=none; {rua}"


def test_below_a_domain_its_policy_for_names_below_holds() -> None:
    record = "v=DMARC1; p=reject; sp=none; rua=mailto:x@leadline.example"
    below = mail(from_address=f"digest@news.{DOMAIN}")
    table = {
        DMARC: [record],
        (f"default._bimi.news.{DOMAIN}", "TXT"): ["v=BIMI1; l=https://x/l.svg"],
    }
    found = {each.check: each for each in look(table, settings=below)}
    assert "sp=none" in found["DMARC"].what
    assert found["BIMI"].state == "warn"
    assert "p=reject; sp=quarantine" in found["BIMI"].record.value


def test_the_logo_itself_is_looked_at() -> None:
    def lost(url: str) -> str:
        if url.endswith(".svg"):
            raise FetchTrouble("it answers 404")
        return served(url)

    assert "it answers 404" in of("BIMI", fetch=lost)[0].what
    (found,) = of("BIMI", fetch=lambda url: served(url).replace("tiny-ps", "full"))
    assert "no SVG Tiny PS" in found.what
    (well,) = [each for each in look() if each.check == "BIMI"]
    assert (well.state, "certificate" in well.what) == ("ok", True)


def test_a_logo_asks_for_no_strict_policy_where_there_is_none() -> None:
    (found,) = of("BIMI", {DMARC: []})
    assert (found.state, found.record if hasattr(found, "record") else None) == ("warn", None)


def test_a_mail_server_on_this_machine_is_looked_at_where_the_machine_stands() -> None:
    here = RelaySettings(name="main", host="127.0.0.1", port=25, security="none")
    settings = mail(relays=(here,))
    table = {(BACK, "TXT"): ["v=spf1 ip4:9.9.9.9 -all"], ("8.8.8.1", "PTR"): []}
    found = {each.check: each for each in troubles(table, settings=settings, own=["8.8.8.1"])}
    assert "8.8.8.1" in found["SPF"].what
    assert found["SPF"].record.value == "v=spf1 ip4:8.8.8.1 ip4:9.9.9.9 -all"
    assert str(found["reverse names"].record) == f"1.8.8.8.in-addr.arpa. PTR mail.{DOMAIN}."
    assert not troubles(table, settings=settings, own=["10.0.0.7"])
    assert all(isinstance(each, str) for each in own_addresses())


def test_a_relay_within_the_house_and_one_named_by_its_address() -> None:
    table = {(RELAY, "A"): ["10.0.0.5"], ("10.0.0.5", "PTR"): []}
    assert not of("reverse names", table)
    by_address = RelaySettings(name="main", host=ADDRESS, user="u", password="p")
    assert not troubles(settings=mail(relays=(by_address,)))
