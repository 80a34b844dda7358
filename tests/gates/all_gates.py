"""Every gate, in the order in which they are gone through: the quick ones first, the clock last."""

from __future__ import annotations

from gates.answers import Answers
from gates.axe import Axe
from gates.desk import DeskAxe, DeskKeyboard, DeskNu, DeskRequests
from gates.desk_modes import DeskColours, DeskZoom
from gates.feeds import Feeds, W3cFeeds
from gates.gate import Gate
from gates.html_rules import HtmlRules
from gates.images import Images
from gates.keyboard import Keyboard
from gates.layout import Layout
from gates.lighthouse import Lighthouse
from gates.modes import ForcedColours, Motion
from gates.policy import Policy
from gates.requests_made import RequestsMade
from gates.sitemaps import Robots, Sitemaps
from gates.text_browser import TextBrowser
from gates.vnu import Nu
from gates.weight import Weight

FILES: tuple[Gate, ...] = (
    HtmlRules(), Images(), Feeds(), W3cFeeds(), Sitemaps(), Robots(), Weight(), Nu(),
)  # fmt: skip
"""These read every file of the sites; all others look at the pages that `pages.choose` chose."""

DESK: tuple[Gate, ...] = (
    DeskAxe(), DeskKeyboard(), DeskRequests(), DeskNu(), DeskZoom(), DeskColours(),
)  # fmt: skip

SITE: tuple[Gate, ...] = (
    Answers(), Policy(), TextBrowser(), RequestsMade(), Axe(), Keyboard(), Layout(), Motion(),
    ForcedColours(),
)  # fmt: skip

ANSWERS: tuple[Gate, ...] = tuple(
    gate for gate in (*FILES, *SITE) if isinstance(gate, Nu | Axe | Keyboard | Layout)
)
"""These look at what readers are answered below `/-/`, too."""

CLOCK: tuple[Gate, ...] = (Lighthouse(),)
"""This measures time, so nothing else may run meanwhile."""

LANES = (SITE, (*FILES, *DESK))
"""Gone through side by side, each with a browser of its own; `CLOCK` comes after."""

GATES: tuple[Gate, ...] = (*FILES, *SITE, *DESK, *CLOCK)

TELLS_LITTLE = {Answers.name, Policy.name}
"""Looking at a page's headers alone does not count as having looked at its kind."""
