"""The mail itself: exact, small, private, and readable everywhere."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from digest.conftest import Newsdesk
from handpress.digest.editions import compiled, compose_edition, freeze, slots
from handpress.digest.models import Edition, Frequency, Subscriber
from handpress.mail import keys
from handpress.mail.core.verp import read_verp
from handpress.mail.envelopes import own_ref, verp_key
from mail.verifiers import dkimpy_verdicts, opendkim_accepts


@pytest.fixture(autouse=True)
def address(settings_of: Any) -> None:
    settings_of("newsroom", address="https://lantern.example/", name="Harbour Lantern")
    settings_of(
        "mail",
        from_address="digest@lantern.example",
        bounce_domain="bounces.lantern.example",
        postal_address=("Harbour Lantern", "1 Quay Street"),
    )


def make(desk: Newsdesk, count: int = 3, **values: Any) -> Edition:
    for number in range(count):
        ago = timedelta(hours=5, minutes=-number)
        desk.article(f"Story {number}", f"Topic {number % 5}", "Water", ago=ago, **values)
    edition = compose_edition(Frequency.DAILY, desk.slot(), desk.now)
    assert edition
    frozen = freeze(edition.pk, desk.now)
    assert frozen, (edition.get_state_display(), edition.reason)
    return frozen


def build(edition: Edition, reader: Subscriber, **rest: Any) -> bytes:
    values = slots(edition.pk, reader.pk, reader.uuid, reader.address)
    message = compiled(edition, reader.choice_id, **rest)
    assert message
    return message.build(values)


def read(message: bytes) -> EmailMessage[Any, Any]:
    return message_from_bytes(message, policy=policy.default)


def parts(message: bytes) -> tuple[str, str]:
    text, html = read(message).iter_parts()
    return text.get_content(), html.get_content()


def test_the_head_says_exactly_what_lists_must_say(newsdesk: Newsdesk) -> None:
    edition, reader = make(newsdesk), newsdesk.reader()
    head = read(build(edition, reader))
    out = slots(edition.pk, reader.pk, reader.uuid, reader.address)
    assert head["from"] == "Harbour Lantern <digest@lantern.example>"
    assert head["to"] == "ann@example.com"
    assert head["subject"] == "Story 2"
    assert head["list-id"] == "Harbour Lantern <digest.lantern.example>"
    assert head["list-unsubscribe"] == (
        f"<{out['unsubscribe_url']}>, <mailto:{out['unsubscribe_mailto']}>"
    )
    assert head["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert head["list-archive"] == "<https://lantern.example/digest/>"
    assert head["list-post"] == "NO"
    assert head["auto-submitted"] == "auto-generated"
    assert head["date"] == "Thu, 26 Nov 2026 05:30:00 +0000"
    assert read_verp(verp_key(), head["message-id"].strip("<>")) == own_ref(
        edition.pk, reader.pk, reader.uuid
    )
    assert read_verp(verp_key(), out["envelope"]) == own_ref(edition.pk, reader.pk, reader.uuid)
    assert out["envelope"].endswith("@bounces.lantern.example")


def test_whoever_compiles_it_gets_the_same_bytes(newsdesk: Newsdesk) -> None:
    edition, reader = make(newsdesk), newsdesk.reader()
    first = build(edition, reader)
    newsdesk.now = newsdesk.now.replace(hour=9)
    assert build(Edition.objects.get(pk=edition.pk), reader) == first


def test_two_hundred_articles_stay_below_what_is_cut_off(newsdesk: Newsdesk) -> None:
    excerpt = "한국어 기사의 발췌문은 바이트가 많다. " * 30
    for number in range(200):
        newsdesk.article(f"기사 {number} " + "긴 제목 " * 20, f"주제 {number % 9}", excerpt=excerpt)
    edition = compose_edition(Frequency.DAILY, newsdesk.slot(), newsdesk.now)
    assert edition
    edition.note = "긴 편지 " * 3000
    edition.subject = "긴 " * 190
    reader = newsdesk.reader()
    message = build(edition, reader)
    text, html = parts(message)
    assert len(html.encode()) <= 80_000
    token_link = f"/-/unsubscribe/{slots(1, 1, reader.uuid, 'x')['unsubscribe_url'][-22:]}"
    assert token_link in html
    assert token_link in text
    assert "More in this edition, on the web: 1" in html


def test_nothing_is_loaded_but_the_lead_picture_and_nothing_is_counted(
    newsdesk: Newsdesk, settings_of: Any
) -> None:
    edition, reader = make(newsdesk), newsdesk.reader()
    stored = edition.contents
    stored["pieces"][0]["picture"] = {
        "path": "images/a.webp",
        "width": 1280,
        "height": 800,
        "alt": "A quay",
    }
    edition.contents = stored
    text, html = parts(build(edition, reader))
    page = BeautifulSoup(html, "html.parser")
    assert [image["src"] for image in page.find_all("img")] == [
        "https://lantern.example/images/a.webp"
    ]
    for tag in ("script", "link", "iframe", "object", "form", "base"):
        assert not page.find(tag)
    assert "url(" not in html
    assert "@import" not in html
    addresses = {link["href"] for link in page.find_all("a")} | set(
        re.findall(r"https?://\S+", text)
    )
    assert all(str(each).startswith("https://lantern.example/") for each in addresses)
    personal = {each for each in addresses if reader.uuid.hex in each or "/-/" in each}
    assert len(personal) == 2, "no link but the two of the foot says who reads"
    settings_of("digest", pictures=False)
    assert "<img" not in parts(build(edition, reader))[1]


def test_it_reads_in_order_with_its_language_said(newsdesk: Newsdesk) -> None:
    newsdesk.article("مياه الميناء", "Water", language="ar", ago=timedelta(hours=7))
    edition, reader = make(newsdesk), newsdesk.reader()
    page = BeautifulSoup(parts(build(edition, reader))[1], "html.parser")
    assert page.html
    assert (page.html["lang"], page.html["dir"]) == ("en", "ltr")
    assert page.title
    assert page.title.text == "Story 2"
    levels = [int(h.name[1]) for h in page.find_all(re.compile("^h[1-6]$"))]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    (arabic,) = page.select("td[lang=ar]")
    assert arabic["dir"] == "rtl"
    assert "مياه الميناء" in arabic.text
    assert all(table["role"] == "presentation" for table in page.find_all("table"))
    assert page.select("div[role=article][lang=en]")


def test_hostile_words_stay_words(newsdesk: Newsdesk) -> None:
    nasty = "<script>x</script>\ufdd0unsubscribe_url\ufdd1\r\nBcc: a@b.example \ufdd0odd"
    newsdesk.article(nasty, "Water", excerpt=nasty)
    edition, reader = make(newsdesk), newsdesk.reader()
    edition.note = edition.subject = nasty
    message = read(build(edition, reader))
    assert "bcc" not in message
    page = BeautifulSoup(parts(build(edition, reader))[1], "html.parser")
    assert not page.find("script")
    assert len(page.find_all("a", href=re.compile("/-/unsubscribe/"))) == 1


def test_readers_of_a_topic_get_their_own_mail(newsdesk: Newsdesk) -> None:
    edition = make(newsdesk, 6)
    reader = newsdesk.reader("bob", "Topic 3")
    message = build(edition, reader)
    assert read(message)["subject"] == "Story 3"
    assert "Story 4" not in parts(message)[0]


def test_the_words_around_are_in_the_reader_s_language(newsdesk: Newsdesk) -> None:
    edition, reader = make(newsdesk), newsdesk.reader()
    message = build(edition, reader, language="ko")
    text, html = parts(message)
    assert '<html lang="ko" dir="ltr"' in html
    assert "2026년 11월 26일" in text
    assert read(message)["content-language"] == "ko"
    assert "Unsubscribe" not in text


def test_both_signatures_are_good_to_others(
    newsdesk: Newsdesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "keys"
    monkeypatch.setattr(keys, "keys_folder", lambda: folder)
    assert keys.make_keys() == ["hp1", "hp2"]
    assert keys.make_keys() == []
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())
    message, signers = build(make(newsdesk), newsdesk.reader()), keys.signers()
    assert [each.kind for each in signers] == ["rsa", "ed25519"]
    assert dkimpy_verdicts(message, signers) == [True, True]
    assert opendkim_accepts(message, signers, tmp_path)
    changed = message.replace(b"/-/unsubscribe/", b"/-/unsubscribf/", 1)
    assert dkimpy_verdicts(changed, signers) == [False, False]


def test_a_key_that_cannot_be_used_stops_the_mail(
    newsdesk: Newsdesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "keys_folder", lambda: tmp_path)
    (tmp_path / "hp1.pem").write_text("rubbish")
    with pytest.raises(keys.UnusableKey, match=r"hp1\.pem .* cannot sign mail"):
        build(make(newsdesk), newsdesk.reader())


@pytest.mark.parametrize(
    ("readers", "tag", "words"),
    [("he", "en", "Unsubscribe"), ("fr-CA", "fr", "désinscrire"), ("xx-nonsense!", "en", "Unsub")],
)
def test_a_reader_whose_language_nobody_wrote_words_in_gets_a_whole_mail_in_the_outlets(
    newsdesk: Newsdesk, readers: str, tag: str, words: str
) -> None:
    message = build(make(newsdesk), newsdesk.reader(), language=readers)
    text, html = parts(message)
    root = BeautifulSoup(html, "html.parser").html
    assert root is not None
    assert (root["lang"], root["dir"]) == (tag, "ltr")
    assert read(message)["content-language"] == tag
    assert words in text
    assert ("26 novembre" if tag == "fr" else "November 26") in text
