"""Whatever the bytes: a page is read whole, or refused."""

from hypothesis import given, settings
from hypothesis import strategies as st

from factories.saved_pages import FOREIGN_FOOT, make_page
from handpress.importers.core.incoming import RefusedFile, SavedPage
from handpress.importers.formats.saved_page import read_saved_page, read_saved_pages

PAGES = [
    make_page(articles=3).data(),
    make_page(articles=2, foot=()).data(),
    make_page(articles=2, foot=FOREIGN_FOOT, lead_in=()).data(),
]
POSITIONS = st.integers(0, 6_000)
SNIPPETS = st.binary(max_size=6) | st.sampled_from(
    ["\n\n", "\n", "\r\n", "\r", " ", "\u00a0", "...", "Skip to content\n\n", "\ufeff", "#", "<p>"]
).map(str.encode)
DAMAGES = st.lists(st.tuples(POSITIONS, st.integers(0, 400), SNIPPETS), min_size=1, max_size=4)
BLOCKS = st.sampled_from(PAGES[0].decode().split("\n\n")) | st.text(max_size=30)


def check(data: bytes, result: SavedPage | RefusedFile) -> None:
    """Check that all words of a page that was read are in it once, and in order."""
    if isinstance(result, RefusedFile):
        assert result.reason
        assert result.remedy
        return
    text = data.removeprefix(b"\xef\xbb\xbf").decode().replace("\r\n", "\n")
    for block in result.text().split("\n\n"):
        before, found, text = text.partition(block)
        assert found
        assert not before.strip("\u200b\u200c\u200d\u2060\ufeff \t\n\u00a0\u2028")
    assert result.articles
    assert all(one.headline and one.excerpt for one in result.articles)
    assert len({one.remote_id for one in result.articles}) == len(result.articles)


def read(data: bytes) -> SavedPage | RefusedFile:
    try:
        return read_saved_page(data, name="page.txt")
    except RefusedFile as refused:
        return refused


@given(st.sampled_from(PAGES), DAMAGES)
@settings(max_examples=300, deadline=None)
def test_damaged_pages(data, damages):
    for position, length, snippet in damages:
        data = data[:position] + snippet + data[position + length :]
    check(data, read(data))


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes(data):
    check(data, read(data))


@given(st.lists(BLOCKS, max_size=16))
@settings(max_examples=300, deadline=None)
def test_any_order_of_blocks(blocks):
    data = "\n\n".join(blocks).encode()
    check(data, read(data))


@given(st.lists(st.lists(BLOCKS, max_size=12), max_size=4))
@settings(deadline=None)
def test_any_files_together(files):
    pages = [("\n\n".join(blocks)).encode() for blocks in files]
    results = read_saved_pages([("page.txt", data) for data in pages])
    for data, result in zip(pages, results, strict=True):
        check(data, result)
