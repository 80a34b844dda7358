"""Fields of a message's head."""

from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handpress.mail.core.headers import check_value, fold, mailbox, phrase, plain_line, unstructured

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300).filter(
    plain_line
)


@given(texts)
def test_any_subject_is_read_back_as_it_was(text: str) -> None:
    field = fold("Subject", unstructured(text))
    read = field.partition(": ")[2].replace("\r\n", "")
    assert str(make_header(decode_header(read))) == plain_line(text)


@given(texts)
def test_no_field_has_long_lines_or_other_than_ascii(text: str) -> None:
    field = fold("Subject", unstructured(text))
    assert field.isascii()
    assert all(len(line) <= 78 for line in field.split("\r\n"))


@given(texts)
def test_a_name_before_an_address_is_read_back(name: str) -> None:
    field = fold("From", mailbox(name, "digest@example.org"))
    value = field.partition(": ")[2].replace("\r\n", "")
    shown, address = parseaddr(value)
    assert address == "digest@example.org"
    assert str(make_header(decode_header(shown))) == plain_line(name)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Harbour Lantern", "Harbour Lantern"),
        ("Harbour & Hill, Ltd.", '"Harbour & Hill, Ltd."'),
        ('The "Lantern"', '"The \\"Lantern\\""'),
        ("등대", "=?utf-8?b?65Ox64yA?="),
        ("=?utf-8?q?trick?=", "=?utf-8?b?PT91dGYtOD9xP3RyaWNrPz0=?="),
    ],
)
def test_names_are_quoted_or_encoded_as_they_need(name: str, written: str) -> None:
    assert phrase(name) == written


@pytest.mark.parametrize("bad", ["a\r\nBcc: b@c.example", "a\nb", "", "  ", "ü", "a\tb", "a\0b"])
def test_a_value_cannot_begin_another_field(bad: str) -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        check_value("Subject", bad)


def test_breaks_in_a_subject_become_spaces() -> None:
    assert (
        unstructured("Water\r\nBcc: x@example.org\u2028again") == "Water Bcc: x@example.org again"
    )
