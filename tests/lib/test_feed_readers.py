"""What reading services say of themselves, and what hostile ones may send."""

from __future__ import annotations

import pytest

from handpress.lib.feed_readers import MOST_AT_ONCE, FeedReaders, subscribers_said


@pytest.mark.parametrize(
    ("user_agent", "said"),
    [
        ("Lector/1.0 (+http://lector.example/about; 12 subscribers; like Fetcher)", ("lector", 12)),
        ("Mozilla/5.0 (compatible; gazette.example; 1 subscriber)", ("gazette.example", 1)),
        ("Ink Feed Fetcher - 7 readers - http://ink.example/site/5", ("ink", 7)),
        ("Bin feed-id:12 - 3 subscribers", ("bin", 3)),
        ("Lector/1.0 (999999999 subscribers)", ("lector", 1_000_000)),
        ("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101", None),
        ("12 subscribers", None),
        ("Lector (9999999999999 subscribers)", None),
        ("x" * 10_000 + " 12 subscribers", None),
        ("", None),
        (None, None),
    ],
)
def test_a_service_says_for_how_many_it_fetches(user_agent, said):
    assert subscribers_said(user_agent) == said


def test_the_newest_number_counts_and_is_taken_once():
    readers = FeedReaders()
    for number in (12, 14):
        readers.note("/feed.xml", f"Lector/1.0 ({number} subscribers)")
    readers.note("/feed.xml", "Somebody's browser")
    assert readers.take() == [("/feed.xml", "lector", 14)]
    assert readers.take() == []


def test_memory_is_bounded_whatever_is_sent():
    readers = FeedReaders()
    readers.note("/feed.xml", "First/1.0 (1 subscriber)")
    for number in range(3 * MOST_AT_ONCE):
        readers.note(f"/topics/{number}/feed.xml", f"Bot{number} (5 subscribers)")
    readers.note("/feed.xml", "First/1.0 (2 subscribers)")
    said = readers.take()
    assert len(said) == MOST_AT_ONCE
    assert ("/feed.xml", "first", 2) in said
