"""One message for every way out, with what has gone wrong on the way before."""

from __future__ import annotations

from factories.companies import READER
from handpress.mail.core.headers import mailbox, unstructured
from handpress.mail.core.wire import compile_message

BOUNCES = "b-1-2-x@bounces.example.org"
TEXT = ".A dot at the start.\n..Two.\nGrüße, 안녕\n" + "long " * 300
HTML = "<p>.Grüße</p>"
MESSAGE = compile_message(
    headers=[
        ("From", mailbox("Harbour Lantern", "digest@example.org")),
        ("To", READER),
        ("Subject", unstructured("Grüße aus dem Hafen")),
        ("Date", "Thu, 26 Nov 2026 12:00:00 +0000"),
        ("Message-ID", "<d-1-2@example.org>"),
        ("Reply-To", "desk@example.org"),
        ("List-Unsubscribe", "<https://example.org/-/unsubscribe/AAAA>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ],
    text=TEXT,
    html=HTML,
).build({})


async def yes() -> bool:
    """Say that a message may go."""
    return True
