"""Messages as they go over the wire."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handpress.mail.core.wire import BadValueError, Compiled, compile_message, slot

HEADERS = [
    ("From", "Harbour Lantern <digest@example.org>"),
    ("To", f"<{slot('address')}>"),
    ("Subject", "Water comes back"),
    ("Message-ID", f"<{slot('message_id')}>"),
    ("List-Unsubscribe", f"<{slot('unsubscribe_url')}>, <mailto:out@example.org>"),
]
VALUES = {
    "address": "reader@example.com",
    "message_id": "d-1-2@example.org",
    "unsubscribe_url": "https://example.org/-/unsubscribe/AAAAAAAAAAAAAAAAAAAAAA",
}
written = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
dotted = st.lists(st.sampled_from([".", "..", "From ", " ", "\t", "=", "\n", "a", "é", "물"]))


def compiled(text: str, html: str = "") -> Compiled:
    return compile_message(headers=HEADERS, text=text, html=html)


def read(message: bytes) -> EmailMessage[Any, Any]:
    return message_from_bytes(message, policy=policy.SMTP)


def decoded(part: Any) -> str:
    payload: bytes = part.get_payload(decode=True)
    return payload.decode()


def lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")


@given(written | dotted.map("".join), written)
def test_any_text_arrives_as_it_was(before: str, after: str) -> None:
    text = f"{before}\n{slot('unsubscribe_url')} left\n{after}|"
    message = compiled(text, f"<p>{before}</p>").build(VALUES)
    plain, html = read(message).iter_parts()
    wanted = lines(text.replace(slot("unsubscribe_url"), VALUES["unsubscribe_url"]))
    assert decoded(plain).replace("\r\n", "\n") == wanted
    assert decoded(html).replace("\r\n", "\n") == lines(f"<p>{before}</p>")


@given(written | dotted.map("".join))
def test_every_message_is_fit_for_the_wire(text: str) -> None:
    message = compiled(f"x{text}", f"<p>{text}</p>").build(VALUES)
    assert message.endswith(b"\r\n")
    assert message.isascii()
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", message)
    every = message.removesuffix(b"\r\n").split(b"\r\n")
    assert all(len(line) <= 78 for line in every)
    assert not any(line.startswith((b".", b"From ")) for line in every)
    body = message.partition(b"\r\n\r\n")[2]
    assert not re.search(rb"[ \t]\r\n|[ \t]{2}|\t", body), "the body is in DKIM's relaxed form"


visible = st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zs", "Zl", "Zp"])


@given(st.text(visible, min_size=1, max_size=200))
def test_any_value_without_spaces_fits_into_text_and_page(value: str) -> None:
    text = f"To leave: {slot('word')}."
    page = f'<a href="{slot("word")}">Leave</a>'
    message = compiled(text, page).build({**VALUES, "word": value})
    body = message.partition(b"\r\n\r\n")[2]
    assert all(len(line) <= 76 and not line.startswith(b".") for line in body.split(b"\r\n"))
    plain, html = read(message).iter_parts()
    assert decoded(plain) == f"To leave: {value}."
    assert decoded(html) == f'<a href="{escape(value)}">Leave</a>'


@pytest.mark.parametrize(
    "bad",
    ["", "a b", "a\r\nBcc: x@example.org", "a\n.\nQUIT", "a\0", "\ufdd0address\ufdd1", "\ud800"],
)
@pytest.mark.parametrize("name", sorted(VALUES))
def test_values_that_could_break_out_are_refused(name: str, bad: str) -> None:
    with pytest.raises(BadValueError):
        compiled("text").build({**VALUES, name: bad})


def test_a_missing_value_is_an_error_and_others_are_left_alone() -> None:
    with pytest.raises(KeyError):
        compiled("text").build({"address": "a@b.example"})
    assert compiled("text").build({**VALUES, "envelope": "b-1@example.org"})


def test_a_message_says_which_values_it_needs() -> None:
    message = compiled(f"see {slot('preferences_url')}")
    assert message.names == {"address", "message_id", "unsubscribe_url", "preferences_url"}


def test_what_readers_get_differs_only_in_their_own_values() -> None:
    message = compiled(f"Leave:\n{slot('unsubscribe_url')}\n", "<p>Hello</p>")
    other = {name: f"{value}.x" for name, value in VALUES.items()}
    first, second = message.build(VALUES), message.build(other)
    assert first.replace(b"reader@example.com", b"reader@example.com.x") != second
    assert compiled(f"Leave:\n{slot('unsubscribe_url')}\n", "<p>Hello</p>").build(VALUES) == first


def test_the_text_comes_first_and_the_boundary_is_in_neither_part() -> None:
    message = compiled("=_ text", "<p>=_ page</p>").build(VALUES)
    parts = [part.get_content_type() for part in read(message).iter_parts()]
    assert parts == ["text/plain", "text/html"]
    boundary = read(message).get_boundary()
    assert boundary
    assert message.count(boundary.encode()) == 4


def test_a_text_alone_is_a_message_too() -> None:
    message = read(compiled(".dot\nFrom here\n").build(VALUES))
    assert message.get_content_type() == "text/plain"
    assert message.get_content() == ".dot\r\nFrom here\r\n"


def test_an_address_in_another_script_goes_as_it_is() -> None:
    message = compiled("text").build({**VALUES, "address": "독자@example.com"})
    assert "To: <독자@example.com>\r\n".encode() in message


def test_a_field_may_not_stand_twice_nor_the_text_be_empty() -> None:
    with pytest.raises(ValueError, match="twice"):
        compile_message(headers=[*HEADERS, ("from", "a@b.example")], text="x")
    with pytest.raises(ValueError, match="needs a text"):
        compile_message(headers=HEADERS, text=" \n")


def test_a_field_with_a_reader_s_value_cannot_be_broken_out_of() -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        compile_message(headers=[("To", f"a\r\nBcc: {slot('address')}")], text="x")
