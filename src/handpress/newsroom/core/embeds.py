"""Addresses of video, sound and posts elsewhere: whose they are, and a clean link. Pure.

Nothing is ever asked of anybody: an address is recognised by its form alone, and one that is not
is linked as it is, under the name of its host.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit, urlunsplit

_SOURCE = re.compile(
    r"""<(?:iframe|embed|video|audio|source)\b[^>]*?\bsrc\s*=\s*["']?([^"'\s>]+)""", re.I
)
_QUOTED = re.compile(r"""<a\b[^>]*?\bhref\s*=\s*["']?([^"'\s>]+)""", re.I)
_LONGEST = 2000
# What tells the host who sent a reader, and nothing else.
_TRACKING = re.compile(
    r"^(utm_.*|fbclid|gclid|igshid?|si|feature|ref_src|ref_url|_nc_.*|mc_[ce]id|context|share_.*)$"
)


@dataclass(frozen=True, slots=True)
class Facade:
    """What stands in place of somebody else's frame: a link, and the name of whose it is."""

    url: str
    provider: str


def pasted_address(text: str) -> str:
    """Return the address in what an editor pastes: itself, or that of an embed code's frame."""
    text = text.strip()[:20_000]
    if "<" not in text:
        return text
    links = _SOURCE.findall(text) or _QUOTED.findall(text)[-1:]
    address = html.unescape(links[0]) if links else ""
    return f"https:{address}" if address.startswith("//") else address


def facade_of(url: str) -> Facade | None:
    """Return link and provider of an address, or None where it is no address of the web.

    A frame's address becomes that of the page a person would open; what only tracks is dropped.
    """
    url = url.strip()
    if len(url) > _LONGEST:
        return None
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.").rstrip(".")
        parts.port  # noqa: B018  (raises where it is no number)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or parts.username is not None:
        return None
    known = _KNOWN.get(host) or _KNOWN.get(host.partition(".")[2])
    if known is None:
        return Facade(_without_tracking(url), host)
    provider, rewrite = known
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    page = rewrite(host, parts.path, query) if rewrite else ""
    return Facade(page or _without_tracking(url), provider)


def _without_tracking(url: str) -> str:
    parts = urlsplit(url)
    pairs = [pair for pair in parts.query.split("&") if pair]
    kept = [pair for pair in pairs if not _TRACKING.match(pair.partition("=")[0].lower())]
    return urlunsplit(parts._replace(query="&".join(kept)))


Query = dict[str, str]
_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_MOMENT = re.compile(r"(?:\d{1,3}h)?(?:\d{1,3}m)?\d{1,6}s?")


def _youtube(host: str, path: str, query: Query) -> str:
    parts = [part for part in path.split("/") if part]
    if host == "youtu.be":
        found = parts[0] if parts else ""
    elif parts[:1] in (["embed"], ["v"], ["live"], ["shorts"]) and len(parts) > 1:
        found = parts[1]
    else:
        found = query.get("v", "") if parts[:1] == ["watch"] else ""
    if not _VIDEO_ID.fullmatch(found) or found == "videoseries":
        return ""
    since = query.get("t") or query.get("start") or ""
    at = f"&t={since}" if _MOMENT.fullmatch(since) else ""
    return f"https://www.youtube.com/watch?v={found}{at}"


def _vimeo(host: str, path: str, query: Query) -> str:
    found = re.fullmatch(r"(?:/video)?/(\d{4,12})(?:/([0-9a-f]{8,12}))?/?", path)
    if not found:
        return ""
    unlisted = found[2] or query.get("h", "")
    secret = f"/{unlisted}" if re.fullmatch("[0-9a-f]{8,12}", unlisted) else ""
    return f"https://vimeo.com/{found[1]}{secret}"


def _dailymotion(host: str, path: str, query: Query) -> str:
    found = re.fullmatch(r"(?:/embed)?(?:/video)?/([A-Za-z0-9]{5,12})(?:_[^/]*)?/?", path)
    return f"https://www.dailymotion.com/video/{found[1]}" if found else ""


def _spotify(host: str, path: str, query: Query) -> str:
    kinds = "episode|show|track|album|playlist|artist"
    found = re.fullmatch(rf"(?:/embed)?/({kinds})/([A-Za-z0-9]{{10,30}})/?", path)
    return f"https://open.spotify.com/{found[1]}/{found[2]}" if found else ""


def _x(host: str, path: str, query: Query) -> str:
    found = re.fullmatch(r"/([A-Za-z0-9_]{1,15})/status/(\d{1,20})(?:/.*)?", path)
    return f"https://x.com/{found[1]}/status/{found[2]}" if found else ""


def _soundcloud(host: str, path: str, query: Query) -> str:
    inner = query.get("url", "") if host == "w.soundcloud.com" else ""
    return inner if re.fullmatch(r"https://soundcloud\.com/[\w/-]{1,200}", inner) else ""


_Rewrite = Callable[[str, str, Query], str]
_KNOWN: dict[str, tuple[str, _Rewrite | None]] = {
    "youtube.com": ("YouTube", _youtube),
    "youtube-nocookie.com": ("YouTube", _youtube),
    "youtu.be": ("YouTube", _youtube),
    "vimeo.com": ("Vimeo", _vimeo),
    "dailymotion.com": ("Dailymotion", _dailymotion),
    "dai.ly": ("Dailymotion", _dailymotion),
    "open.spotify.com": ("Spotify", _spotify),
    "soundcloud.com": ("SoundCloud", _soundcloud),
    "x.com": ("X", _x),
    "twitter.com": ("X", _x),
    "bsky.app": ("Bluesky", None),
    "facebook.com": ("Facebook", None),
    "instagram.com": ("Instagram", None),
    "threads.net": ("Threads", None),
    "tiktok.com": ("TikTok", None),
    "t.me": ("Telegram", None),
    "twitch.tv": ("Twitch", None),
    "archive.org": ("Internet Archive", None),
    "podcasts.apple.com": ("Apple Podcasts", None),
    "bandcamp.com": ("Bandcamp", None),
    "rumble.com": ("Rumble", None),
    "odysee.com": ("Odysee", None),
}
