"""The colours of a style sheet, read from its rules."""

from handpress.press.core.tokens import find_tokens, read_tokens

SHEET = """
/* :root { --ink: #000000 } */
@layer tokens {
  :root { color-scheme: light dark; --paper: #FFF; --ink: #1a1815; --body: 1rem }
  @media screen and (prefers-color-scheme: dark) { :root { --paper: #161513 } }
  @media not screen and (prefers-color-scheme:dark){:root{--ink:#222222;}}
  :root, [lang] { --soft: oklch(40% 0 0); --accent: #8c1c13 }
  .full { --paper: #123456 }
}
@media print { :root { --paper: #eeeeee } }
:root { --button: #0a3a9e }
"""


def test_light_and_dark_are_told_apart_and_the_later_rule_wins():
    tokens = read_tokens(SHEET)
    assert (tokens["paper"], tokens["paper_dark"]) == ("#ffffff", "#161513")
    assert tokens["ink"] == "#222222"
    # What is not set for dark screens is as on light ones.
    assert tokens["accent_dark"] == "#8c1c13"
    assert "soft" not in tokens


def test_a_token_knows_its_place_and_its_layer():
    found = {token.name: token for token in find_tokens(SHEET)}
    assert SHEET.count("\n", 0, found["button"].offset) + 1 == 11
    assert not found["button"].is_layered
    assert found["accent"].is_layered
    assert not found["soft"].is_colour
