"""Settings of mail: relays are tables of a list, each with a name and its own variables."""

from datetime import date
from pathlib import Path

import pytest

from handpress import conf
from test_conf import fault, faults, load, newsroom

__all__ = ["newsroom"]

WRITER = '[mail]\nfrom_address = "digest@lantern.example"\n'
KNOWN = f'[newsroom]\naddress = "https://lantern.example/"\n{WRITER}'
MAIN = f'{KNOWN}[[mail.relays]]\nname = "main"\nhost = "smtp.example.org"\n'


def relay(folder: Path, text: str, **environ: str) -> conf.RelaySettings:
    return load(folder, text, **environ).mail.relays[0]


def test_without_a_relay_mail_stays_in_the_outbox(newsroom: Path) -> None:
    mail = load(newsroom).mail
    assert mail.relays == ()
    assert mail.uses_outbox
    assert not load(newsroom, MAIN).mail.uses_outbox


def test_a_relay_is_careful_by_default(newsroom: Path) -> None:
    main = relay(newsroom, MAIN)
    assert (main.kind, main.host, main.security) == ("smtp", "smtp.example.org", "tls")
    assert main.port_in_use == 465
    assert (main.weight, main.rate_per_s, main.connections) == (1, 0, 10)
    assert main.messages_per_connection == 100
    assert main.warm_up is None


def test_a_relay_takes_what_it_is_given(newsroom: Path) -> None:
    text = MAIN + (
        'security = "starttls"\nport = 2525\nweight = 3\nrate_per_s = 0.5\nwarm_up = "2026-11-21"\n'
        'options = ["a_b=c=d"]\n'
    )
    main = relay(newsroom, text)
    assert (main.port_in_use, main.weight, main.rate_per_s) == (2525, 3, 0.5)
    assert main.warm_up == date(2026, 11, 21)
    assert (main.option("a_b"), main.option("other", "x")) == ("c=d", "x")


@pytest.mark.parametrize(("security", "port"), [("tls", 465), ("starttls", 587), ("none", 25)])
def test_each_kind_of_security_has_its_port(newsroom: Path, security: str, port: int) -> None:
    text = MAIN.replace("smtp.example.org", "127.0.0.1") + f'security = "{security}"\n'
    assert relay(newsroom, text).port_in_use == port


def test_several_relays_keep_their_order(newsroom: Path) -> None:
    text = MAIN + '[[mail.relays]]\nname = "spare-one"\nhost = "other.example.org"\n'
    assert [each.name for each in load(newsroom, text).mail.relays] == ["main", "spare-one"]


def test_a_password_comes_from_a_file_or_a_variable(newsroom: Path) -> None:
    secret = newsroom / "smtp.pass"
    secret.write_text("open sesame\n")
    text = MAIN + 'user = "digest"\n[[mail.relays]]\nname = "spare-one"\nhost = "b.example"\n'
    mail = load(
        newsroom,
        text,
        HANDPRESS_MAIL_RELAYS_MAIN_PASSWORD_FILE=str(secret),
        HANDPRESS_MAIL_RELAYS_SPARE_ONE_USER="me",
        HANDPRESS_MAIL_RELAYS_SPARE_ONE_PASSWORD="hush",
        HANDPRESS_MAIL_RELAYS_SPARE_ONE_WEIGHT="7",
    ).mail
    assert [each.password for each in mail.relays] == ["open sesame", "hush"]
    assert mail.relays[1].weight == 7


