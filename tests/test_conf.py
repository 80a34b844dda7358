"""Settings: what is taken, what is refused, and in which words."""

import os
from pathlib import Path
from typing import Any

import pytest

from handpress import conf
from handpress.conf.addresses import DATABASE
from handpress.conf.faults import WrongValueError, guess_meant
from handpress.conf.iban import compact_iban, group_iban, is_iban
from handpress.conf.schema import ALL_SETTINGS

# Invented, with the check digits that belong to it.
IBAN = "GB33BUKB20201555555555"


@pytest.fixture
def newsroom(tmp_path: Path) -> Path:
    """A folder with the least a newsroom needs."""
    key = tmp_path / "secret.key"
    key.touch(mode=0o600)
    key.write_text("0123456789abcdefghij" * 3)
    (tmp_path / "handpress.toml").write_text("")
    return tmp_path


def load(folder: Path, text: str = "", **environ: str) -> conf.Settings:
    (folder / "handpress.toml").write_text(text, encoding="utf-8")
    return conf.load(folder, environ)


def faults(folder: Path, text: str = "", **environ: str) -> list[str]:
    with pytest.raises(conf.SettingsError) as caught:
        load(folder, text, **environ)
    return [str(fault) for fault in caught.value.faults]


def fault(folder: Path, text: str = "", **environ: str) -> str:
    found = faults(folder, text, **environ)
    assert len(found) == 1, found
    return found[0]


# --- where settings come from ----------------------------------------------------------


def test_an_empty_file_gives_the_defaults(newsroom: Path) -> None:
    settings = load(newsroom)
    assert settings.folder == newsroom
    assert settings.newsroom.language == "en"
    assert settings.newsroom.time_zone == "UTC"
    assert settings.newsroom.address == ""
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8000)
    assert settings.database.url == conf.SqliteAddress("newsroom.sqlite3")
    assert settings.press.site_dir == newsroom / "site"
    assert settings.press.workers == 0
    assert settings.press.compress is True
    assert settings.giving.bank is None
    assert settings.giving.cheque is None


def test_the_file_is_read(newsroom: Path) -> None:
    settings = load(
        newsroom,
        f"""
        [newsroom]
        name = "The Lantern"
        language = "pt-br"
        time_zone = "Asia/Seoul"
        address = "https://Lantern.example"
        [giving]
        contact_email = "desk@lantern.example"
        [giving.bank]
        account_holder = "Lantern Press"
        iban = "{group_iban(IBAN)}"
        [giving.cheque]
        payable_to = "Lantern Press"
        address = ["1 Mill Lane", "", "Overton"]
        """,
    )
    assert settings.newsroom.name == "The Lantern"
    assert settings.newsroom.language == "pt-BR"
    assert settings.newsroom.time_zone == "Asia/Seoul"
    assert settings.newsroom.address == "https://lantern.example/"
    assert settings.giving.bank is not None
    assert settings.giving.bank.iban == IBAN
    assert settings.giving.cheque is not None
    assert settings.giving.cheque.address == ("1 Mill Lane", "Overton")


def test_the_environment_wins(newsroom: Path) -> None:
    settings = load(
        newsroom,
        "[server]\nport = 8001",
        HANDPRESS_SERVER_PORT="8002",
        HANDPRESS_NEWSROOM_NAME="The Lantern",
        HANDPRESS_PRESS_COMPRESS="no",
        HANDPRESS_SERVER_TRUSTED_HOSTS="desk.example.org, Desk2.example.org",
        HANDPRESS_GIVING_CHEQUE_PAYABLE_TO="Lantern Press",
        HANDPRESS_GIVING_CHEQUE_ADDRESS="1 Mill Lane; Overton",
    )
    assert settings.server.port == 8002
    assert settings.newsroom.name == "The Lantern"
    assert settings.press.compress is False
    assert settings.server.trusted_hosts == ("desk.example.org", "desk2.example.org")
    assert settings.giving.cheque is not None
    assert settings.giving.cheque.address == ("1 Mill Lane", "Overton")


