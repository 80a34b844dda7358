"""The public theme's style sheet, weight, icons and guide."""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import brotli
import pytest

import handpress
from handpress.desk.demo.content import load as load_demo
from handpress.desk.demo.values import DemoArticle
from handpress.desk.theming.samples import CAMPAIGN, ENGLISH, article, card, listing, render_page
from handpress.lib.html import SafeHtml
from handpress.press.theme import Theme, colour_rules

SHIPPED = Path(handpress.__file__).parent / "themes"
FOLDER = SHIPPED / "broadsheet"
THEME = Theme.in_folder(FOLDER, "en")
CSS = (FOLDER / "static" / "broadsheet.css").read_text()
GUIDE = Path(__file__).parents[2] / "docs" / "theme.md"
BODY_CONTRAST = 7.0


@pytest.fixture(autouse=True, params=["broadsheet", "tabloid"])
def theme(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every test is gone through with each theme that comes along."""
    name: str = request.param
    monkeypatch.setattr(f"{__name__}.THEME", Theme.in_folder(SHIPPED / name, "en"))
    css = (SHIPPED / name / "static" / f"{name}.css").read_text()
    monkeypatch.setattr(f"{__name__}.CSS", css)
    return name


def test_style_sheet_has_its_layers_and_asks_for_nothing_else() -> None:
    assert CSS.startswith("@layer reset, tokens, base, layout, components, print;")
    assert not re.search(r"@import|@font-face|url\(", CSS)


def test_style_sheet_knows_no_left_and_right() -> None:
    sides = r"(?:margin|padding|border|inset)-(?:left|right|top|bottom)|text-align: (?:left|right)"
    # But the units of figures stand one below the other in every direction: at the right.
    css = CSS.replace(".figure { text-align: right;", "")
    assert not re.search(rf"{sides}|[{{;]\s*(?:left|right|top|bottom|width|height):|float:", css)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_has_contrast(scheme: int) -> None:
    light, dark = (dict(re.findall(r"--(\w+): (#\w{6})", line)) for line in _token_lines())
    token = (light, dark)[scheme]
    for text in ("ink", "soft", "accent"):
        for ground in ("paper", "wash"):
            assert _contrast(token[text], token[ground]) >= BODY_CONTRAST, (text, ground)
    assert _contrast("#ffffff", token["button"]) >= BODY_CONTRAST
    # Browsers colour their bars like the paper.
    home = render_page(THEME, "home")
    kind = ("light", "dark")[scheme]
    assert f'media="(prefers-color-scheme: {kind})" content="{token["paper"]}"' in home


def test_a_colour_for_the_day_leaves_the_night_alone() -> None:
    rules = colour_rules((("paper", "#ffffff"), ("accent", "#123456"), ("accent_dark", "#abcdef")))
    day, night = rules.decode().split("@media screen and (prefers-color-scheme:dark)")
    assert "@media not screen and (prefers-color-scheme:dark){:root{--paper:#ffffff;" in day
    assert night.startswith("{:root{--accent:#abcdef;}}")
    assert colour_rules(()) == b""


def test_focus_is_seen() -> None:
    assert ":focus-visible { outline: 3px solid" in CSS
    assert "scroll-padding-block-end" in CSS
    assert "position: sticky" in CSS


def test_a_page_is_light() -> None:
    style = _packed(CSS)
    assert style <= 5_150
    rng = random.Random(15)
    long = [card("../../", headline=_words(rng, 12), excerpt=_words(rng, 110)) for _ in range(15)]
    assert style + _packed(_topic_page(cards=long)) < 20_000
    shell = render_page(THEME, "article", article=article("../../", body="", json_ld=""))
    assert _packed(shell) <= 2_500


def test_a_long_article_fits_into_the_first_window_of_a_connection() -> None:
    """Ten segments of 1,460 bytes (RFC 6928), with the demo's appeal and three thousand words."""
    demo = load_demo()
    drive = demo.campaign
    appeal = {"heading": drive.heading, "full": drive.full, "compact": drive.compact}
    text = SafeHtml(_real_text(demo.articles, 3_000))
    html = render_page(
        THEME,
        "article",
        article=article("../../", body=text, image=None, related=[]),
        campaign={**CAMPAIGN, **appeal},
        pitch={"heading": demo.pitch.heading, "paragraphs": demo.pitch.paragraphs, **ENGLISH},
    )
    for pack in (
        lambda text: gzip.compress(text, 6),
        lambda text: brotli.compress(text, quality=9),
    ):
        assert len(pack(html.encode())) + len(pack(CSS.encode())) <= 14_600
    asked = re.findall(r'<(?:link rel="(?:stylesheet|icon)"|script src|img|iframe)', html)
    assert len(asked) == 2


def _real_text(articles: Iterable[DemoArticle], words: int) -> str:
    """Paragraphs and headings of English articles, up to a number of words."""
    blocks = [block for one in articles if one.language == "en" for block in one.blocks]
    parts = [part for block in blocks if block["type"] == "text" for part in _parts(block["html"])]
    taken: list[str] = []
    while sum(len(re.sub("<[^>]+>", " ", part).split()) for part in taken) < words:
        taken.append(parts[len(taken)])
    return "\n".join(taken)


def _parts(html: str) -> list[str]:
    return re.findall(r"<(?:p|h2)>.*?</(?:p|h2)>", html, re.DOTALL)


def test_icons_are_there(theme: str) -> None:
    ElementTree.fromstring(THEME.static["icon.svg"][1])
    assert THEME.static["favicon.ico"][1][:4] == b"\0\0\1\0"
    assert {f"{theme}.css", "icon.svg", "favicon.ico"} <= set(THEME.static)


def test_guide_names_every_file_of_the_theme() -> None:
    guide = GUIDE.read_text()
    files = [f for part in ("templates", "static") for f in (FOLDER / part).rglob("*.*")]
    assert [file.name for file in files if f"`{_below(file)}`" not in guide] == []


def _topic_page(**changes: Any) -> str:
    return render_page(THEME, "topic", listing=listing("../../", **changes))


def _below(file: Path) -> str:
    """The name as the guide writes it: below `templates/` or `static/`."""
    return "/".join(file.relative_to(FOLDER).parts[1:])


def _words(rng: random.Random, count: int) -> str:
    """Words of random letters: no real text packs worse."""
    letters = "etaoinshrdlucmfwypvbgk"
    return " ".join("".join(rng.choices(letters, k=rng.randint(2, 9))) for _ in range(count))


def _packed(text: str) -> int:
    return len(gzip.compress(text.encode(), 9))


def _token_lines() -> list[str]:
    return [line for line in CSS.splitlines() if "--paper: #" in line]


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
