"""Lists as other systems export them; all files here are of our invention."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handpress.digest.core.incoming import NotAList, Standing, read_chosen, write_chosen
from handpress.digest.formats import Columns, open_list
from handpress.digest.formats.lists import guarded
from handpress.digest.formats.readings import read_time

MAILCHIMP = {
    "subscribed_members_export_1a2b.csv": (
        "Adresse e-mail,Prénom,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,"
        "LANGUAGE,LEID,EUID,NOTES,TAGS\n"
        "ada@example.org,Ada,2,2021-03-04 05:06:07,192.0.2.1,2021-03-04 05:08:00,192.0.2.1,fr,1,"
        'x,,"""Water"",""Housing"""\n'
        "gone@example.org,,2,2020-01-01 00:00:00,,2020-01-01 00:00:00,,,2,y,,\n"
    ),
    "unsubscribed_members_export_1a2b.csv": (
        "Adresse e-mail,Prénom,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,LEID,EUID,UNSUB_TIME,"
        "UNSUB_CAMPAIGN_TITLE,UNSUB_REASON\n"
        "gone@example.org,,2,2020-01-01 00:00:00,2020-01-01 00:00:00,2,y,2022-02-02 02:02:02,,\n"
    ),
    "cleaned_members_export_1a2b.csv": (
        "Adresse e-mail,OPTIN_TIME,CONFIRM_TIME,LEID,EUID,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE\n"
        "dead@example.org,2020-01-01 00:00:00,2020-01-01 00:00:00,3,z,2022-02-02 02:02:02,\n"
    ),
    "nonsubscribed_members_export_1a2b.csv": (
        "Adresse e-mail,OPTIN_TIME,CONFIRM_TIME,LEID,EUID\nbuyer@example.org,,,4,w\n"
    ),
}
GHOST = (
    "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,"
    "deleted_at,labels,tiers\n"
    '1,ada@example.org,Ada,,true,false,,2021-03-04T05:06:07.000Z,,"Water,Founders",\n'
    "2,gone@example.org,,,false,false,,2020-01-01T00:00:00.000Z,,,\n"
)
SUBSTACK = (
    "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at\n"
    "ada@example.org,false,,other,false,2021-03-04T05:06:07.123Z,\n"
    "gone@example.org,false,,other,true,2020-01-01T00:00:00.000Z,\n"
    "x-8@deletion-request.substack.com,false,,other,false,2020-01-01T00:00:00.000Z,\n"
)
LISTMONK = (
    "uuid,email,name,attributes,status,created_at,updated_at\n"
    'a,ada@example.org,Ada,"{""city"": ""X""}",enabled,2021-03-04 05:06:07.890 +0000 UTC,x\n'
    "b,gone@example.org,,{},disabled,2020-01-01T00:00:00Z,x\n"
    "c,dead@example.org,,{},blocklisted,2020-01-01T00:00:00Z,x\n"
)
OURS = (
    "address,state,frequency,topics,language,origin,signed_up_at,confirmed_at,left_at,paused_until\n"
    "ada@example.org,active,weekly,Water; Housing,ko,form,2021-03-04T05:06:07+00:00,"
    "2021-03-04T05:06:07+00:00,,\n"
    "gone@example.org,left,daily,,,form,2020-01-01T00:00:00+00:00,,2022-02-02T02:02:02+00:00,\n"
    "dead@example.org,unreachable,daily,,,form,2020-01-01T00:00:00+00:00,,,\n"
    "new@example.org,unconfirmed,daily,,,form,2020-01-01T00:00:00+00:00,,,\n"
    "rest@example.org,paused,daily,,,form,2020-01-01T00:00:00+00:00,2020-01-01T00:00:00+00:00,,"
    "2027-01-02\n"
)


def zipped(files: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return stream.getvalue()


FILES = {
    "mailchimp": zipped(MAILCHIMP),
    "ghost": GHOST.encode(),
    "substack": SUBSTACK.encode(),
    "listmonk": LISTMONK.encode(),
    "handpress": OURS.encode(),
}


@pytest.mark.parametrize("name", FILES)
def test_every_format_is_known_and_says_the_same(name: str) -> None:
    upload = open_list("list", FILES[name])
    assert upload.format.name == name
    readers = {one.address: one for one in upload.readers()}
    assert readers["ada@example.org"].standing is Standing.ACTIVE
    assert readers["ada@example.org"].joined_at is not None
    assert readers["ada@example.org"].joined_at.date().isoformat() == "2021-03-04"
    first = next(one for one in upload.readers() if one.address == "gone@example.org")
    assert first.standing is Standing.LEFT
    if "dead@example.org" in readers:
        assert readers["dead@example.org"].standing is Standing.UNREACHABLE


def test_mailchimps_lists_are_read_gone_first_and_nobody_who_never_asked() -> None:
    upload = open_list("export.zip", FILES["mailchimp"])
    assert upload.held_back == ("nonsubscribed_members_export_1a2b.csv",)
    readers = list(upload.readers())
    assert [one.standing for one in readers] == [
        Standing.LEFT,
        Standing.UNREACHABLE,
        Standing.ACTIVE,
        Standing.ACTIVE,
    ]
    assert readers[0].left_at == datetime(2022, 2, 2, 2, 2, 2, tzinfo=UTC)
    assert readers[2].topics == ("Water", "Housing")
    assert readers[2].language == "fr"


def test_who_was_erased_there_is_told_from_readers() -> None:
    standings = [one.standing for one in open_list("s.csv", FILES["substack"]).readers()]
    assert standings == [Standing.ACTIVE, Standing.LEFT, Standing.ERASED]


def test_our_own_list_keeps_everything() -> None:
    readers = list(open_list("readers.csv", FILES["handpress"]).readers())
    assert (readers[0].frequency, readers[0].topics, readers[0].language) == (
        "weekly",
        ("Water", "Housing"),
        "ko",
    )
    assert [one.standing for one in readers[2:]] == [
        Standing.UNREACHABLE,
        Standing.UNCONFIRMED,
        Standing.PAUSED,
    ]
    assert readers[4].paused_until == date(2027, 1, 2)
    assert all(one.has_chosen for one in readers)


@given(st.lists(st.text(alphabet='ab"; ,|', min_size=1).filter(lambda name: name == name.strip())))
def test_names_of_topics_survive_in_one_cell_whatever_they_hold(names: list[str]) -> None:
    assert read_chosen(write_chosen(names)) == tuple(dict.fromkeys(names))


@given(st.text(max_size=60))
def test_no_cell_is_worse_than_unknown_topics(text: str) -> None:
    assert all(name == name.strip() != "" for name in read_chosen(text))


def test_marks_of_the_outlet_are_no_choice_of_the_reader() -> None:
    for name in ("ghost", "mailchimp"):
        assert not any(one.has_chosen for one in open_list("list", FILES[name]).readers())
    upload = open_list("x.csv", b"email,tags,Paused until\na@example.org,VIP,2027-01-02\n")
    assert (upload.columns.topics, upload.columns.paused) == ("", "Paused until")
    (reader,) = upload.readers()
    assert (reader.topics, reader.paused_until) == ((), date(2027, 1, 2))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_in_any_usual_form(separator: str, encoding: str, end: str) -> None:
    lines = [["Name", "E-Mail", "Status"], ["André", "ada@example.org", "subscribed"], [], ["B"]]
    data = end.join(separator.join(line) for line in lines).encode(encoding)
    upload = open_list("people.csv", data)
    assert upload.can_be_mapped
    assert upload.columns.address == "E-Mail"
    ada, other = upload.readers()
    assert (ada.address, ada.standing, ada.line) == ("ada@example.org", Standing.ACTIVE, 2)
    assert (other.address, other.standing) == ("", Standing.ACTIVE)


def test_another_column_may_be_chosen() -> None:
    upload = open_list("x.csv", b"mail,work\nhome@example.org,desk@example.org\n")
    chosen = upload.with_columns(Columns(address="work"))
    assert [one.address for one in chosen.readers()] == ["desk@example.org"]


def test_a_state_that_nobody_understands_is_no_leave_to_mail() -> None:
    upload = open_list("x.csv", b"email,status\na@example.org,maybe\nb@example.org,\n")
    assert [one.standing for one in upload.readers()] == [Standing.LEFT, Standing.ACTIVE]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.csv", b""),
        ("blank.csv", b"\n\n \n"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ("no-addresses.csv", b"name,city\nAda,X\n"),
        ("no-header.csv", b"ada@example.org\nbob@example.org\n"),
        ("broken.zip", b"PK\x03\x04 and nothing more"),
        ("empty.zip", zipped({})),
        ("other.zip", zipped({"readme.txt": "hello"})),
        ("mixed.zip", zipped({"a.csv": GHOST, "b.csv": LISTMONK})),
        ("long.csv", b'email\n"' + b"x" * 1_100_000),
    ],
)
def test_what_is_no_list_is_refused_with_a_reason(name: str, data: bytes) -> None:
    with pytest.raises(NotAList) as refusal:
        list(open_list(name, data).readers())
    assert len(str(refusal.value)) > 20


@pytest.mark.parametrize("packed", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_that_is_damaged_inside_is_refused(packed: int) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packed) as archive:
        archive.writestr("a.csv", "email\n" + "ada@example.org\n" * 200)
    data = bytearray(stream.getvalue())
    for at in range(36, 36 + 20):
        data[at] = 0xFF
    with pytest.raises(NotAList, match="cannot be unpacked"):
        open_list("broken.zip", bytes(data))


def test_a_zip_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handpress.digest.formats.lists.LARGEST", 10_000)
    bomb = zipped({"subscribed.csv": "email\n" + "0" * 1_000_000})
    assert len(bomb) < 10_000
    with pytest.raises(NotAList, match="holds more than"):
        open_list("bomb.zip", bomb)


@given(st.binary(max_size=300))
def test_no_file_is_worse_than_refused(data: bytes) -> None:
    try:
        for reader in open_list("any", data).readers():
            assert isinstance(reader.address, str)
    except NotAList:
        pass


@given(st.text(max_size=40))
def test_no_time_is_worse_than_unknown(text: str) -> None:
    found = read_time(text)
    assert found is None or found.tzinfo


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2021-03-04", "2021-03-04T00:00:00+00:00"),
        ("2021-03-04 05:06", "2021-03-04T05:06:00+00:00"),
        ("2021-03-04T05:06:07+02:00", "2021-03-04T03:06:07+00:00"),
        ("2021-03-04T05:06:07.123Z", "2021-03-04T05:06:07+00:00"),
        ("2021-13-04", ""),
        ("04/03/2021", ""),
    ],
)
def test_times_as_they_are_found(text: str, iso: str) -> None:
    found = read_time(text)
    assert (found.isoformat() if found else "") == iso


@pytest.mark.parametrize("text", ["=cmd()", "+a@example.org", "-1", "@x", "ada@example.org", "'x"])
def test_no_cell_is_a_formula_and_every_one_comes_back(text: str) -> None:
    cell = guarded(text)
    assert not cell.startswith(("=", "+", "-", "@"))
    (reader,) = open_list("x.csv", f"email\n{cell}\n".encode()).readers()
    assert reader.address == text


@pytest.mark.parametrize("before", ["", "\r\n", ";;\r\n", "sep=;\r\n", " , ,\n\n"])
def test_a_header_is_found_behind_what_stands_before_it(before: str) -> None:
    data = f"{before}email;status\r\nada@example.org;left\r\nnobody;active\r\n"
    upload = open_list("list.csv", data.encode())
    found = [(one.line, one.address, one.standing) for one in upload.readers()]
    first = before.count("\n") + 2
    assert found == [
        (first, "ada@example.org", Standing.LEFT),
        (first + 1, "nobody", Standing.ACTIVE),
    ]


@pytest.mark.parametrize(
    "table",
    [
        "email,Unsubscribed\na@example.org,yes\nb@example.org,no\n",
        "email,Unsubscribed\na@example.org,TRUE\nb@example.org,\n",
        "email;Unsubscribed on\na@example.org;21.11.2025\nb@example.org;0000-00-00 00:00:00\n",
        "email,opted_out_at\na@example.org,11/21/2025 9:00 AM\nb@example.org,never\n",
        "Correo;Estado\na@example.org;baja\nb@example.org;activo\n",
        "Courriel;Statut\na@example.org;désabonné\nb@example.org;Actif\n",
        "Courriel;Statut\na@example.org;de\u0301sabonne\u0301\nb@example.org;abonné\n",
        "E-Mail;Status\na@example.org;abgemeldet\nb@example.org;aktiv\n",
        "이메일,상태\na@example.org,구독 취소\nb@example.org,구독중\n",
        "البريد,الحالة\na@example.org,ملغى\nb@example.org,نشط\n",
        "email,Subscription status\na@example.org,Unsubscribed\nb@example.org,Subscribed\n",
        "email,subscriber_type\na@example.org,unsubscribed\nb@example.org,regular\n",
        "email,is_subscribed\na@example.org,false\nb@example.org,true\n",
        "email,opt_in\na@example.org,no\nb@example.org,yes\n",
    ],
)
def test_who_left_is_told_from_readers_however_a_table_says_it(table: str) -> None:
    upload = open_list("list.csv", table.encode())
    found = [(one.address, one.standing, one.unread) for one in upload.readers()]
    assert found == [
        ("a@example.org", Standing.LEFT, ""),
        ("b@example.org", Standing.ACTIVE, ""),
    ]
    assert upload.says_who_left


def test_a_list_that_says_of_nobody_that_they_left_is_known_as_such() -> None:
    assert not open_list("list.csv", b"email,name\na@example.org,Ada\n").says_who_left
    assert all(open_list(name, data).says_who_left for name, data in FILES.items())


def test_a_state_that_is_not_understood_is_handed_on_as_it_is_written() -> None:
    (reader,) = open_list("x.csv", "email,status\na@example.org,Œ 7\n".encode()).readers()
    assert (reader.standing, reader.unread) == (Standing.LEFT, "Œ 7")


@pytest.mark.parametrize(
    ("encoding", "word"), [("cp949", "구독중"), ("cp932", "購読中"), ("mac_roman", "active")]
)
def test_a_list_of_a_spreadsheet_with_an_encoding_of_its_own(encoding: str, word: str) -> None:
    table = f"E-mail,状態,Status,Ville\na@example.org,,{word},à Orléans\n"
    if encoding == "cp949":
        table = f"이메일,Status,이름\na@example.org,{word},홍길동\n"
    elif encoding == "cp932":
        table = f"メール,Status,名前\na@example.org,{word},ひろし\n"
    else:
        table = table.replace("状態", "Prénom")
    (reader,) = open_list("list.csv", table.encode(encoding)).readers()
    assert (reader.address, reader.standing) == ("a@example.org", Standing.ACTIVE)


@pytest.mark.parametrize("first", ["ada@mailbox.org,Ada", "Ada;ada@address.example"])
def test_a_first_line_that_holds_an_address_is_no_header(first: str) -> None:
    with pytest.raises(NotAList, match="first line"):
        open_list("list.csv", f"{first}\nbob@example.org,Bob\n".encode())


def test_a_quotation_mark_that_is_never_closed_swallows_nobody() -> None:
    upload = open_list("list.csv", b'email,note\na@example.org,"oh\nb@example.org,x\n')
    with pytest.raises(NotAList, match="quotation mark"):
        list(upload.readers())


def test_what_a_computer_adds_to_a_zip_by_itself_is_passed_over() -> None:
    noise = {"__MACOSX/List/._subscribed.csv": "\0\5\x16\7", "List/._x.csv": "\0"}
    upload = open_list("export.zip", zipped(noise | MAILCHIMP))
    assert upload.format.name == "mailchimp"
    assert len(list(upload.readers())) == 4


def test_each_table_of_a_zip_is_read_by_its_own_header() -> None:
    tables = {
        "a.csv": "email,status\na@example.org,active\n",
        "b.csv": "E-Mail;Estado\nb@example.org;baja\n",
    }
    found = [(one.address, one.standing) for one in open_list("x.zip", zipped(tables)).readers()]
    assert found == [("a@example.org", Standing.ACTIVE), ("b@example.org", Standing.LEFT)]