def test_an_empty_variable_is_not_set(newsroom: Path) -> None:
    assert load(newsroom, "[server]\nport = 8001", HANDPRESS_SERVER_PORT="").server.port == 8001


def test_a_secret_may_come_from_a_file(newsroom: Path, tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql://u:s%40crt@db.example/news\n")
    url = load(newsroom, HANDPRESS_DATABASE_URL_FILE=str(secret)).database.url
    assert isinstance(url, conf.PostgresqlAddress)
    assert url.password == "s@crt"


def test_a_secret_from_two_places_is_a_fault(newsroom: Path) -> None:
    found = fault(newsroom, HANDPRESS_DATABASE_URL="sqlite:///a", HANDPRESS_DATABASE_URL_FILE="/b")
    assert "both set" in found


def test_only_secrets_come_from_files(newsroom: Path) -> None:
    assert "HANDPRESS_SERVER_PORT_FILE" in fault(newsroom, HANDPRESS_SERVER_PORT_FILE="/x")


def test_a_secret_file_that_is_missing(newsroom: Path) -> None:
    found = fault(newsroom, HANDPRESS_DATABASE_URL_FILE="/nowhere/url")
    assert "/nowhere/url" in found
    assert "No such file" in found


def test_settings_are_frozen(newsroom: Path) -> None:
    settings: Any = load(newsroom)
    with pytest.raises(AttributeError):
        settings.server.port = 1
    with pytest.raises(AttributeError):
        settings.server = None


def test_secrets_stay_out_of_what_is_printed(newsroom: Path) -> None:
    settings = load(newsroom, '[database]\nurl = "postgresql://u:hunter2@h/d"')
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in str(settings.database.url)
    assert settings.secret_key not in repr(settings)


# --- faults ----------------------------------------------------------------------------


def test_all_faults_are_told_at_once(newsroom: Path) -> None:
    (newsroom / "secret.key").unlink()
    found = faults(
        newsroom,
        '[newsroom]\nname = ""\nlanguage = "english"\n[server]\nport = 80000\n[pres]\n',
        HANDPRESS_PRESS_WORKERS="many",
    )
    assert len(found) == 6
    text = "\n".join(found)
    for word in ("name", "english", "80000", "pres", "many", "secret.key"):
        assert word in text


def test_a_fault_names_line_setting_and_remedy(newsroom: Path) -> None:
    found = fault(newsroom, '# a note\n[server]\nhost = "::"\nport = 80000\n')
    assert found.startswith("handpress.toml, line 4, server.port: ")
    assert "80000 is not a port" in found
    assert "8000" in found.replace("80000", "")


def test_a_fault_in_the_environment_names_the_variable(newsroom: Path) -> None:
    assert fault(newsroom, HANDPRESS_SERVER_PORT="80x").startswith("HANDPRESS_SERVER_PORT: ")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("[server]\nprot = 1", "Did you mean port?"),
        ("[newsroom]\ntitle = 'x'", "Did you mean name?"),
        ("[newsroom]\nport = 1", "port belongs under [server]."),
        ("[sever]\nport = 1", "Did you mean [server]?"),
        ("[giving.bnak]\niban = ''", "Did you mean [giving.bank]?"),
        ("[giving.check]\nmemo = ''", "Did you mean [giving.cheque]?"),
        ("[zzz]\nx = 1", "[newsroom]"),
        ("[press]\nzzz = 1", "compress, site_dir, theme, workers"),
        ("port = 1", "port belongs under [server]."),
        ("server = 1", "Write [server]"),
    ],
)
def test_unknown_names_are_faults_with_a_hint(newsroom: Path, text: str, meant: str) -> None:
    assert meant in fault(newsroom, text)


def test_unknown_variables_are_faults_with_a_hint(newsroom: Path) -> None:
    found = fault(newsroom, HANDPRESS_SERVER_PROT="8000")
    assert "Did you mean HANDPRESS_SERVER_PORT?" in found


