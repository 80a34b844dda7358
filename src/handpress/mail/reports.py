"""What companies report about mail they took: proven to come from them, understood, acted on.

Only what has consequences is kept: refusals, complaints, readers who leave. That a message was
delivered settles what was unknown about it, and is then forgotten; there are too many of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from importlib import import_module
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from handpress.conf import RelaySettings
from handpress.lib import clock
from handpress.mail.core.addresses import NotAnAddress, normal_key
from handpress.mail.core.bounces import Reason, Verdict, classify_text
from handpress.mail.core.verp import Ref, read_verp
from handpress.mail.envelopes import LETTERS, is_of, verp_key
from handpress.mail.models import EventKind, Letter, LetterState, MailEvent
from handpress.mail.returned import Returned, note

# The views of anymail that read reports, and how each calls the key it proves them with. All
# others are proven by user name and password (HTTP's Basic).
_VIEWS = {
    "brevo": "BrevoTrackingWebhookView",
    "mailersend": "MailerSendTrackingWebhookView",
    "mailgun": "MailgunTrackingWebhookView",
    "mailjet": "MailjetTrackingWebhookView",
    "mailtrap": "MailtrapTrackingWebhookView",
    "mandrill": "MandrillCombinedWebhookView",
    "postal": "PostalTrackingWebhookView",
    "postmark": "PostmarkTrackingWebhookView",
    "resend": "ResendTrackingWebhookView",
    "sparkpost": "SparkPostTrackingWebhookView",
    "unisender-go": "UnisenderGoTrackingWebhookView",
}
_KEYS = {
    "mailersend": "signing_secret",
    "mailgun": "webhook_signing_key",
    "mailtrap": "tracking_secret",
    "mandrill": "webhook_key",
    "postal": "webhook_key",
}
_KINDS = {
    "bounced": EventKind.BOUNCED,
    "deferred": EventKind.DELAYED,
    "complained": EventKind.COMPLAINED,
    "unsubscribed": EventKind.LEFT,
    "rejected": EventKind.REFUSED,
}
# Why a company would not even try: what it remembers of an address.
_REMEMBERED = {
    "spam": EventKind.COMPLAINED,
    "unsubscribed": EventKind.LEFT,
}
# Postmark says so of what a receiver's filter refused, and anymail takes it for a complaint.
_FILTERED = ("postmark", "SpamNotification")
# Why it did not arrive that is no word about the reader, where nothing else says why.
_OF_US = {"blocked", "spam", "other"}
# A letter may be reported as delivered before its sender has the company's answer.
_ARRIVING = [LetterState.CLAIMED, LetterState.ON_ITS_WAY, LetterState.WAITING, LetterState.UNKNOWN]
_ARRIVALS: list[Callable[[Ref], object]] = []


class NotProvenError(Exception):
    """A request does not show that it comes from the company, or holds no report."""


def knows_arrival(told: Callable[[Ref], object]) -> Callable[[Ref], object]:
    """Register who is told that a message has surely arrived, so that nothing stays unknown."""
    if told not in _ARRIVALS:
        _ARRIVALS.append(told)
    return told


def reporting_relay(name: str) -> RelaySettings | None:
    """Return the company's relay of this name, if its reports can be proven."""
    for relay in settings.HANDPRESS.mail.relays:
        if relay.name == name and relay.company in _VIEWS and can_prove(relay):
            return relay
    return None


def can_prove(relay: RelaySettings) -> bool:
    """Say whether the settings hold what proves a company's reports."""
    secret = relay.webhook_secret
    return relay.company == "unisender-go" or bool(
        secret and (":" in secret or relay.company in _KEYS)
    )


