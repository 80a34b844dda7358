"""The site settings in a browser: colours judged as one chooses, seen before, live everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from browser.conftest import PASSWORD, USER, Served
from browser.editor import Editor
from handpress.newsroom.core.colours import (
    browser_rules,
    colour_faults,
    contrast,
    nearest_colour,
    palette,
)
from newsroom.core.colour_samples import KNOWN, choices

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def signed_in(browser: Browser, served: Served) -> Iterator[Editor]:
    page = browser.new_page(viewport={"width": 1500, "height": 1000})
    editor = Editor(page, served.url)
    editor.sign_in(USER, PASSWORD)
    yield editor
    page.close()


@pytest.fixture
def editor(signed_in: Editor) -> Iterator[Editor]:
    """The editor, at the form; the browser must have nothing to complain of at the end."""
    signed_in.troubles.clear()
    signed_in.page.goto(f"{signed_in.url}desk/settings/site/")
    yield signed_in
    assert signed_in.troubles == []


def field(editor: Editor, label: str) -> Locator:
    return editor.page.get_by_role("textbox", name=label, exact=True)


_JUDGE = """async ([samples, pairs, rules]) => {
    const all = await import('/desk-static/newsroom/outlet-colours.js');
    const fields = ['accent', 'accent_dark', 'paper', 'paper_dark'];
    return {
        ratios: pairs.map(([one, other]) => all.contrast(one, other)),
        samples: samples.map((chosen) => ({
            faults: all.colourFaults(chosen, rules),
            palette: fields.every((name) => !chosen[name] || all.isColour(chosen[name]))
                ? all.palette(chosen, rules) : null,
            nearest: fields.filter((name) => chosen[name] && all.isColour(chosen[name]))
                .map((name) => all.nearestColour(name, chosen, rules)),
        })),
    };
}"""


def test_the_browser_judges_colours_as_the_server_does(editor: Editor) -> None:
    samples = [one for one in choices() if "red" not in one.values() or one["accent"] == "red"]
    sound = [
        one for one in samples if not any("is not a colour" in w for w in faults(one).values())
    ]
    pairs = list(KNOWN)
    found = editor.page.evaluate(
        _JUDGE, [[*sound, {**sound[0], "accent": "red"}], pairs, browser_rules()]
    )
    assert found["ratios"] == pytest.approx([contrast(*pair) for pair in pairs])
    assert len(sound) > 60
    for chosen, theirs in zip(sound, found["samples"], strict=False):
        assert theirs["faults"] == faults(chosen), chosen
        assert theirs["palette"] == palette(**chosen), chosen
        ours = [nearest_colour(name, **chosen) for name, colour in chosen.items() if colour]
        assert theirs["nearest"] == ours, chosen
    assert found["samples"][-1]["faults"] == faults({**sound[0], "accent": "red"})


def faults(chosen: dict[str, str]) -> dict[str, Any]:
    return json.loads(json.dumps(colour_faults(**chosen)))


def test_a_colour_is_judged_as_one_chooses_and_the_nearest_that_works_is_offered(
    editor: Editor,
) -> None:
    page = editor.page
    accent = field(editor, "Colour of links and buttons")
    accent.fill("#ff8800")
    page.get_by_text(colour_faults(accent="#ff8800")["accent"]).wait_for()
    better = nearest_colour("accent", accent="#ff8800", accent_dark="", paper="", paper_dark="")
    page.get_by_role("button", name=f"Use {better}").click()
    assert accent.input_value() == better
    page.get_by_text("easy to read (AA)").first.wait_for()
    page.get_by_label("Pick: Colour of links and buttons").fill("#0057b8")
    assert accent.input_value() == "#0057b8"
    link = page.locator(".outlet-colours [data-scheme=light] .outlet-link").first
    assert link.evaluate("one => getComputedStyle(one).color") == "rgb(0, 87, 184)"


def test_the_zone_s_time_is_told_while_one_types(editor: Editor) -> None:
    zone = editor.page.get_by_role("combobox", name="Time zone")
    zone.fill("Asia/Seoul")
    editor.page.get_by_text("In Asia/Seoul it is").wait_for()
    zone.fill("Asia/Nowhere")
    editor.page.get_by_text("Go on typing, or choose from the list.").wait_for()


def test_the_site_is_seen_with_what_nobody_has_saved(editor: Editor) -> None:
    field(editor, "Name").fill("Seen Before")
    editor.page.get_by_role("button", name="Toggle preview").click()
    preview = editor.page.frame_locator("iframe").last
    preview.get_by_role("link", name="Seen Before").first.wait_for()
    editor.page.get_by_label("Preview in desktop size").wait_for(state="attached")
    assert "Seen Before" not in editor.read("")[1]
    # Leaves nothing unsaved behind for the next test.
    editor.page.get_by_role("button", name="Toggle preview").click()
    field(editor, "Name").fill("")


def test_what_is_saved_is_live_everywhere(editor: Editor) -> None:
    page = editor.page
    field(editor, "Name").fill("The Morning Sounding")
    field(editor, "Colour of links and buttons").fill("#0057b8")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("newest first").first.wait_for()
    for path in ("", "topics/water/", "donate/"):
        editor.sees(path, "The Morning Sounding")
    page.get_by_text("show these settings").wait_for()
    page.goto(editor.url)
    give = page.get_by_role("link", name="Give").first
    assert give.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(0, 87, 184)"


def test_links_are_moved_by_keyboard(editor: Editor) -> None:
    page = editor.page
    for words in ("First", "Second"):
        page.get_by_role("button", name="Add link").click()
        page.get_by_role("textbox", name="Address").last.fill(f"https://{words.lower()}.example/")
        page.get_by_role("textbox", name="Label").last.fill(words)
    page.get_by_role("button", name="Move up").last.press("Enter")
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    page.get_by_text("newest first").first.wait_for()
    editor.sees("", "Second")
    bar = editor.read("")[1].split('class="topic-bar"')[1].split("</nav>")[0]
    assert bar.index("Second") < bar.index("First")


def test_a_drawing_is_refused_with_what_would_do(editor: Editor) -> None:
    page = editor.page
    page.get_by_role("button", name="Choose an image").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("tab", name="Upload").click()
    drawing = {"name": "logo.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"}
    dialog.locator("input[type=file]").set_input_files(drawing)  # type: ignore[arg-type]
    dialog.get_by_role("button", name="Upload").click()
    dialog.get_by_text("Supported formats").first.wait_for()
