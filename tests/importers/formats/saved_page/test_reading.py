"""Saved pages that are read, and what becomes of every character of them."""

import time
from dataclasses import replace
from datetime import date

import pytest

from factories.saved_pages import (
    APPEAL,
    APPEAL_COMPACT,
    APPEAL_FULL,
    APPEAL_HEADING,
    FOOT,
    FOREIGN_FOOT,
    NBSP,
    PITCH,
    PITCH_HEADING,
    THIN,
    SamplePage,
    make_excerpt,
    make_page,
)
from handpress.importers.core.incoming import SavedPage
from handpress.importers.formats.saved_page import KIND, read_saved_page

SENTENCE = "The crews of the North Coast met again, and this time they agreed on all five points."


def read(page: SamplePage | bytes | str) -> SavedPage:
    data = page.data() if isinstance(page, SamplePage) else page
    return read_saved_page(data.encode() if isinstance(data, str) else data, name="page.txt")


def pairs_of(page: SavedPage) -> list[tuple[str, str]]:
    return [(article.headline, article.excerpt) for article in page.articles]


def with_excerpt(excerpt: str, *, headline: str = "A Bridge Nobody Wanted") -> SamplePage:
    page = make_page()
    return replace(page, articles=(*page.articles[:3], (headline, excerpt), *page.articles[4:]))


def test_a_page_falls_into_its_parts():
    sample = make_page()
    page = read(sample)
    assert page.name == "page.txt"
    assert page.lead_in == ("Skip to content",)
    assert (page.topic_name, page.topic_slug) == ("North Coast", "north-coast")
    assert pairs_of(page) == list(sample.articles)
    assert [article.position for article in page.articles] == list(range(1, 16))
    assert page.appeal is not None
    assert page.appeal.heading == APPEAL_HEADING
    assert (page.appeal.full, page.appeal.compact) == (APPEAL_FULL, APPEAL_COMPACT)
    assert page.pitch is not None
    assert (page.pitch.heading, page.pitch.paragraphs) == (PITCH_HEADING, PITCH)
    assert page.unplaced == ()
    assert (*page.appeal.blocks(), *page.pitch.blocks()) == page.foot
    assert page.text() == sample.text()


def test_articles_carry_topic_and_origin():
    page = read(make_page())
    assert {article.kind for article in page.articles} == {KIND}
    assert {(one.topic_name, one.topic_slug) for one in page.articles} == {
        ("North Coast", "north-coast")
    }
    assert len({article.remote_id for article in page.articles}) == 15
    assert all(article.remote_id == article.headline_key for article in page.articles)


@pytest.mark.parametrize("count", [1, 2, 3, 15, 10_000])
@pytest.mark.parametrize("foot", [(), FOOT], ids=["bare", "with foot"])
def test_any_number_of_articles(count, foot):
    sample = make_page(articles=count, foot=foot)
    page = read(sample)
    assert pairs_of(page) == list(sample.articles)
    assert page.text() == sample.text()
    assert (page.appeal is None) == (page.pitch is None) == (not foot)


def test_reading_takes_linear_time():
    seconds = []
    for count in (1_000, 10_000):
        data = make_page(articles=count).data()
        start = time.process_time()
        assert len(read(data).articles) == count
        seconds.append(time.process_time() - start)
    assert seconds[1] < 40 * max(seconds[0], 0.01)


@pytest.mark.parametrize(
    "lay_out",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text + "\n",
        lambda text: text + "\r\n\r\n\n",
        lambda text: "\n\n" + text,
        lambda text: text.replace("\n\n", "\n\n\n\n"),
        lambda text: text.replace("\n\n", "\n \t \n"),
        lambda text: text.replace("\n\n", f"\n{NBSP}\n"),
        lambda text: text.replace("\n\n", "\n\u200b\n"),
        lambda text: "\ufeff\r\n" + text.replace("\n\n", "\r\n\n\r\n") + "\r\n",
    ],
    ids=[
        "CRLF", "mark", "newline", "newlines", "above", "doubled", "blanks", "nbsp", "zwsp", "all",
    ],
)  # fmt: skip
def test_lines_may_be_laid_out_in_other_ways(lay_out):
    sample = make_page()
    page = read(lay_out(sample.text()))
    assert page.text() == sample.text()
    assert page.appeal is not None
    assert page.pitch is not None


