"""An edition's mail as the desk shows it, and tests of it."""

from __future__ import annotations

from uuid import UUID

from handpress.digest import editions
from handpress.digest.message import leaving_fields, mail_root, parts_of
from handpress.digest.models import Edition
from handpress.mail.letters import write_letter

# Nobody's: the links of a preview lead to a page that says so.
_NOBODY = UUID(int=0)
_DARK = "(prefers-color-scheme: dark)"


def preview_html(edition: Edition, choice_id: int | None, language: str, *, is_dark: bool) -> str:
    """Return the HTML part as on a light or a dark screen, whatever the desk's own is.

    Its pictures come from here: the site may not be at its address yet, or not reachable.
    """
    _, _, html = _parts(edition, choice_id, language)
    shown = html.replace(_DARK, "all" if is_dark else "not all")
    return shown.replace(f'src="{mail_root()}', 'src="/').replace("<head>", _HEAD, 1)


_HEAD = '<head><base target="_blank">'


def preview_text(edition: Edition, choice_id: int | None, language: str) -> str:
    """Return the text part."""
    return _parts(edition, choice_id, language)[1]


def _values(edition: Edition) -> dict[str, str]:
    return editions.slots(edition.pk, 0, _NOBODY, "reader@example.org")


def _parts(edition: Edition, choice_id: int | None, language: str) -> tuple[str, str, str]:
    topics = editions.topics_of(choice_id)
    subject, text, html = parts_of(edition, editions.contents_of(edition), topics, language)
    values = _values(edition)
    return subject, editions.filled(text, values), editions.filled(html, values)


def write_test(edition: Edition, address: str) -> None:
    """Send the edition, as it is now, to one address; the subject says that it is a test.

    It has the button that unsubscribes, which is nobody's, so that what is done to it on its way is
    seen as it is on editions.
    """
    subject, text, html = _parts(edition, None, "")
    values = _values(edition)
    write_letter(
        to=address,
        subject=f"[Test] {subject}",
        text=text,
        html=html,
        kind="test of an edition",
        headers=dict(leaving_fields(values["unsubscribe_url"], values["unsubscribe_mailto"])),
        deadline_s=3600,
    )