def test_what_others_put_into_the_environment_is_not_ours(newsroom: Path) -> None:
    load(
        newsroom,
        HANDPRESS_SERVICE_HOST="10.0.0.1",
        HANDPRESS_PORT_8000_TCP="tcp://10.0.0.1:8000",
        HANDPRESS_TEST_DATABASE="sqlite",
        HOME="/",
    )


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('[newsroom]\nname = "x', "line 2, column 10", "not TOML"),
        ("[newsroom]\nname = x", "line 2, column 8", "not TOML"),
        ("[newsroom\n", "line 1, column 10", "not TOML"),
        ("[press]\n[press]\n", "line 2, column 7", "not TOML"),
        ("[press]\nworkers\n\n", "line 2, column 8", "not TOML"),
    ],
)
def test_bad_toml_is_located(newsroom: Path, text: str, place: str, words: str) -> None:
    found = fault(newsroom, text)
    assert place in found
    assert words in found


def test_bad_toml_does_not_hide_other_faults(newsroom: Path) -> None:
    assert len(faults(newsroom, "=", HANDPRESS_SERVER_PORT="x")) == 2


def test_a_file_that_is_not_utf_8(newsroom: Path) -> None:
    (newsroom / "handpress.toml").write_bytes(b'[newsroom]\nname = "Caf\xe9"\n')
    with pytest.raises(conf.SettingsError, match=r"line 2: this is not UTF-8"):
        conf.load(newsroom, {})


def test_a_mark_before_the_first_letter_does_no_harm(newsroom: Path) -> None:
    (newsroom / "handpress.toml").write_bytes(b"\xef\xbb\xbf[server]\r\nport = 8001\r\n")
    assert conf.load(newsroom, {}).server.port == 8001


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(conf.SettingsError) as caught:
        conf.load(tmp_path, {})
    assert f"handpress init {tmp_path}" in str(caught.value)


def test_a_folder_instead_of_the_file(newsroom: Path) -> None:
    (newsroom / "handpress.toml").unlink()
    (newsroom / "handpress.toml").mkdir()
    with pytest.raises(conf.SettingsError, match="Is a directory"):
        conf.load(newsroom, {})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[server]\nport = "8000"', "must be a whole number"),
        ("[server]\nport = true", "must be a whole number"),
        ("[server]\nport = 80.5", "must be a whole number"),
        ("[server]\nport = 0", "0 is not a port"),
        ("[server]\nport = 65536", "65536 is not a port"),
        ('[server]\nhost = "127.0.0.1:8000"', "is not a host"),
        ('[server]\nhost = "http://x"', "is not a host"),
        ('[server]\ntrusted_hosts = "a"', "must be a list"),
        ("[server]\ntrusted_hosts = [1]", "list holds a number"),
        ('[server]\ntrusted_hosts = ["*"]', "is not the name of a host"),
        ('[server]\ntrusted_hosts = ["https://a.example"]', "is not the name of a host"),
        ('[press]\ncompress = "yes"', "must be true or false"),
        ("[press]\nworkers = -1", "not a sensible number"),
        ('[press]\nsite_dir = ""', "folder of its own"),
        ('[press]\nsite_dir = "."', "folder of its own"),
        ('[press]\nsite_dir = "../site"', "does not stay inside"),
        ('[press]\nsite_dir = "a/../../b"', "does not stay inside"),
        ('[press]\nsite_dir = "/srv/site"', "does not stay inside"),
        ('[press]\nsite_dir = "media/site"', "holds something else"),
        ('[press]\nsite_dir = "var"', "holds something else"),
        ('[press]\ntheme = "../x"', "not the name of a theme"),
        ('[newsroom]\nname = " "', "is empty"),
        ('[newsroom]\ntagline = "a\\nb"', "line break"),
        ("[newsroom]\nname = 1979-05-27", "a date or a time"),
        ('[newsroom]\ntime_zone = "Seoul"', 'Did you mean "Asia/Seoul"?'),
        ('[newsroom]\ntime_zone = "Europe/Lisbn"', 'Did you mean "Europe/Lisbon"?'),
        ('[newsroom]\ntime_zone = "America"', "not a time zone"),
        ('[newsroom]\ntime_zone = "../etc/passwd"', "not a time zone"),
        ('[newsroom]\nlanguage = "english"', "not a language tag"),
        ('[newsroom]\nlanguage = "en_US"', "not a language tag"),
        ('[giving]\ncontact_email = "desk"', "not an e-mail address"),
        ('[giving.bank]\naccount_holder = "A"\niban = "GB33BUKB20201555555556"', "check digits"),
        (f'[giving.bank]\niban = "{IBAN}"', "giving.bank.account_holder: this is missing."),
        ('[giving.bank]\naccount_holder = "A"', "giving.bank.iban: this is missing."),
        ('[giving.bank]\naccount_holder = "A"\niban = 5', "must be text"),
        (f'[giving.bank]\naccount_holder = "A"\niban = "{IBAN}"\nbic = "X"', "not a BIC"),
        ('[giving.cheque]\naddress = ["A"]', "giving.cheque.payable_to: this is missing."),
        ('[database]\nurl = "sqlite:///site/a.sqlite3"', "a folder of files for readers"),
        ('[database]\nurl = "sqlite:///media/a.sqlite3"', "a folder of files for readers"),
    ],
)
def test_wrong_values_are_refused(newsroom: Path, text: str, problem: str) -> None:
    assert problem in fault(newsroom, text)


