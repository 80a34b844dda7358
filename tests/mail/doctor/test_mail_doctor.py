"""The mail doctor, with a DNS and relays of our own."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from handpress.conf import MailSettings, NewsroomSettings, RelaySettings, Settings
from handpress.mail.core.dkim import RSA, Signer, new_key, read_key
from handpress.mail.core.dmarc import organization_of, read_dmarc
from handpress.mail.core.records import DnsTrouble
from handpress.mail.core.spf import read_spf
from handpress.mail.doctor import Asking, examine_mail
from handpress.mail.doctor.asking import FetchTrouble

DOMAIN, BACK, RELAY = "leadline.example", "bounces.leadline.example", "relay.leadline.example"
SIGNER = Signer(DOMAIN, "hp1", read_key(new_key(RSA)))
POLICY = "version: STSv1\nmode: enforce\nmx: mx.leadline.example\nmax_age: 604800\n"
# As a zone's file has it: in strings of at most 255 octets.
KEY = f'"{SIGNER.record[:255]}" "{SIGNER.record[255:]}"'
LOGO = '<svg version="1.2" baseProfile="tiny-ps" viewBox="0 0 8 8"><title>L</title></svg>'
# Addresses that are nobody's documentation: what is not global is not looked at.
ADDRESS = "8.8.4.4"
ALLOWED = f"v=spf1 ip4:{ADDRESS} -all"


class Names:
    """DNS from a table: (name, kind) to what stands there."""

    def __init__(self, table):
        self.table = dict(table)
        self.asked = []

    def _at(self, name, kind):
        self.asked.append((name, kind))
        found = self.table.get((name.rstrip("."), kind), [])
        if isinstance(found, Exception):
            raise found
        return found

    def txt(self, name):
        return self._at(name, "TXT")

    def mx(self, name):
        return self._at(name, "MX")

    def addresses(self, name):
        return self._at(name, "A")

    def names(self, address):
        return self._at(address, "PTR")


GOOD = {
    (BACK, "TXT"): [f"v=spf1 ip4:{ADDRESS} -all"],
    (BACK, "MX"): [(10, "mx.leadline.example.")],
    ("mx.leadline.example", "A"): ["8.8.8.8"],
    (SIGNER.record_name, "TXT"): [SIGNER.record],
    (f"_dmarc.{DOMAIN}", "TXT"): ["v=DMARC1; p=quarantine; rua=mailto:x@leadline.example"],
    (f"_mta-sts.{BACK}", "TXT"): ["v=STSv1; id=20261126"],
    (f"_smtp._tls.{BACK}", "TXT"): ["v=TLSRPTv1; rua=mailto:tls@leadline.example"],
    (f"default._bimi.{DOMAIN}", "TXT"): ["v=BIMI1; l=https://leadline.example/logo.svg"],
    (RELAY, "A"): [ADDRESS],
    (ADDRESS, "PTR"): [f"{RELAY}."],
}
SETTINGS = Settings(
    folder=Path("/nowhere"),
    newsroom=NewsroomSettings(address="https://leadline.example"),
    mail=MailSettings(
        from_address=f"digest@{DOMAIN}",
        bounce_domain=BACK,
        relays=(RelaySettings(name="main", host=RELAY, user="u", password="p"),),
    ),
)


def served(url):
    return LOGO if url.endswith(".svg") else POLICY


def look(changes=(), *, settings=SETTINGS, signers=(SIGNER,), fetch=served, greet=None, own=()):
    table = {**GOOD, **dict(changes)}
    asking = Asking(Names(table), fetch, greet or (lambda relay: 90), lambda: list(own))
    return examine_mail(settings, asking, signers=signers)


def troubles(*args, **named):
    return [each for each in look(*args, **named) if each.state != "ok"]


def one(*args, **named):
    (found,) = troubles(*args, **named)
    return found


def test_where_all_is_well_nothing_is_to_be_mended():
    assert troubles() == []
    assert len({each.check for each in look()}) == 10


@pytest.mark.parametrize(
    ("at", "stands", "check", "state", "record"),
    [
        ((BACK, "TXT"), [], "SPF", "fail", f'{BACK}. TXT "v=spf1 ip4:{ADDRESS} -all"'),
        (
            (BACK, "TXT"),
            ["v=spf1 -all", "v=spf1 mx -all"],
            "SPF",
            "fail",
            "v=spf1 ip4:8.8.4.4 mx -all",
        ),
        ((BACK, "TXT"), ["v=spf1 +all"], "SPF", "fail", "v=spf1 ~all"),
        ((BACK, "TXT"), ["v=spf1 ip4:192.0.2.1 ~all"], "SPF", "warn", "v=spf1 ip4:8.8.4.4 ip4:192"),
        ((BACK, "TXT"), [f"v=spf1 ip4:{ADDRESS}"], "SPF", "warn", "4.4 ~all"),
        (
            (BACK, "TXT"),
            [f"v=spf1 ip4:{ADDRESS} ptr -all"],
            "SPF",
            "warn",
            "v=spf1 ip4:8.8.4.4 -all",
        ),
        ((SIGNER.record_name, "TXT"), [], "DKIM", "fail", KEY),
        ((SIGNER.record_name, "TXT"), ["v=DKIM1; p="], "DKIM", "fail", KEY),
        ((SIGNER.record_name, "TXT"), [f"{SIGNER.record}; t=y"], "DKIM", "warn", KEY),
        ((SIGNER.record_name, "TXT"), ["v=DKIM1; k=rsa; p=AAAA"], "DKIM", "fail", KEY),
        (
            (f"_dmarc.{DOMAIN}", "TXT"),
            ["v=DMARC1; p=none"],
            "DMARC",
            "warn",
            "v=DMARC1; p=none; rua=mailto:dmarc@leadline.example",
        ),
        (
            (f"_dmarc.{DOMAIN}", "TXT"),
            ["v=DMARC1; p=reject; pct=50; rua=mailto:a@leadline.example"],
            "DMARC",
            "warn",
            '"v=DMARC1; p=reject; rua=mailto:a@leadline.example"',
        ),
        ((BACK, "MX"), [(0, "")], "return path", "fail", f"{BACK}. MX 10 mail.{DOMAIN}."),
        ((BACK, "MX"), [], "return path", "fail", f"{BACK}. MX 10 mail.{DOMAIN}."),
        ((f"_smtp._tls.{BACK}", "TXT"), [], "TLS reports", "warn", "v=TLSRPTv1; rua=mailto:tls@"),
        ((ADDRESS, "PTR"), [], "reverse names", "warn", f"4.4.8.8.in-addr.arpa. PTR {RELAY}."),
        ((ADDRESS, "PTR"), ["x.example."], "reverse names", "warn", f"PTR {RELAY}."),
        ((f"default._bimi.{DOMAIN}", "TXT"), ["v=BIMI1; l="], "BIMI", "warn", "l=https://"),
    ],
)
def test_each_trouble_comes_with_the_record_that_mends_it(at, stands, check, state, record):
    found = [each for each in troubles({at: stands}) if each.check == check]
    assert [each.state for each in found][:1] == [state]
    assert record in str(found[0].record)
    assert str(found[0].record) in found[0].mend


def test_a_domain_without_dmarc():
    found = next(
        each for each in troubles({(f"_dmarc.{DOMAIN}", "TXT"): []}) if each.check == "DMARC"
    )
    assert found.state == "fail"
    assert "_dmarc.leadline.example. TXT" in found.mend


def test_a_small_key_is_told():
    weak = Signer(DOMAIN, "hp1", generate_private_key(65537, 1024))
    found = one({(weak.record_name, "TXT"): [weak.record]}, signers=(weak,))
    assert (found.check, found.state) == ("DKIM", "warn")
    assert "1024 bits" in found.what


def test_bounces_to_another_house_do_not_count():
    mail = replace(SETTINGS.mail, bounce_domain="bounces.elsewhere.example")
    found = [
        each
        for each in troubles(settings=replace(SETTINGS, mail=mail))
        if each.check == "alignment"
    ]
    assert [each.state for each in found] == ["warn"]


def test_strict_alignment_wants_the_very_same_domain():
    strict = "v=DMARC1; p=quarantine; aspf=s; rua=mailto:x@leadline.example"
    found = one({(f"_dmarc.{DOMAIN}", "TXT"): [strict]})
    assert found.check == "alignment"
    assert "aspf=r" in str(found.record)


def test_a_policy_that_leaves_a_server_out():
    found = one(fetch=lambda url: served(url).replace("mx.leadline", "other.leadline"))
    assert (found.check, found.state) == ("MTA-STS", "fail")
    assert "mx: mx.leadline.example" in found.mend


def test_a_policy_that_is_not_there():
    def fetch(url):
        raise FetchTrouble("it answers 404")

    found = [each for each in troubles(fetch=fetch) if each.check == "MTA-STS"]
    assert found[0].what.endswith("it answers 404.")


def test_a_relay_that_does_not_encrypt():
    def greet(relay):
        raise FetchTrouble("certificate verify failed")

    assert (one(greet=greet).check, one(greet=greet).state) == ("encryption", "fail")
    assert one(greet=lambda relay: 3).state == "warn"


def test_dns_that_gives_no_answer_is_no_finding_about_the_domain():
    found = one({(BACK, "MX"): DnsTrouble("timeout"), (f"_mta-sts.{BACK}", "TXT"): []})
    assert (found.check, found.state) == ("return path", "warn")
    assert "no answer" in found.what


def test_without_an_address_nothing_is_asked():
    (found,) = look(settings=replace(SETTINGS, mail=MailSettings()))
    assert found.check == "sender"


def test_spf_counts_what_reading_costs():
    table = {("a.example", "TXT"): ["v=spf1 include:b0.example include:b1.example ~all"]}
    for number in range(2):
        inner = " ".join(f"include:c{number}{each}.example" for each in range(5))
        table[f"b{number}.example", "TXT"] = [f"v=spf1 {inner} -all"]
        for each in range(5):
            table[f"c{number}{each}.example", "TXT"] = [f"v=spf1 ip4:192.0.2.{number}{each} -all"]
    spf = read_spf("a.example", Names(table))
    assert spf.lookups == 12
    assert spf.last == "~"
    assert spf.allows("192.0.2.14")
    assert not spf.allows("192.0.2.99")


def test_spf_that_includes_itself_ends():
    names = Names({("a.example", "TXT"): ["v=spf1 include:a.example include:a.example -all"]})
    assert "includes itself" in read_spf("a.example", names).faults[0]
    many = {("a.example", "TXT"): ["v=spf1 " + "include:a.example " * 500]}
    many["b.example", "TXT"] = ["v=spf1 " + "include:a.example " * 500]
    read_spf("b.example", names := Names(many))
    assert len(names.asked) < 200


def test_spf_empty_names_and_nonsense():
    table = {("a.example", "TXT"): ["v=spf1 a:x.example mx:y.example a:z.example ip4:x q:r -all"]}
    spf = read_spf("a.example", Names(table))
    assert spf.void == 3
    assert len(spf.faults) == 2


def test_dmarc_walks_up_the_tree():
    names = Names(
        {("_dmarc.example", "TXT"): [], ("_dmarc.b.example", "TXT"): ["v=DMARC1; p=reject"]}
    )
    dmarc = read_dmarc("x.y.b.example", names)
    assert dmarc is not None
    assert (dmarc.stands_at, dmarc.policy, dmarc.organization) == (
        "b.example",
        "reject",
        "b.example",
    )
    deep = ".".join("abcdefghijklmno") + ".b.example"
    names.asked.clear()
    assert organization_of(deep, names) == "b.example"
    assert len(names.asked) <= 8


def test_dmarc_of_a_public_suffix_stands_for_nobody():
    names = Names({("_dmarc.bank", "TXT"): ["v=DMARC1; p=reject; psd=y"]})
    assert organization_of("mail.our.bank", names) == "our.bank"
    assert read_dmarc("nobody.example", Names({})) is None
