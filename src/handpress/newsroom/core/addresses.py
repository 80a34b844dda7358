"""Where an article lives in the site. Pure rules."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

UNKNOWN = "unknown"
DAY = "day"
EXACT = "exact"
CARDS_PER_PAGE = 15
"""How many articles one page of a listing holds."""


def article_path(
    slug: str, published_at: datetime | None, zone: tzinfo, precision: str = EXACT
) -> str:
    """Return the file of an article: ``2019/11/slug.html``, or ``articles/slug.html`` undated.

    Year and month are those of the newsroom's own calendar (``zone``), or of the stated day.
    """
    if published_at is None:
        return f"articles/{slug}.html"
    local = published_at.astimezone(UTC if precision == DAY else zone)
    return f"{local.year:04d}/{local.month:02d}/{slug}.html"


_EAST, _WEST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))


def stands_well(path: str, slug: str, published_at: datetime | None, precision: str) -> bool:
    """Say whether a path is right for an article in some time zone on Earth.

    What has been given out stays where it is when the newsroom takes another zone.
    """
    if published_at is None or precision != EXACT:
        return False
    try:
        return path in {article_path(slug, published_at, zone) for zone in (_EAST, _WEST)}
    except OverflowError:
        # The first and the last day that a date can name.
        return False


def noon_of_day(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return how a bare day is kept: as its noon in UTC, the same wherever the newsroom moves.

    A moment that is noon in UTC already stands for its day, so saving twice changes nothing.
    """
    utc = moment.astimezone(UTC)
    if utc.timetz() == time(12, tzinfo=UTC):
        return utc
    return datetime.combine(moment.astimezone(zone).date(), time(12), UTC)


RESERVED_PAGES = frozenset(
    "404 accounts archive article articles assets contributors desk desk-static digest donate "
    "favicon feed images index media robots search sitemap sources static subscribe topics".split()
)
"""Names at the root of the site that are not a plain page's: its own files, and its folders, which
answer to their name without a slash too."""


def page_path(slug: str) -> str:
    """Return the file of a plain page."""
    return f"{slug}.html"


def topic_path(slug: str) -> str:
    """Return the head page of a topic."""
    return f"topics/{slug}/index.html"


def topic_page_path(slug: str, number: int) -> str:
    """Return a numbered page of a topic; page 1 holds the oldest articles."""
    return f"topics/{slug}/{number}.html"


def microseconds(moment: datetime) -> int:
    """Return a moment as whole microseconds since 1970-01-01 UTC, without rounding."""
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * 1_000_000 + moment.microsecond