@pytest.mark.parametrize(
    ("text", "tag"),
    [("EN", "en"), ("pt-br", "pt-BR"), ("ZH-hans", "zh-Hans"), ("es-419", "es-419")],
)
def test_language_tags_are_put_in_form(newsroom: Path, text: str, tag: str) -> None:
    assert load(newsroom, f'[newsroom]\nlanguage = "{text}"').newsroom.language == tag


# --- addresses -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://news.example.org", "https://news.example.org/"),
        ("HTTPS://News.Example.org:443/", "https://news.example.org/"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/"),
        ("http://[::1]:8000", "http://[::1]:8000/"),
        ("https://example.org/papers/lantern", "https://example.org/papers/lantern/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://example.org/ü", "https://example.org/%C3%BC/"),
    ],
)
def test_the_sites_address_is_put_in_form(newsroom: Path, text: str, address: str) -> None:
    assert load(newsroom, f'[newsroom]\naddress = "{text}"').newsroom.address == address


@pytest.mark.parametrize(
    "text",
    [
        "news.example.org",
        "ftp://news.example.org",
        "https://",
        "https://news.example.org/?a=1",
        "https://news.example.org/#top",
        "https://news.example.org/?",
        "https://me@news.example.org/",
        "https://news.example.org:99999/",
        "https://news example.org/",
        "https://news.example.org/../x",
        "https://news.example.org/%2e%2e/x",
        "https://-x-.example/",
    ],
)
def test_other_addresses_are_refused(newsroom: Path, text: str) -> None:
    assert "newsroom.address" in fault(newsroom, f'[newsroom]\naddress = "{text}"')


