"""Addresses as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handpress.mail.core.addresses import (
    NotAnAddress,
    likely_meant,
    mailbox_key,
    normal_key,
    read_address,
)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  Ada.Lovelace@Example.ORG \n", "ada.lovelace@example.org"),
        ("mailto:ada@example.org", "ada@example.org"),
        ("<ada@example.org>", "ada@example.org"),
        ("\u200bada@example.org\u00a0", "ada@example.org"),
        ("ada+digest@example.org", "ada+digest@example.org"),
        ("δοκιμή@παράδειγμα.gr", "δοκιμή@xn--hxajbheg2az3al.gr"),
        ("ada@BÜCHER.example.org", "ada@xn--bcher-kva.example.org"),
        ("독자@신문.한국", "독자@xn--z92b13l.xn--3e0b707e"),
        ("o'hara@example.org", "o'hara@example.org"),
    ],
)
def test_every_spelling_has_one_key(typed: str, key: str) -> None:
    assert normal_key(typed) == key


def test_composed_and_decomposed_letters_are_one_reader() -> None:
    assert normal_key("andre\u0301@example.org") == normal_key("andr\u00e9@example.org")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "ada",
        "ada@",
        "@example.org",
        "ada@example",
        "ada@localhost",
        "ada@127.0.0.1",
        "ada@[127.0.0.1]",
        "ada@@example.org",
        "ada lovelace@example.org",
        '"ada lovelace"@example.org',
        "ada@example.org, bob@example.org",
        "ada@example.org\r\nBcc: all@example.org",
        "ada@example.org\x00",
        "ada@exam\u202eple.org",
        "ada@-example.org",
        "Ada <ada@example.org>",
        "a" * 65 + "@example.org",
        "a@" + "b" * 250 + ".org",
        "a" * 100_000,
        "🙂" * 30 + "@" + "🙂.org",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(NotAnAddress):
        read_address(typed)


@given(st.text(max_size=60))
def test_nothing_typed_is_worse_than_refused(typed: str) -> None:
    try:
        found = read_address(typed)
    except NotAnAddress:
        return
    again = read_address(found.text)
    assert again.key == found.key == normal_key(found.key)
    assert not set(found.text) & set("\r\n\0 <>,")


def test_the_relay_must_know_more_than_ascii_only_for_the_name() -> None:
    assert read_address("ada@bücher.example.org").is_ascii
    assert not read_address("adá@example.org").is_ascii


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ada@gmail.con", "ada@gmail.com"),
        ("ada@gmial.com", "ada@gmail.com"),
        ("ada@gmal.com", "ada@gmail.com"),
        ("ada@gmaill.com", "ada@gmail.com"),
        ("ada@gmsil.com", "ada@gmail.com"),
        ("ada@gmail.co", "ada@gmail.com"),
        ("ada@hotmial.com", "ada@hotmail.com"),
        ("ada@yahoo.cmo", "ada@yahoo.com"),
        ("ada@naver.con", "ada@naver.com"),
        ("Ada@paper.example.ogr", "Ada@paper.example.org"),
    ],
)
def test_a_slip_is_seen(typed: str, meant: str) -> None:
    assert likely_meant(read_address(typed)) == meant


@pytest.mark.parametrize(
    "typed",
    ["ada@gmail.com", "ada@mail.com", "ada@ymail.com", "ada@gmx.com", "ada@example.org", "a@qq.co"],
)
def test_what_is_right_is_not_doubted(typed: str) -> None:
    assert likely_meant(read_address(typed)) == ""


def test_one_mailbox_is_counted_once() -> None:
    keys = {
        mailbox_key(read_address(text))
        for text in ("ada.l@gmail.com", "a.da.l+x@googlemail.com", "ADAL+spam+y@gmail.com")
    }
    assert keys == {"adal@gmail.com"}
    assert mailbox_key(read_address("+tag@example.org")) == "+tag@example.org"
