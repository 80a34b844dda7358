"""A message in a mailbox of one's own: what was done to it on the way."""

import pytest

from handpress.mail.core.seeds import examine_seed

HOST = "leadline.example"
LINK = f"https://{HOST}/2026/11/ferry.html"
HTML = (
    f'<a href="{LINK}">The ferry</a> <a href="https://{HOST}/-/unsubscribe/x?a=1&amp;b=2">Leave</a>'
    f'<img src="https://{HOST}/images/ferry.webp" width="600" alt="">'
    '<a href="https://other.example/story">elsewhere</a>'
)


def seed(html=HTML, *, proof="spf=pass; dkim=pass; dmarc=pass", post=True, covered=True):
    names = "from:list-unsubscribe:list-unsubscribe-post" if covered else "from"
    one_click = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n" if post else ""
    return f"""\
Authentication-Results: mx.harbour.example; {proof}
Authentication-Results: forged.example; dkim=pass
DKIM-Signature: v=1; a=rsa-sha256; d={HOST}; s=hp1; h={names}; b=x
From: The Leadline <digest@{HOST}>
List-Unsubscribe: <https://{HOST}/-/unsubscribe/x>
{one_click}MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

{html}
""".encode()


def found(raw, sent=b""):
    findings = examine_seed(raw, own_hosts={HOST}, sent=sent)
    return {each.check.removeprefix("seed: "): each.state for each in findings}


def test_what_arrived_as_it_was_sent():
    assert set(found(seed()).values()) == {"ok"}
    assert set(found(seed(), seed()).values()) == {"ok"}


@pytest.mark.parametrize(
    "link",
    [
        "https://click.relay.example/ls/click?upn=" + "x" * 200,
        "https://track.relay.example/?url=https%3A%2F%2Fleadline.example%2F",
        "https://r.relay.example/https://leadline.example/2026/",
    ],
)
def test_a_rewritten_link(link):
    assert found(seed(HTML.replace(LINK, link)))["links"] == "fail"


def test_compared_with_what_was_sent_no_redirector_hides():
    arrived = seed(HTML.replace("https://other.example/story", "https://short.example/a"))
    assert found(arrived)["links"] == "ok"
    assert found(arrived, seed())["links"] == "fail"


@pytest.mark.parametrize(
    "pixel",
    [
        '<img src="https://open.relay.example/o.gif?x=1" width="1" height="1">',
        '<img src="https://open.relay.example/o.gif" style="display:none">',
        f'<img alt="" height=0 src=https://{HOST}/-/seen.gif>',
        '<img src="//pixel.example/p">',
    ],
)
def test_a_pixel(pixel):
    assert found(seed(HTML + pixel))["pixels"] == "fail"


def test_only_the_mailbox_s_own_word_is_believed():
    states = found(seed(proof="spf=pass; dkim=fail; dmarc=fail"))
    assert (states["SPF"], states["DKIM"], states["DMARC"]) == ("ok", "fail", "fail")
    assert found(b"Subject: x\n\nx")["proof"] == "warn"


def test_one_signature_of_two_is_enough():
    proof = "dkim=neutral (no key) header.s=hp2; dkim=pass header.s=hp1; spf=pass; dmarc=pass"
    assert found(seed(proof=proof))["DKIM"] == "ok"
    proof = "arc=none (i=1 dkim=pass (x) dmarc=pass); dkim=fail; spf=pass; dmarc=fail"
    states = found(seed(proof=proof))
    assert (states["DKIM"], states["DMARC"]) == ("fail", "fail")


def test_a_button_that_leads_to_the_relay():
    theirs = seed().replace(f"<https://{HOST}/-/unsubscribe/x>".encode(), b"<https://r.example/u>")
    assert found(theirs)["leaving"] == "fail"


def test_a_pixel_behind_something_else():
    for behind in (
        '<td background="https://r.example/o">',
        "<i style=\"background:url('//r.example')\">",
    ):
        assert found(seed(HTML + behind))["pixels"] == "fail"


def test_the_button_that_unsubscribes():
    assert found(seed(post=False))["leaving"] == "fail"
    assert found(seed(covered=False))["leaving"] == "warn"


def test_a_message_that_grew():
    assert found(seed(HTML + "x" * 110_000))["size"] == "warn"
