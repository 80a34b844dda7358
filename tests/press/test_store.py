"""The site folder: whole files or none, written only when they change, nothing outside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from handpress.press.store import SiteStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SiteStore]:
    store = SiteStore(tmp_path / "site").open()
    yield store
    store.close()


def test_writes_once_and_only_again_when_bytes_differ(store: SiteStore):
    assert store.write("a/b/c.html", b"one")
    inode = (store.root / "a/b/c.html").stat().st_ino
    assert not store.write("a/b/c.html", b"one")
    assert (store.root / "a/b/c.html").stat().st_ino == inode
    assert store.write("a/b/c.html", b"two")
    assert store.read("a/b/c.html") == b"two"


def test_a_page_of_the_same_length_is_still_compared(store: SiteStore):
    store.write("a.html", b"abc")
    assert store.write("a.html", b"abd")
    assert store.read("a.html") == b"abd"


def test_a_changed_page_drops_its_compressed_copies(store: SiteStore):
    store.write("a.html", b"one")
    store.write_packed("a.html.br", b"packed")
    store.write("a.html", b"one")
    assert (store.root / "a.html.br").exists()
    store.write("a.html", b"two")
    assert not (store.root / "a.html.br").exists()


def test_removal_takes_copies_and_empty_folders_along(store: SiteStore):
    store.write("2021/01/a.html", b"one")
    store.write("2021/02/b.html", b"two")
    store.write_packed("2021/01/a.html.gz", b"packed")
    store.remove("2021/01/a.html")
    store.remove("2021/01/a.html")
    assert sorted(store.files()) == ["2021/02/b.html"]
    assert not (store.root / "2021/01").exists()
    assert store.write("2021/01/a.html", b"again")


def test_lists_pages_only(store: SiteStore):
    store.write("index.html", b"one")
    store.write_packed("index.html.gz", b"packed")
    store.write("notes.gz", b"a page of its own, not a copy")
    (store.root / ".press" / "page-1").write_bytes(b"half")
    assert sorted(store.files()) == ["index.html", "notes.gz"]


def test_a_reader_never_sees_half_a_page(store: SiteStore, monkeypatch: pytest.MonkeyPatch):
    store.write("a.html", b"old")

    def fail(*args: object, **kwargs: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", fail)
    with pytest.raises(OSError, match="No space"):
        store.write("a.html", b"new bytes")
    assert store.read("a.html") == b"old"


def test_a_link_planted_in_the_site_is_not_followed(store: SiteStore, tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (store.root / "a.html").symlink_to(secret)
    assert store.write("a.html", b"page")
    assert secret.read_bytes() == b"secret"
    assert not (store.root / "a.html").is_symlink()


def test_many_folders_need_few_open_files(store: SiteStore):
    for number in range(600):
        store.write(f"{number}/a.html", b"x")
    assert len(list(Path("/proc/self/fd").iterdir())) < 400