def read_reports(relay: RelaySettings, request: HttpRequest) -> Sequence[Any]:
    """Return the events in a company's request; raise NotProvenError where it proves nothing."""
    from anymail.exceptions import AnymailError, AnymailWebhookValidationFailure

    view = _view(relay)
    view.setup(request)
    try:
        view.run_validators(request)
        events: Sequence[Any] = view.parse_events(request)
    except AnymailWebhookValidationFailure as failure:
        raise NotProvenError(str(failure)) from failure
    except (
        AnymailError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        raise NotProvenError(f"no report: {type(error).__name__}") from error
    return events


def take_reports(relay: RelaySettings, events: Sequence[Any]) -> int:
    """Act on events, each once however often it is reported; return how many were new."""
    return sum(_take(relay, event) is not None for event in events)


def _view(relay: RelaySettings) -> Any:
    module = import_module(f"anymail.webhooks.{relay.company.replace('-', '_')}")
    given: dict[str, Any] = {"webhook_secret": []}
    if ":" in relay.webhook_secret:
        given["webhook_secret"] = [relay.webhook_secret]
    elif relay.company in _KEYS:
        given[_KEYS[relay.company]] = relay.webhook_secret
    if relay.company == "unisender-go":
        given["api_key"] = relay.password
    if relay.company == "mandrill":
        # It signs the address that it was given, whatever stands in front of this server.
        path = reverse("mail_reports", args=[relay.name])
        given["webhook_url"] = settings.HANDPRESS.newsroom.address.rstrip("/") + path
    return getattr(module, _VIEWS[relay.company])(**given)


def _take(relay: RelaySettings, event: Any) -> MailEvent | None:
    ref = _ref_of(event)
    if event.event_type == "delivered":
        if ref is not None:
            _settle_arrival(ref)
        return None
    kind = EventKind.BOUNCED if _is_filtered(relay, event) else _KINDS.get(event.event_type)
    if kind is EventKind.REFUSED:
        kind = _REMEMBERED.get(event.reject_reason, kind)
    if kind is None or not event.recipient:
        return None
    said = " ".join(str(each) for each in (event.mta_response, event.description) if each)
    return note(
        Returned(
            kind=kind,
            address_key=_key(event.recipient),
            fingerprint=_fingerprint(relay, event),
            verdict=_verdict(event, is_filtered=_is_filtered(relay, event)),
            said=said[:400],
            ref=ref,
            at=_moment(event.timestamp),
        )
    )


def _is_filtered(relay: RelaySettings, event: Any) -> bool:
    esp_event = event.esp_event if isinstance(event.esp_event, dict) else {}
    return (relay.company, esp_event.get("Type")) == _FILTERED


def _verdict(event: Any, *, is_filtered: bool) -> Verdict:
    is_refused = event.event_type == "rejected"
    if is_refused and event.reject_reason == "invalid":
        return Verdict(Reason.NO_SUCH_USER, is_permanent=True)
    response, in_general = str(event.mta_response or ""), str(event.description or "")
    if is_filtered or (event.reject_reason == "spam" and not response):
        return Verdict(Reason.SPAM, is_permanent=True)
    # What its kind of bounce may be in general is asked only where nothing says why this one was.
    verdict = classify_text(response, otherwise=in_general, is_delay=event.event_type == "deferred")
    if event.event_type == "deferred":
        return Verdict(verdict.reason, is_permanent=False, status=verdict.status)
    if verdict.reason is Reason.UNKNOWN and (is_refused or event.reject_reason in _OF_US):
        return Verdict(Reason.POLICY, is_permanent=True, status=verdict.status)
    return verdict


def _settle_arrival(ref: Ref) -> None:
    if ref.list_id == LETTERS:
        whose = Letter.objects.filter(pk=ref.reader_id).values_list("uuid", flat=True).first()
        if whose is None or not is_of(ref, whose):
            return
        Letter.objects.filter(pk=ref.reader_id, state__in=_ARRIVING).update(
            state=LetterState.ACCEPTED,
            reply="reported as delivered",
            changed_at=clock.now(),
            text="",
            html="",
            headers={},
        )
    for told in _ARRIVALS:
        told(ref)


def _ref_of(event: Any) -> Ref | None:
    """Return whose message it was, as the message itself was told to remember."""
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    address = metadata.get("bounce_to")
    return read_verp(verp_key(), address) if isinstance(address, str) else None


def _fingerprint(relay: RelaySettings, event: Any) -> str:
    own = str(event.event_id or "") or "|".join(
        str(each) for each in (event.event_type, event.message_id, event.recipient, event.timestamp)
    )
    return sha256(f"{relay.name}\0{event.event_type}\0{own}".encode()).hexdigest()


def _moment(at: Any) -> datetime | None:
    return at if isinstance(at, datetime) and at <= clock.now() else None


def _key(address: str) -> str:
    try:
        return normal_key(address)
    except NotAnAddress:
        return address.strip().lower()[:320]
