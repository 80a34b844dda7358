"""Editions on the web."""

from __future__ import annotations

from datetime import timedelta

from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digest.conftest import Newsdesk
from handpress.digest.arranging import arrange_edition
from handpress.digest.editions import compose_edition, contents_of, freeze
from handpress.digest.models import Edition, Frequency
from handpress.press.registry import registry

ITS_PAGES = {
    "digest/index.html",
    "digest/2026.html",
    "digest/2026-11-26.html",
    "sitemap-0.xml",
}


def send(desk: Newsdesk, frequency: int = Frequency.DAILY) -> Edition:
    edition = compose_edition(frequency, desk.slot(frequency), desk.now)
    assert edition
    frozen = freeze(edition.pk, desk.now)
    assert frozen
    return frozen


def publish(desk: Newsdesk, name: str = "Story") -> None:
    for number in (1, 2, 3):
        desk.article(f"{name} {number}", "Water", ago=timedelta(hours=number))


def test_an_edition_is_printed_when_it_goes_and_not_before(newsdesk: Newsdesk) -> None:
    paper = newsdesk.paper
    publish(newsdesk)
    paper.print()
    assert "No edition has been sent yet" in paper.read("digest/index.html")
    edition = compose_edition(Frequency.DAILY, newsdesk.slot(), newsdesk.now)
    assert edition
    arrange_edition(
        edition.pk,
        order=[each.uuid for each in contents_of(edition).pieces][:2],
        subject="This morning",
        note="Dear <readers>",
    )
    assert paper.print() == set()
    freeze(edition.pk, newsdesk.now)
    assert paper.print() == ITS_PAGES
    page = BeautifulSoup(paper.read("digest/2026-11-26.html"), "html.parser")
    assert page.h1
    assert page.h1.text == "The daily digest, November 26, 2026"
    assert [h.text.strip() for h in page.select("article .p-name")] == ["Story 1", "Story 2"]
    assert "Dear <readers>" in page.text
    assert not page.select("main [style], main script, main img")
    links = {str(a["href"]) for a in page.select("main a")}
    assert all(link.startswith("../") for link in links), "they lead anywhere the site lives"
    assert "This morning" in paper.read("digest/index.html")


def test_what_went_out_stays_as_it_went(newsdesk: Newsdesk) -> None:
    from handpress.newsroom.models import Article

    publish(newsdesk)
    send(newsdesk)
    newsdesk.paper.print()
    article = Article.objects.get(headline="Story 1")
    article.headline = "Mended"
    article.save()
    assert not ITS_PAGES & newsdesk.paper.print()


def test_a_new_edition_changes_its_own_page_two_lists_and_a_sitemap(newsdesk: Newsdesk) -> None:
    publish(newsdesk)
    send(newsdesk)
    newsdesk.paper.print()
    newsdesk.now += timedelta(days=1)
    publish(newsdesk, "Next")
    newsdesk.paper.print()
    send(newsdesk)
    assert newsdesk.paper.print() == {
        "digest/index.html",
        "digest/2026.html",
        "digest/2026-11-27.html",
        "sitemap-0.xml",
    }


def test_a_weekly_edition_stands_beside_the_daily_one_of_its_day(newsdesk: Newsdesk) -> None:
    publish(newsdesk)
    send(newsdesk)
    send(newsdesk, Frequency.WEEKLY)
    newsdesk.paper.print()
    shown = newsdesk.paper.read("digest/index.html")
    assert 'href="../digest/2026-11-26.html"' in shown
    assert 'href="../digest/2026-11-26-weekly.html"' in shown
    assert "The weekly digest" in newsdesk.paper.read("digest/2026-11-26-weekly.html")


def test_a_full_press_prints_the_same(newsdesk: Newsdesk) -> None:
    publish(newsdesk)
    send(newsdesk)
    newsdesk.paper.print()
    assert newsdesk.paper.print(everything=True) == set()


def test_the_pages_of_any_number_of_editions_take_the_same_queries(newsdesk: Newsdesk) -> None:
    counts = []
    for _ in range(3):
        publish(newsdesk, str(newsdesk.now))
        send(newsdesk)
        newsdesk.now += timedelta(days=1)
        with CaptureQueriesContext(connection) as queries:
            for name in ("editions", "edition", "edition-year"):
                kind = registry.kinds[name]
                keys = [key for key, _ in kind.every_key()]
                assert list(kind.load(keys))
        counts.append(len(queries))
    assert len(set(counts)) == 1
