"""Letters in the theme's design: some words, one thing to do, some words more."""

from __future__ import annotations

from dataclasses import dataclass

from handpress.lib.languages import direction_of
from handpress.mail.letters import write_letter
from handpress.press.site import site_facts


@dataclass(frozen=True, slots=True)
class Words:
    """A letter about one thing that one may do; paragraphs before and after its button."""

    subject: str
    before: list[str]
    button: str
    url: str
    after: list[str]


def write_words(to: str, words: Words, *, kind: str, deadline_s: int, language: str = "") -> None:
    """Have a letter sent to one address in a language; "" is the outlet's.

    See `mail.letters.write_letter` for what happens then, and what it raises.
    """
    site = site_facts()
    tongue = language or site.language
    context = {
        "letter": words,
        "lang": tongue,
        "dir": direction_of(tongue),
        "site": site.as_context(),
    }
    render = site.theme.environment.render_template
    write_letter(
        to=to,
        subject=words.subject,
        text=render("letters/letter.txt", **context),
        html=render("letters/letter.html", **context),
        kind=kind,
        language=tongue,
        deadline_s=deadline_s,
    )