@pytest.mark.parametrize(
    "excerpt",
    [
        f"{NBSP}{NBSP}{SENTENCE}{NBSP}",
        f"{SENTENCE}  Two blanks.{THIN}A thin one.\u3000A wide one.",
        f" {SENTENCE} ",
        f"{SENTENCE} He said: “It is not over. The U.S. $ 9 thousand are gone",
        f"\"Straight\" and “curly”, ‘single’ and 'plain'. {SENTENCE}",
        f"{SENTENCE} 2.4. thousand, harbour\u00adwall.",
        f"{SENTENCE}\x85{SENTENCE}\u2028{SENTENCE}",
        f"{SENTENCE}\nA second line of the same paragraph.",
        f"{SENTENCE}\t{SENTENCE}\ufeff",
        "e\u0301 and \u00e9, \ufb01 and fi, ½ and 1/2: nothing is normalised here.",
        f"<p>{SENTENCE}</p> &amp; &nbsp;",
        "\U0001f6a2 " + SENTENCE,
        "항구가 다시 열렸고, 배들은 봄이 오기 전에 모두 돌아왔다. 마을 사람들은 밤새 노래했다.",
        "港口重新开放，船只在春天之前全部归来。村民们整夜歌唱，直到潮水退去，灯塔熄灭。",
        "أعيد فتح الميناء وعادت القوارب كلها قبل الربيع، وغنّى أهل القرية طوال الليل.",
    ],
)
def test_every_character_of_an_excerpt_is_kept(excerpt):
    sample = with_excerpt(excerpt)
    page = read(sample)
    assert page.articles[3].excerpt == excerpt
    assert page.text() == sample.text()
    assert read(sample.text().replace("\n", "\r\n")).articles[3].excerpt == excerpt


@pytest.mark.parametrize(
    "headline",
    [
        "Who Pays?",
        "Now!",
        "The Case For The E.U.",
        "“Not In Our Name”",
        f"{NBSP}North{THIN}–{THIN}South{NBSP}",
        "  Boats".replace("  ", " "),
        "5 Boats, 3 Wells & 1 Mill",
        "항구 다시 열다",
        "港口开放",
        "W" * 199,
    ],
)
def test_every_character_of_a_headline_is_kept(headline):
    sample = with_excerpt(SENTENCE * 3, headline=headline)
    page = read(sample)
    assert page.articles[3].headline == headline
    assert page.text() == sample.text()


def test_short_excerpts_in_between_are_excerpts():
    page = read(with_excerpt("Watch the film"))
    assert page.articles[3].excerpt == "Watch the film"
    assert len(page.articles) == 15


def test_openings_are_recognised_and_stay():
    excerpt = f'May 4, 2019 "The Tidewater Gazette" -{NBSP}{NBSP} PORT ELDING — {SENTENCE}'
    article = read(with_excerpt(excerpt)).articles[3]
    assert article.excerpt == excerpt
    assert article.published_on == date(2019, 5, 4)
    assert article.source_name == "The Tidewater Gazette"
    assert article.dateline == "PORT ELDING"


def test_nothing_is_recognised_where_nothing_is_stated():
    page = read(make_page(articles=400))
    assert all(not one.dateline and not one.source_name for one in page.articles)
    assert all(one.published_on is None for one in page.articles)


@pytest.mark.parametrize(
    "lead_in",
    [
        (),
        ("Skip to main content",),
        ("Zum Inhalt springen",),
        ("본문 바로가기",),
        ("Skip to content", "Menu", "The Tidewater Gazette", "Home", "Contact"),
        ("The Tidewater Gazette",),
    ],
)
def test_other_lines_above_the_topic(lead_in):
    sample = make_page(lead_in=lead_in)
    page = read(sample)
    assert page.lead_in == lead_in
    assert page.topic_name == "North Coast"
    assert page.text() == sample.text()


def test_an_appeal_is_known_by_its_structure_in_any_language():
    page = read(make_page(foot=FOREIGN_FOOT))
    assert page.appeal is not None
    assert page.pitch is not None
    assert len(page.articles) == 15
    assert (*page.appeal.blocks(), *page.pitch.blocks()) == FOREIGN_FOOT


@pytest.mark.parametrize(
    ("foot", "full", "compact"),
    [
        # The compact form says less, or something else.
        (("Keep Us Going", "One line.", SENTENCE, "Keep Us Going", "Donate now."), 2, 1),
        (("Support Our Work", f"Please give. {SENTENCE}", "Support Our Work", "Give."), 1, 1),
        # One form only.
        (("Donate Today", f"Your gift keeps us in print. {SENTENCE}"), 1, 0),
        (("Donate Today", "Your gift keeps us in print!", SENTENCE, "Donate now"), 2, 0),
    ],
)
@pytest.mark.parametrize("pitch", [(), (PITCH_HEADING, *PITCH)], ids=["alone", "with pitch"])
def test_other_appeals(foot, full, compact, pitch):
    sample = make_page(foot=(*foot, *pitch))
    page = read(sample)
    assert pairs_of(page) == list(sample.articles)
    assert page.appeal is not None
    assert (len(page.appeal.full), len(page.appeal.compact)) == (full, compact)
    assert (page.pitch is not None) == bool(pitch)
    assert page.text() == sample.text()