def test_no_secret_is_ever_shown(newsroom: Path) -> None:
    settings = load(newsroom, MAIN + 'user = "u"\npassword = "hush"\nwebhook_secret = "hush"\n')
    assert "hush" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ('security = "none"', "line 5, mail.relays[0].security", "unencrypted"),
        ('security = "ssl"', "line 8, mail.relays[0].security", "none of those"),
        ('user = "me"', "line 5, mail.relays[0].password", "missing"),
        ('company = "brevo"', "line 5, mail.relays[0].company", "only the kind anymail"),
        ('kind = "anymail"', "line 5, mail.relays[0].company", "missing"),
        ("port = 99999", "line 8, mail.relays[0].port", "not a port"),
        ("weight = 0", "line 8", "from 1 to 1000"),
        ("rate_per_s = -1", "line 8", "not a sensible rate"),
        ("rate_per_s = true", "line 8", "must be a number"),
        ('warm_up = "soon"', "line 8", "not a day"),
        ('options = ["x"]', "line 8", "is no option"),
        ('pasword = "x"', "line 8, mail.relays[0].pasword", "Did you mean password?"),
    ],
)
def test_what_is_wrong_with_a_relay_is_told(
    newsroom: Path, text: str, where: str, what: str
) -> None:
    found = fault(newsroom, f"{MAIN}{text}\n")
    assert where in found
    assert what in found


def test_a_company_needs_its_key(newsroom: Path) -> None:
    text = f'{KNOWN}[[mail.relays]]\nname = "esp"\nkind = "anymail"\ncompany = "postmark"\n'
    assert "key that the company made" in fault(newsroom, text)
    given = relay(newsroom, text, HANDPRESS_MAIL_RELAYS_ESP_PASSWORD="k")
    assert (given.company, given.password) == ("postmark", "k")


def test_what_proves_reports_fits_the_company(newsroom: Path) -> None:
    def with_secret(company: str, secret: str) -> str:
        kind = f'kind = "anymail"\ncompany = "{company}"\npassword = "k"\n'
        return f'{KNOWN}[[mail.relays]]\nname = "esp"\n{kind}webhook_secret = "{secret}"\n'

    assert "name:password" in fault(newsroom, with_secret("postmark", "just-a-key"))
    assert relay(newsroom, with_secret("postmark", "hook:pass")).webhook_secret == "hook:pass"
    assert relay(newsroom, with_secret("mailgun", "just-a-key")).webhook_secret == "just-a-key"


def test_a_server_of_ones_own_is_named(newsroom: Path) -> None:
    kind = 'kind = "anymail"\ncompany = "postal"\npassword = "k"\n'
    text = f'{KNOWN}[[mail.relays]]\nname = "esp"\n{kind}'
    assert "Name the server" in fault(newsroom, text)
    assert relay(newsroom, text + 'host = "postal.example.org"\n').host == "postal.example.org"


def test_two_relays_of_one_name_are_refused(newsroom: Path) -> None:
    again = '[[mail.relays]]\nname = "main"\nhost = "b.example.org"\n'
    assert "another table has the name “main”" in fault(newsroom, MAIN + again)


def test_a_relay_without_a_name_is_refused(newsroom: Path) -> None:
    assert "name: this is missing" in fault(
        newsroom, f'{KNOWN}[[mail.relays]]\nhost = "a.example"\n'
    )


def test_a_relay_needs_to_know_who_writes_and_where_links_lead(newsroom: Path) -> None:
    text = '[[mail.relays]]\nname = "main"\nhost = "smtp.example.org"\n'
    found = faults(newsroom, text)
    assert [each.partition(":")[0] for each in found] == ["mail.from_address", "newsroom.address"]


@pytest.mark.parametrize("text", ["[mail]\nrelays = 3\n", '[mail.relays]\nhost = "a.example"\n'])
def test_a_list_is_written_with_double_brackets(newsroom: Path, text: str) -> None:
    assert "Write [[mail.relays]]" in fault(newsroom, text)


def test_a_variable_for_a_relay_that_is_not_there_is_a_slip(newsroom: Path) -> None:
    found = fault(newsroom, MAIN, HANDPRESS_MAIL_RELAYS_MIAN_PASSWORD="x")
    assert "Did you mean HANDPRESS_MAIL_RELAYS_MAIN_PASSWORD?" in found


def test_a_bounce_domain_is_a_domain(newsroom: Path) -> None:
    given = load(newsroom, '[mail]\nbounce_domain = "Bounces.Lätern.example"\n').mail
    assert given.bounce_domain == "bounces.xn--ltern-gra.example"
    assert "is not a domain" in fault(newsroom, '[mail]\nbounce_domain = "@example.org"\n')