def test_sqlite_addresses(newsroom: Path) -> None:
    near = load(newsroom, '[database]\nurl = "sqlite:///data/news.sqlite3"').database.url
    far = load(newsroom, '[database]\nurl = "sqlite:////srv/news.sqlite3"').database.url
    assert isinstance(near, conf.SqliteAddress)
    assert isinstance(far, conf.SqliteAddress)
    assert near.file(newsroom) == newsroom / "data/news.sqlite3"
    assert far.file(newsroom) == Path("/srv/news.sqlite3")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://h/d", conf.PostgresqlAddress("d", host="h")),
        ("postgres://u@h:5433/d", conf.PostgresqlAddress("d", "u", "", "h", 5433)),
        ("postgresql://u:p%2F%40@h/d", conf.PostgresqlAddress("d", "u", "p/@", "h")),
        ("postgresql:///d?host=/run/pg", conf.PostgresqlAddress("d", host="/run/pg")),
        ("postgresql://u@%2FRun%2Fpg/d", conf.PostgresqlAddress("d", "u", host="/Run/pg")),
        ("postgresql://[::1]:5/d", conf.PostgresqlAddress("d", host="::1", port=5)),
        (
            "postgresql://h/d?sslmode=require&passfile=pg.pass",
            conf.PostgresqlAddress(
                "d", host="h", options=(("passfile", "pg.pass"), ("sslmode", "require"))
            ),
        ),
    ],
)
def test_postgresql_addresses(text: str, expected: conf.PostgresqlAddress) -> None:
    assert DATABASE.take(text) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("newsroom.sqlite3", "not the address of a database"),
        ("mysql://u:hunter2@h/d", "“mysql” is not a database"),
        ("sqlite://newsroom.sqlite3", "three strokes"),
        ("sqlite:///", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("sqlite:///../x.sqlite3", "leads out of"),
        ("sqlite:///x.sqlite3?mode=ro", "three strokes"),
        ("postgresql://h", "does not end in the name"),
        ("postgresql://u:hunter2@h/d/e", "does not end in the name"),
        ("postgresql://u:hunter2@h:port/d", "cannot be read"),
        ("postgresql://u:hunter2@h/d?port=x", "port is not a number"),
        ("postgresql://u:hunter2@h/d?sslmod=x", "Did you mean “sslmode”?"),
        ("postgresql://u@h/d?password=hunter2", "password stands after the ?"),
        ("postgresql://u:hun#ter2@h/d", ""),
    ],
)
def test_other_databases_are_refused_and_no_password_is_told(text: str, problem: str) -> None:
    with pytest.raises(WrongValueError) as caught:
        DATABASE.take(text)
    said = f"{caught.value.problem} {caught.value.remedy}"
    assert problem in said
    assert "hunter2" not in said


# --- secret.key ------------------------------------------------------------------------


def test_a_key_that_others_can_read(newsroom: Path) -> None:
    (newsroom / "secret.key").chmod(0o644)
    found = fault(newsroom)
    assert "mode 644" in found
    assert f"chmod 600 {newsroom / 'secret.key'}" in found


@pytest.mark.parametrize("key", ["", "short", "a" * 80])
def test_a_key_that_is_no_key(newsroom: Path, key: str) -> None:
    (newsroom / "secret.key").write_text(key)
    assert fault(newsroom).startswith("secret.key: ")


def test_the_key_may_come_from_the_environment(newsroom: Path) -> None:
    (newsroom / "secret.key").unlink()
    key = "0123456789" * 6
    assert load(newsroom, HANDPRESS_SECRET_KEY=key).secret_key == key


# --- finding the newsroom --------------------------------------------------------------


def test_the_nearest_newsroom_upward_is_found(newsroom: Path) -> None:
    below = newsroom / "a" / "b"
    below.mkdir(parents=True)
    assert conf.find_newsroom(below, {}) == newsroom
    assert conf.find_newsroom(newsroom, {}) == newsroom
    assert conf.find_newsroom(newsroom, {"HANDPRESS_NEWSROOM": "a"}) == newsroom / "a"
    assert conf.find_newsroom(below, {"HANDPRESS_NEWSROOM": os.devnull}) is None


def test_no_newsroom_is_none(tmp_path: Path) -> None:
    assert conf.find_newsroom(tmp_path, {}) is None


# --- small parts -----------------------------------------------------------------------


def test_a_wrong_digit_is_noticed() -> None:
    assert is_iban(IBAN)
    for place in range(4, len(IBAN)):
        if IBAN[place].isdigit():
            wrong = IBAN[:place] + str((int(IBAN[place]) + 1) % 10) + IBAN[place + 1 :]
            assert not is_iban(wrong)


def test_ibans_are_written_in_groups() -> None:
    assert compact_iban("gb33 bukb-2020.1555 5555 55") == IBAN
    assert not is_iban("")


def test_guesses_are_not_wild() -> None:
    assert guess_meant("prot", ["port", "host"]) == "port"
    assert guess_meant("zzzz", ["port", "host"]) == ""


def test_every_variable_names_one_setting() -> None:
    variables = [declared.variable for declared in ALL_SETTINGS]
    assert len(set(variables)) == len(variables)
    assert "HANDPRESS_NEWSROOM" not in variables
