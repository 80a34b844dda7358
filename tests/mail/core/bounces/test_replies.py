"""What replies of mail servers mean, by classes of what they say."""

import pytest

from handpress.mail.core.bounces import Reason, classify_reply

DEAD = [
    (550, "5.1.1", "The email account that you tried to reach does not exist."),
    (550, "", "No such user here"),
    (550, "", "Requested action not taken: mailbox unavailable"),
    (550, "5.1.1", "<a@b.example>: Recipient address rejected: User unknown in local table"),
    (550, "5.1.10", "RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"),
    (550, "5.4.1", "Recipient address rejected: Access denied. [x.prod.protection.outlook.com]"),
    (554, "", "delivery error: dd This user doesn't have a yahoo.com account (a@b.example)"),
    (550, "5.5.0", "Adresse destinataire invalide. Invalid recipient."),
    (550, "", "Пользователь не найден"),
    (550, "5.1.6", "recipient no longer on server"),
    (551, "", "User has moved; please use the new address"),
    (556, "5.1.10", "Domain does not accept mail (nullMX)"),
    (550, "5.1.2", "Host or domain name not found"),
]
OURS = [
    (550, "5.7.26", "This mail has been blocked because the sender is unauthenticated."),
    (550, "5.7.1", "Unauthenticated email from x.example is not accepted due to DMARC policy."),
    (550, "5.7.25", "The IP address sending this message does not have a PTR record setup."),
    (554, "5.7.1", "Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org"),
    (550, "5.7.1", "Messages from 192.0.2.1 were blocked for poor reputation"),
    (550, "5.7.515", "Access denied, sending domain X does not meet the required level"),
    (550, "5.1.1", "Rejected for spam reasons; no such user would get this"),
    (550, "5.7.1", "Relaying denied"),
    (421, "4.7.0", "[TSS04] Messages from 192.0.2.1 temporarily deferred due to complaints"),
    (450, "4.2.0", "Greylisted, please try again in 300 seconds"),
    (552, "5.3.4", "Message size exceeds fixed maximum message size"),
    (550, "5.1.8", "Sender address rejected: Domain not found"),
    (553, "", "sorry, your envelope sender does not exist"),
]


@pytest.mark.parametrize(("code", "status", "text"), DEAD)
def test_an_address_that_nobody_has_is_hard(code, status, text):
    verdict = classify_reply(code, status, text)
    assert verdict.is_hard, verdict


@pytest.mark.parametrize(("code", "status", "text"), OURS)
def test_what_is_about_us_suppresses_nobody(code, status, text):
    verdict = classify_reply(code, status, text)
    assert not verdict.is_hard, verdict


@pytest.mark.parametrize(
    ("code", "status", "text", "reason"),
    [
        (452, "4.2.2", "The email account that you tried to reach is over quota.", "mailbox_full"),
        (550, "5.2.2", "mailbox full", "mailbox_full"),
        (550, "5.2.1", "The email account that you tried to reach is disabled.", "disabled"),
        (550, "", "Mailbox is frozen. See http://example.org/spam/user-unknown", "disabled"),
        (421, "4.4.2", "Connection timed out", "network"),
        (550, "5.7.26", "blocked; DKIM = did not pass", "authentication"),
        (550, "5.7.28", "unusual rate of unsolicited mail from your IP", "rate"),
        (554, "5.6.0", "virus found", "virus"),
        (550, "5.7.1", "we do not like you", "policy"),
        (550, "", "no", "unknown"),
        (530, "5.7.0", "Must issue a STARTTLS command first", "encryption"),
    ],
)
def test_reasons(code, status, text, reason):
    assert classify_reply(code, status, text).reason is Reason(reason)


def test_a_temporary_reply_is_never_hard():
    assert not classify_reply(450, "4.1.1", "user unknown").is_hard
    assert not classify_reply(451, "", "no such user, try later").is_permanent


def test_the_enhanced_code_may_stand_in_the_text():
    verdict = classify_reply(550, "", "5.1.1 whatever")
    assert verdict.status == "5.1.1"
    assert verdict.is_hard


def test_names_and_links_decide_nothing():
    text = "<virus-spam-blocked@user-unknown.example> https://spam.example/blocked no"
    assert classify_reply(550, "", text).reason is Reason.UNKNOWN