@pytest.mark.parametrize(
    ("foot", "unplaced"),
    [
        (("Older posts",), 1),
        (("← Older posts", "© 2019 The Tidewater Gazette", "Privacy Policy"), 3),
        (("Boats", "Wells", "Mills", "Letters"), 4),
        (("More From Here", *FOOT, "Privacy Policy", "Follow us"), 3),
        (("More From Here", "Go On", "One line.", SENTENCE, "Go On", "Another."), 1),
        ((*APPEAL, "About Us", SENTENCE, PITCH_HEADING, *PITCH), 2),
        ((PITCH_HEADING, *PITCH, "Enter your email address", "Subscribe"), 2),
    ],
)
def test_what_is_neither_is_set_aside(foot, unplaced):
    sample = make_page(foot=foot)
    page = read(sample)
    assert pairs_of(page) == list(sample.articles)
    assert len(page.unplaced) == unplaced
    assert page.text() == sample.text()


def test_a_pitch_alone_is_known_by_its_words():
    page = read(make_page(foot=(PITCH_HEADING, *PITCH)))
    assert page.pitch is not None
    assert page.appeal is None
    assert len(page.articles) == 15


def test_a_short_pitch_that_ends_no_sentence_is_not_trusted():
    page = read(make_page(foot=(*APPEAL, PITCH_HEADING, "Leave us your address for the")))
    assert page.pitch is None
    assert len(page.unplaced) == 2
    assert page.appeal is not None


def test_articles_about_money_and_mail_stay_articles():
    about = (
        (
            "Fundraising Campaign For Ferry Crews Breaks Record",
            f"Donations came by sea. {SENTENCE}",
        ),
        ("Newsletter Readers Name A Boat", f"The e-mail came at night. {SENTENCE}"),
    )
    page = make_page(foot=())
    sample = replace(page, articles=(*page.articles, *about))
    assert pairs_of(read(sample)) == list(sample.articles)


def test_an_article_may_bear_the_headline_of_the_appeal():
    page = make_page()
    sample = replace(page, articles=(*page.articles, (APPEAL_HEADING, make_excerpt(99))))
    result = read(sample)
    assert pairs_of(result) == list(sample.articles)
    assert result.appeal is not None
    assert result.foot == FOOT


@pytest.mark.parametrize("foot", [(), FOOT], ids=["bare", "with foot"])
@pytest.mark.parametrize("distance", [1, 2, 4])
def test_articles_of_one_headline_are_parted(foot, distance):
    page = make_page(foot=foot)
    pairs = list(page.articles)
    pairs[-1 - distance] = (pairs[-1][0], make_excerpt(77))
    sample = replace(page, articles=tuple(pairs))
    articles = read(sample).articles
    assert [(one.headline, one.excerpt) for one in articles] == pairs
    assert articles[-1].remote_id == articles[-1].headline_key
    assert articles[-1].headline_key == articles[-1 - distance].headline_key
    assert len({one.remote_id for one in articles}) == 15


@pytest.mark.parametrize("foot", [(), FOOT], ids=["bare", "with foot"])
def test_an_article_listed_again_is_kept_again(foot):
    page = make_page(foot=foot)
    again = (page.articles[-1], page.articles[0], page.articles[0])
    sample = replace(page, articles=(*page.articles, *again))
    result = read(sample)
    assert pairs_of(result) == list(sample.articles)
    assert len({one.remote_id for one in result.articles}) == 18


def test_keys_stand_for_words_not_for_their_dress():
    plain = read(with_excerpt(SENTENCE, headline="Café Opens")).articles[3]
    dressed = read(
        with_excerpt(SENTENCE.replace(" ", f"{NBSP} "), headline="CAFE\u0301  OPENS")
    ).articles[3]
    assert plain.remote_id == dressed.remote_id
    assert plain.excerpt_key == dressed.excerpt_key
    other = read(with_excerpt(SENTENCE, headline="Café Open")).articles[3]
    assert other.remote_id != plain.remote_id
    assert other.excerpt_key == plain.excerpt_key
