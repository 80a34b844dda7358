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
Received: from mx.harbour.example by store.harbour.example with LMTP; 1 Dec 2026 06:00:00 +0000
Authentication-Results: mx.harbour.example; {proof}
Received: from relay.example (relay.example [192.0.2.1]) by mx.harbour.example; 1 Dec 2026 06:00
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
    "heads",
    [
        # Large houses write it above where they took the message in, or name themselves.
        "Received: by 2002:a05:6402:1:b0:4 with SMTP id x; 1 Dec 2026\n{field}"
        "Received: from relay.example by mx.harbour.example with ESMTPS\n",
        "Received: from a.prod.harbour.example by b.prod.harbour.example\n"
        "{field}Received: from relay.example by mx.mail.harbour.example\n",
        "Received: from relay.example by mx.harbour.example (Postfix)\n{field}",
        "Received: from relay.co.uk by mx.harbour.co.uk (Postfix)\n{field}",
        "Received: from localhost by mx.harbour.example\n"
        "Received: from relay.example by mx.harbour.example\n{field}",
    ],
)
def test_what_the_mailbox_itself_wrote_is_believed(heads):
    name = "mx.harbour.co.uk" if ".co.uk" in heads else "harbour.example"
    field = f"Authentication-Results: {name}; spf=pass; dkim=pass; dmarc=pass\n"
    raw = heads.format(field=field) + "Subject: x\n\nx"
    states = found(raw.encode())
    assert (states["SPF"], states["DKIM"], states["DMARC"]) == ("ok", "ok", "ok")


@pytest.mark.parametrize(
    "heads",
    [
        "{field}",
        "Received: from relay.example by mx.harbour.example\n{field}",
        "Received: from mx.harbour.example by store.harbour.example\n"
        "Received: from relay.example by mx.harbour.example\n{field}",
        "Received: from relay.co.uk by mx.harbour.co.uk\n{field}",
    ],
)
@pytest.mark.parametrize("name", ["relay.example", "elsewhere.co.uk", ""])
def test_what_others_wrote_on_the_way_proves_nothing(heads, name):
    field = f"Authentication-Results: {name}; spf=pass; dkim=pass; dmarc=pass\n"
    raw = heads.format(field=field) + "Subject: x\n\nx"
    assert found(raw.encode())["proof"] == "warn"


def test_a_house_may_write_several():
    fields = "".join(
        f"Authentication-Results: {each}.harbour.example; {each}=pass\n"
        for each in ("dmarc", "dkim", "spf")
    )
    raw = f"Received: from relay.example by mx.harbour.example\n{fields}Subject: x\n\nx"
    states = found(raw.encode())
    assert (states["SPF"], states["DKIM"], states["DMARC"]) == ("ok", "ok", "ok")


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
