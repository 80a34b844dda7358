"""Writes to many articles at once: each is done wholly or not at all, and logged by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, ProtectedError
from wagtail.locks import BasicLock, ScheduledForPublishLock
from wagtail.log_actions import LogContext, log
from wagtail.models import RevisionMixin

from handpress.newsroom.models import Article, ArticleTopic, Topic

logger = logging.getLogger(__name__)

_BOOKKEEPING = {"latest_revision", "live_revision", "locked_by", "uuid", "path"}

MOST = 1000
"""How many rows may be chosen for one action."""


class Refused(Exception):
    """Says in words why a row was left as it was."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the rows that were chosen. ``refused``: name and reason of each."""

    done: int
    unchanged: int
    refused: tuple[tuple[str, str], ...]


class Filing(StrEnum):
    """What to do with the topics that were chosen."""

    ADD = "add"
    REMOVE = "remove"
    SET = "set"


Act = Callable[[Any, Any], bool]
"""Takes a row and a user; returns whether anything had to be changed."""


def apply_to_each(model: type[Model], ids: Iterable[int], act: Act, user: Any) -> Outcome:
    """Do something to each row, in a transaction of its own; go on where one refuses.

    Rows are read anew and locked, so that none is changed as it was when it was chosen.
    """
    done = unchanged = 0
    refused: list[tuple[str, str]] = []
    for pk in ids:
        # A log entry of its own: Wagtail shows but one of those that share a context.
        with LogContext(user=user):
            name, reason, is_changed = _attempt(model, pk, act, user)
        if reason:
            refused.append((name, reason))
        elif is_changed:
            done += 1
        else:
            unchanged += 1
    return Outcome(done, unchanged, tuple(refused))


def _attempt(model: type[Model], pk: int, act: Act, user: Any) -> tuple[str, str, bool]:
    """Return the row's name, why it was refused (or nothing), and whether it was changed."""
    name = f"{model._meta.verbose_name} {pk}"
    try:
        with transaction.atomic():
            row = model._default_manager.select_for_update().filter(pk=pk).first()
            if row is None:
                return name, "somebody has deleted it meanwhile", False
            name = str(row)
            return name, "", act(row, user)
    except Refused as refusal:
        return name, str(refusal), False
    except ValidationError as error:
        return name, " ".join(error.messages), False
    except ProtectedError:
        return name, "something else still refers to it", False
    except Exception:
        logger.exception("bulk_action_failed", extra={"row": pk})
        return name, "something went wrong; the log on the server says what", False


def publish_article(article: Article, user: Any) -> bool:
    """Publish the newest draft, as the form's button does; its schedule holds, if it has one."""
    refuse_locked(article, user)
    if article.live and not article.has_unpublished_changes:
        return False
    revision = article.get_latest_revision()
    if revision is None:
        revision = article.save_revision(user=user)
    # The database itself holds the constraints; asking it beforehand costs a query for each.
    revision.as_object().full_clean(exclude=_BOOKKEEPING, validate_constraints=False)
    revision.publish(user=user, skip_permission_checks=True)
    return True


def take_down_article(article: Article, user: Any) -> bool:
    """Unpublish; its text, history and address are kept."""
    refuse_locked(article, user)
    if not article.live:
        return False
    from wagtail.actions.unpublish import UnpublishAction

    UnpublishAction(article, user=user).execute(skip_permission_checks=True)
    return True


def delete_row(row: Model, user: Any) -> bool:
    """Delete a row of the newsroom; where it was public, its address says that it is gone."""
    refuse_locked(row, user)
    log(instance=row, action="wagtail.delete", user=user, deleted=True)
    row.delete()
    return True


def refile(article: Article, user: Any, *, how: Filing, topics: Sequence[Topic]) -> bool:
    """Change an article's topics: what is public at once, and its draft in the same way.

    Makes a revision, so that it can be compared and taken back. Among several, the first of
    ``topics`` comes first where they are new.
    """
    refuse_locked(article, user)
    draft = article.get_latest_revision_as_object()
    is_draft = article.has_unpublished_changes
    changed = _file(article, how, topics)
    changed_draft = _file(draft, how, topics) if is_draft else changed
    if changed:
        article.article_topics.commit()
    if not (changed or changed_draft):
        return False
    source = draft if is_draft else article
    revision = source.save_revision(user=user, changed=is_draft, clean=False)
    if article.live and not is_draft:
        Article.objects.filter(pk=article.pk).update(live_revision=revision)
    names = [topic.name for topic in topics]
    log(
        instance=article,
        action="newsroom.topics",
        user=user,
        revision=revision,
        data={"how": how.value, "topics": names},
        content_changed=True,
    )
    return True


def refuse_locked(row: Model, user: Any) -> None:
    """Raise `Refused` where a lock keeps this user from changing a row."""
    lock = row.get_lock() if hasattr(row, "get_lock") else None
    if lock is None or not lock.for_user(user):
        return
    if isinstance(lock, BasicLock):
        holder = row.locked_by or "somebody"  # type: ignore[attr-defined]
        raise Refused(f"it is locked by {holder}")
    if isinstance(lock, ScheduledForPublishLock):
        raise Refused("it is scheduled; cancel its schedule first")
    raise Refused("it is under review by others")


def _file(article: Article, how: Filing, topics: Sequence[Topic]) -> bool:
    """Give an article in hand its new topics; return whether they differ from the former."""
    rows = {row.topic_id: row for row in article.article_topics.all()}
    former, given = list(rows), [topic.pk for topic in topics]
    if how is Filing.SET:
        wanted = given
    elif how is Filing.ADD:
        wanted = former + [pk for pk in given if pk not in rows]
    else:
        wanted = [pk for pk in former if pk not in given]
    if wanted == former:
        return False
    kept = [rows.get(pk) or ArticleTopic(topic_id=pk) for pk in wanted]
    for place, row in enumerate(kept):
        row.sort_order = place
    article.article_topics.set(kept)
    return True


def has_history(model: type[Model]) -> bool:
    """Say whether rows of a model keep revisions, which go when they are deleted."""
    return issubclass(model, RevisionMixin)
