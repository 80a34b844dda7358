"""A receipt as PDF/UA-1 (ISO 14289-1): tagged, with title and language, fonts inside.

Typst's own fonts hold Latin, Greek and Cyrillic; for other scripts it takes what the machine has.
Text that no font can show is refused rather than printed as empty boxes.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import typst

from handpress.donations.core.receipt_words import Paper, colon_of
from handpress.lib.languages import direction_of

logger = logging.getLogger(__name__)

_TEMPLATE = Path(__file__).parent / "papers" / "receipt.typ"
_FIRST = ("Libertinus Serif",)
# In the order in which a letter looks for its font; a machine has some of these, or none.
_BEHIND = (
    "Noto Naskh Arabic",
    "Noto Sans Arabic",
    "Noto Serif Hebrew",
    "Noto Sans Hebrew",
    "DejaVu Sans",
    "Noto Serif",
    "Noto Sans",
)
_HAN = {
    "ko": ("Noto Serif CJK KR", "Noto Sans CJK KR", "NanumMyeongjo", "NanumGothic", "UnBatang"),
    "ja": ("Noto Serif CJK JP", "Noto Sans CJK JP", "IPAMincho", "IPAGothic"),
    "zh": ("Noto Serif CJK SC", "Noto Sans CJK SC", "Noto Serif CJK TC", "Noto Sans CJK TC"),
}
_LETTER_SIZE = frozenset({"US", "CA", "MX", "PH", "CL", "CO", "VE", "GT", "CR", "PA", "DO", "PR"})
_NO_FONT = "could not be displayed"
_lock = threading.Lock()


class NoPdf(RuntimeError):
    """There is no PDF of this receipt; its text stands alone."""


class NoFont(NoPdf):
    """No font on this machine holds some of its letters."""


@dataclass(frozen=True, slots=True)
class _Setting:
    compiler: typst.Compiler
    families: frozenset[str]


@lru_cache(maxsize=2)
def _setting(*, own_fonts_only: bool) -> _Setting:
    """Look for fonts once in a process; some tenths of a second."""
    fonts = typst.Fonts(include_system_fonts=not own_fonts_only)
    compiler = typst.Compiler(font_paths=fonts, root=_TEMPLATE.parent)
    return _Setting(compiler, frozenset(fonts.families()))


def pdf_of(paper: Paper, issued_at: datetime, *, own_fonts_only: bool = False) -> bytes:
    """Return a receipt as PDF; the same paper is the same bytes.

    Raises `NoFont` where letters cannot be shown, `NoPdf` where it cannot be made; neither message
    names anybody.
    """
    setting = _setting(own_fonts_only=own_fonts_only)
    inputs = {
        "paper": json.dumps(_values(paper), ensure_ascii=False),
        "fonts": json.dumps(_fonts(paper.language, setting.families)),
    }
    try:
        with _lock:
            made, _ = setting.compiler.compile_with_warnings(
                input=_TEMPLATE.read_bytes(),
                format="pdf",
                sys_inputs=inputs,
                pdf_standards=["ua-1"],
                timestamp=int(issued_at.astimezone(UTC).timestamp()),
            )
    except typst.TypstError as error:
        # What it says holds words of the receipt: it goes into no log.
        if _NO_FONT in str(error.message):
            raise NoFont from None
        raise NoPdf from None
    except BaseException as error:
        # A fault inside Typst itself is no Exception, and would end the thread for all receipts.
        if type(error).__name__ != "PanicException":
            raise
        raise NoPdf from None
    if not isinstance(made, bytes):
        raise NoPdf
    return made


def _values(paper: Paper) -> dict[str, object]:
    language, region = _tag(paper.language)
    return {
        **paper.as_json(),
        "lang": language,
        "region": region,
        "colon": colon_of(paper.language),
        "rtl": direction_of(paper.language) == "rtl",
        "sheet": "us-letter" if region in _LETTER_SIZE else "a4",
    }


def _tag(tag: str) -> tuple[str, str | None]:
    """Return language and region of a tag as Typst takes them."""
    language, *rest = tag.split("-")
    region = next((part.upper() for part in rest if re.fullmatch("[A-Za-z]{2}", part)), None)
    return language.lower(), region


def _fonts(language: str, families: frozenset[str]) -> list[str]:
    """Return families in the order in which they are tried, all of which are there."""
    own = _HAN.get(language.partition("-")[0], ())
    others = (name for names in _HAN.values() for name in names)
    wanted = dict.fromkeys((*_FIRST, *own, *_BEHIND, *others))
    rest = sorted(families.difference(wanted), key=lambda name: ("Mono" in name, name))
    found = [name for name in (*wanted, *rest) if name in families]
    # Fonts for formulas have letters of other scripts, and do not know how to join them.
    return [name for name in found if "Math" not in name]
