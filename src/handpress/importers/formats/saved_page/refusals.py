"""What the reader says when it refuses a file: what was found, and what to do about it."""

import shlex

_SAVE_AGAIN = "Save the page again as plain text, whole, and import the new file."
_AS_TEXT = "Open the page in a browser, save or copy it as plain text (UTF-8), and import that."
_LOOKS_LIKE = (
    "A saved topic page is the topic's name, then a headline and its excerpt for each article, "
    "with a blank line after every one of them."
)


class Refusal(Exception):
    """Why a file is refused, before it is known by which name to call the file."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason, remedy)
        self.reason = reason
        self.remedy = remedy


def quote(text: str) -> str:
    """Quote the beginning of a text, as the person who saved the page would find it."""
    words = " ".join(text[:200].split())
    return f"“{words}”" if len(words) <= 60 else f"“{words[:57].rstrip()}…”"


def empty() -> Refusal:
    """Nothing but white space."""
    return Refusal("The file is empty.", _SAVE_AGAIN)


def too_large(size_bytes: int, limit_bytes: int) -> Refusal:
    """Larger than any topic page."""
    size, limit = size_bytes // 2**20, limit_bytes // 2**20
    return Refusal(
        f"The file has {size} MB; a saved topic page of more than {limit} MB is not read.",
        "Check that it is the right file.",
    )


def binary(what: str) -> Refusal:
    """Not text at all."""
    return Refusal(f"The file is not plain text; it seems to be {what}.", _AS_TEXT)


def control_character(code: int, line: int) -> Refusal:
    """A character that no text file holds."""
    return Refusal(
        f"The file is not plain text: line {line} holds the control character U+{code:04X}.",
        _AS_TEXT,
    )


def other_encoding(described: str, iconv_name: str, name: str) -> Refusal:
    """Text, but not UTF-8, in an encoding that can be named."""
    source, target = shlex.quote(name), shlex.quote(f"{name}.utf8.txt")
    return Refusal(
        f"The text is not UTF-8; it seems to be {described}.",
        "Open it in a text editor, save it as UTF-8, and import it again; or convert it with "
        f"`iconv -f {iconv_name} -t UTF-8 {source} > {target}`.",
    )


def unknown_encoding() -> Refusal:
    """Text, perhaps, but not UTF-8."""
    return Refusal(
        "The text is not UTF-8; it seems to be in an older encoding, or not to be text.",
        "Open it in a text editor in its right encoding, save it as UTF-8, and import it again.",
    )


def damaged_utf8(byte: int, line: int) -> Refusal:
    """UTF-8 with bytes that cannot be."""
    return Refusal(
        f"The text is UTF-8 but damaged: byte {byte + 1}, in line {line}, belongs to no character.",
        _SAVE_AGAIN,
    )


def carriage_returns(line: int) -> Refusal:
    """Line ends of a long gone system, or a broken conversion."""
    return Refusal(
        f"Line {line} ends with, or holds, a carriage return (CR) without a line feed (LF).",
        "Open the file in a text editor, save it with LF or CRLF line ends, and import it again.",
    )


def page_source(language: str) -> Refusal:
    """The page's source instead of its text."""
    return Refusal(f"The file holds {language} instead of the text that a reader sees.", _AS_TEXT)


def cut_inside_character() -> Refusal:
    """UTF-8 that stops inside a character."""
    return Refusal("The file is cut off: it stops in the middle of a character.", _SAVE_AGAIN)


def cut_inside_text(line: int, text: str) -> Refusal:
    """The last paragraph ends without ending its sentence."""
    return Refusal(
        f"The file seems to be cut off: its last paragraph ({quote(text)}, line {line}) stops in "
        "the middle of a sentence.",
        f"{_SAVE_AGAIN} If this is all of the text, end it with three dots.",
    )


def headline_without_excerpt(line: int, text: str) -> Refusal:
    """The file ends on a headline."""
    return Refusal(
        f"The file seems to be cut off: no excerpt follows the last headline, {quote(text)} "
        f"(line {line}).",
        _SAVE_AGAIN,
    )


def cut_inside_foot(line: int, text: str) -> Refusal:
    """The file stops inside the appeal or the pitch."""
    return Refusal(
        f"The file seems to be cut off: it stops inside the foot of the page, at {quote(text)} "
        f"(line {line}).",
        _SAVE_AGAIN,
    )


def foot_missing(pages: int, heading: str) -> Refusal:
    """The other pages of the archive go on where this one stops."""
    return Refusal(
        f"The file seems to be cut off: {pages} other pages begin as it does and end with "
        f"{quote(heading)} and what follows, but this one stops before that.",
        f"{_SAVE_AGAIN} If the page is whole, import it on its own.",
    )


def no_blank_lines() -> Refusal:
    """One block of lines: a table, a log, a list."""
    return Refusal(
        "The file is not a saved topic page: there is no blank line between its paragraphs.",
        _LOOKS_LIKE,
    )


def no_articles() -> Refusal:
    """Text without the anatomy of the page."""
    return Refusal(
        "The file is not a saved topic page: it does not begin with a topic, then headline and "
        "excerpt in turn.",
        _LOOKS_LIKE,
    )


def only_foot() -> Refusal:
    """A page without a single article."""
    return Refusal(
        "The page holds no article: right after the topic comes the foot of the page.",
        _SAVE_AGAIN,
    )


def pattern_broken(line: int, text: str, article: int) -> Refusal:
    """Alternation ends where it should not."""
    return Refusal(
        f"The pattern of headline and excerpt breaks after article {article}: line {line} "
        f"({quote(text)}) should be a headline, but does not read like one.",
        "If the file is a saved topic page, a headline or an excerpt is missing near that line, "
        "or an excerpt has more than one paragraph: mend it there and import it again.",
    )
