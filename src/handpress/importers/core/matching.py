"""Which incoming articles are new, and which are ones that were imported before."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from handpress.importers.core.incoming import IncomingArticle, words_key
from handpress.lib.text import fold

_SHINGLE = 8
_ENOUGH_IN_COMMON = 0.2


class MatchKind(StrEnum):
    """How an incoming article relates to what is known."""

    NEW = "new"
    SAME = "same"
    """The words of a known article; only case or white space may differ."""
    EDITED = "edited"
    """A known headline with another excerpt."""
    RETITLED = "retitled"
    """A known excerpt under another headline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownArticle:
    """An article that was imported before, with the words it had at its last import."""

    id: int
    remote_id: str
    headline_key: str
    excerpt_key: str
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What one incoming article is, and the remote id under which it is, or is to be, stored."""

    article: IncomingArticle
    kind: MatchKind
    known_id: int | None
    remote_id: str


def match_articles(
    incoming: Sequence[IncomingArticle], known: Iterable[KnownArticle]
) -> list[Match]:
    """Find for each article of one page, in its order, the known one that it is, if any.

    ``known`` holds at least every known article that shares a remote id, headline key or excerpt
    key with an incoming one. Equal words match first. A headline alone matches where the page and
    ``known`` have it once each and the excerpts share words: a column that bears one headline
    every week is a new piece every week. An excerpt alone matches where both have it once. No
    known article is given away twice, and no two articles get one remote id. Linear time.
    """
    candidates = list(known)
    found = _match_words(incoming, candidates)
    _match_lone(incoming, candidates, found, MatchKind.EDITED, lambda one: one.headline_key)
    _match_lone(incoming, candidates, found, MatchKind.RETITLED, lambda one: one.excerpt_key)
    taken = {one.remote_id for one in candidates}
    matches = []
    for i, article in enumerate(incoming):
        if i in found:
            kind, one = found[i]
            match = Match(article=article, kind=kind, known_id=one.id, remote_id=one.remote_id)
        else:
            remote_id = _free_id(article, taken)
            match = Match(article=article, kind=MatchKind.NEW, known_id=None, remote_id=remote_id)
        taken.add(match.remote_id)
        matches.append(match)
    return matches


def _match_words(
    incoming: Sequence[IncomingArticle], known: Sequence[KnownArticle]
) -> dict[int, tuple[MatchKind, KnownArticle]]:
    """Match equal words; where several have them, those of one remote id go together first."""
    by_words: dict[tuple[str, str], dict[str, KnownArticle]] = defaultdict(dict)
    for one in known:
        by_words[one.headline_key, one.excerpt_key][one.remote_id] = one
    found: dict[int, tuple[MatchKind, KnownArticle]] = {}
    for is_any_enough in (False, True):
        for i, article in enumerate(incoming):
            same = by_words.get((article.headline_key, article.excerpt_key))
            if i in found or not same or not (is_any_enough or article.remote_id in same):
                continue
            remote_id = article.remote_id if article.remote_id in same else next(iter(same))
            found[i] = (MatchKind.SAME, same.pop(remote_id))
    return found


def _match_lone(
    incoming: Sequence[IncomingArticle],
    known: Sequence[KnownArticle],
    found: dict[int, tuple[MatchKind, KnownArticle]],
    kind: MatchKind,
    key_of: Callable[[IncomingArticle | KnownArticle], str],
) -> None:
    given = {one.id for _, one in found.values()}
    on_page = Counter(map(key_of, incoming))
    in_archive = Counter(map(key_of, known))
    by_key = {key_of(one): one for one in known if one.id not in given}
    for i, article in enumerate(incoming):
        key = key_of(article)
        one = by_key.get(key)
        if i in found or one is None or on_page[key] > 1 or in_archive[key] > 1:
            continue
        if kind is MatchKind.RETITLED or _share_words(article.excerpt, one.excerpt):
            found[i] = (kind, one)


def _share_words(text: str, other: str) -> bool:
    """Tell whether a fair part of the shorter text stands in the longer one, in any script."""
    shorter, longer = sorted((_shingle(text), _shingle(other)), key=len)
    return len(shorter & longer) >= _ENOUGH_IN_COMMON * len(shorter)


def _shingle(text: str) -> set[str]:
    folded = fold(text)
    return {folded[i : i + _SHINGLE] for i in range(max(1, len(folded) - _SHINGLE + 1))}


def _free_id(article: IncomingArticle, taken: set[str]) -> str:
    remote_id = article.remote_id
    number = 1
    while remote_id in taken:
        remote_id = words_key(article.headline, article.excerpt, str(number))
        number += 1
    return remote_id
