"""Companies that take mail by an interface of their own: django-anymail speaks with each.

What one says about a message is told as a reply of SMTP, so that all else knows one language.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import formataddr, getaddresses
from importlib import import_module
from typing import Any

from django.core.mail import EmailMultiAlternatives

from handpress.conf import RelaySettings
from handpress.mail.core.dots import from_wire
from handpress.mail.core.smtp import Reply, Stage, is_safe_address
from handpress.mail.transports import (
    BeforeDot,
    CannotConnect,
    NotSent,
    OutcomeUnknown,
    Transport,
    Withdrawn,
)

logger = logging.getLogger(__name__)

# How each company's module calls the settings that are called user, password and host here.
_PASSWORD = {
    "mailersend": "api_token",
    "mailjet": "secret_key",
    "mailtrap": "api_token",
    "postmark": "server_token",
    "scaleway": "secret_key",
}
_USER = {"mailjet": "api_key", "scaleway": "project_id"}
# With another host than the usual one: the path of the interface there.
_PATHS = {
    "brevo": "/v3/",
    "mailersend": "/v1/",
    "mailgun": "/v3",
    "mailjet": "/v3.1/",
    "mandrill": "/api/1.0",
    "scaleway": "/transactional-email/v1alpha1/regions/{region}/",
    "sparkpost": "/api/v1/",
    "unisender-go": "/en/transactional/api/v1/",
}
# The sender writes these from the message's own fields.
_TAKEN_APART = frozenset(
    "from to subject reply-to mime-version content-type content-transfer-encoding date "
    "return-path delivered-to dkim-signature".split()
)
_TIMEOUT_S = (20, 120)
# What a company says that may be otherwise in a while; by these it wants less of us altogether.
_LATER = frozenset({408, 409, 425})
_LESS = frozenset({429, 503})
_NOT_LET_IN = frozenset({401, 403})
# After these nobody can tell whether it took the message.
_UNCERTAIN = frozenset({500, 502, 504})


class CompanyRelay:
    """One account with a company."""

    def __init__(self, relay: RelaySettings) -> None:
        self.relay = relay

    async def connect(self) -> Transport:
        """Make a session; nothing is said before there is a message."""
        try:
            return CompanyConnection(_backend(self.relay))
        except Exception as error:
            raise CannotConnect(f"{self.relay.company}: {_first_line(error)}") from error


class CompanyConnection:
    """A session with a company: one message at a time, each by a request of its own."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._stopped = asyncio.Event()
        backend.open()

    async def submit(
        self, envelope_from: str, envelope_to: str, message: bytes, before_dot: BeforeDot
    ) -> Reply:
        """Hand over one message (see `Transport.submit`): the whole request is the final dot."""
        if not self.is_open:
            raise NotSent("the session was closed")
        if not is_safe_address(envelope_to):
            return Reply(553, "5.1.3", "an address that cannot be one", Stage.RCPT)
        try:
            mail = to_django(from_wire(message), envelope_from, envelope_to)
        except ValueError as error:
            return Reply(554, "5.6.0", _first_line(error), Stage.DATA)
        if not await before_dot():
            raise Withdrawn
        sending = _in_a_thread(lambda: self._send(mail, envelope_to))
        stopped = asyncio.create_task(self._stopped.wait())
        try:
            await asyncio.wait((sending, stopped), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self.abort()
        finally:
            stopped.cancel()
        if not sending.done():
            # The request cannot be called back: its thread ends with it, or with us.
            sending.add_done_callback(_look_away)
            raise OutcomeUnknown("stopped while the company was asked")
        return sending.result()

    @property
    def is_open(self) -> bool:
        """Whether another message may be submitted."""
        return not self._stopped.is_set()

    async def close(self) -> None:
        """End the session."""
        self.abort()
        await asyncio.to_thread(self._backend.close)

    def abort(self) -> None:
        """End the session at once; what a company is being asked now has no known outcome."""
        self._stopped.set()

    def _send(self, mail: EmailMultiAlternatives, to: str) -> Reply:
        from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused

        try:
            self._backend.send_messages([mail])
        except AnymailRecipientsRefused as error:
            return _refusal(getattr(error.email_message or mail, "anymail_status", None))
        except AnymailAPIError as error:
            return _answer(error)
        except AnymailError as error:
            # Found before anything was said: this message cannot be put into its words.
            return Reply(554, "5.6.0", _first_line(error), Stage.DATA)
        except Exception as error:
            # An answer in a form that is none: the message may have been taken all the same.
            logger.exception("company_not_understood")
            raise OutcomeUnknown(_first_line(error)) from error
        return _taken(mail)


def to_django(message: bytes, envelope_from: str, envelope_to: str) -> EmailMultiAlternatives:
    """Return a message in Django's form, as anymail takes it: to the envelope's recipient alone.

    A company writes the message anew, so its encoding and our signature do not survive.
    """
    parsed = message_from_bytes(message, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    names = {address: name for name, address in getaddresses(parsed.get_all("to", []))}
    mail = EmailMultiAlternatives(
        subject=str(parsed.get("subject", "")),
        body=_words(parsed, "plain"),
        from_email=str(parsed.get("from", "")),
        to=[formataddr((names.get(envelope_to, ""), envelope_to), charset="utf-8")],
        reply_to=[str(value) for value in parsed.get_all("reply-to", [])],
        headers={
            name: str(value) for name, value in parsed.items() if name.lower() not in _TAKEN_APART
        },
    )
    if html := _words(parsed, "html"):
        mail.attach_alternative(html, "text/html")
    for name, value in {
        # Says whose message it was, in whatever the company reports later.
        "metadata": {"bounce_to": envelope_from},
        "envelope_sender": envelope_from,
        "track_clicks": False,
        "track_opens": False,
    }.items():
        setattr(mail, name, value)
    return mail


def _words(parsed: EmailMessage, kind: str) -> str:
    part = parsed.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


def _backend(relay: RelaySettings) -> Any:
    name = relay.company.replace("-", "_")
    options = {key: value for key, _, value in (each.partition("=") for each in relay.options)}
    given: dict[str, Any] = {_PASSWORD.get(relay.company, "api_key"): relay.password, **options}
    if relay.user:
        given[_USER.get(relay.company, "user")] = relay.user
    if relay.host:
        path = _PATHS.get(relay.company, "/").format(region=options.get("region", "fr-par"))
        port = f":{relay.port}" if relay.port else ""
        scheme = "http" if relay.security == "none" and relay.is_loopback else "https"
        given["api_url"] = f"{scheme}://{relay.host}{port}{path}"
    module = import_module(f"anymail.backends.{name}")
    return module.EmailBackend(ignore_unsupported_features=True, timeout=_TIMEOUT_S, **given)


def _answer(error: Any) -> Reply:
    """Return what an error of the company's interface means; raise where it was not sure."""
    import requests

    status, text = error.status_code, _first_line(error)
    if status is None:
        if isinstance(error, requests.ConnectTimeout) or _never_connected(error):
            raise NotSent(text) from error
        raise OutcomeUnknown(text) from error
    if 200 <= status < 300 or status in _UNCERTAIN or status >= 520:
        raise OutcomeUnknown(text) from error
    if status in _NOT_LET_IN:
        raise CannotConnect(text, Reply(535, "5.7.8", text, Stage.CONNECT)) from error
    if status in _LESS:
        # Of the stage at which nobody was named yet: it is not about one group of receivers.
        return Reply(451, "4.7.0", text, Stage.MAIL)
    if status in _LATER:
        return Reply(451, "4.3.0", text, Stage.DATA)
    # The company's own word about this message, and not the reader's server's about them.
    return Reply(554, "", text, Stage.DATA, is_ours=True)


def _never_connected(error: Any) -> bool:
    """Say whether no connection came about, so that nothing can have been said."""
    import requests
    from urllib3.exceptions import MaxRetryError, NewConnectionError, ProxyError, SSLError

    cause = error.__cause__
    if not isinstance(cause, requests.ConnectionError) or not cause.args:
        return False
    inner = cause.args[0]
    reason = inner.reason if isinstance(inner, MaxRetryError) else inner
    return isinstance(reason, NewConnectionError | SSLError | ProxyError)


def _refusal(status: Any) -> Reply:
    kinds = set(getattr(status, "status", None) or ())
    if kinds == {"invalid"}:
        return Reply(550, "5.1.3", "the company calls the address invalid", Stage.RCPT)
    # It remembers something of the reader, which its report tells, or of us; it asked nobody.
    said = "the company does not mail this address"
    return Reply(550, "5.7.1", said, Stage.RCPT, is_ours=True)


def _taken(mail: EmailMultiAlternatives) -> Reply:
    status = mail.anymail_status  # type: ignore[attr-defined]
    kinds = set(status.status or ())
    if kinds & {"rejected", "invalid"}:
        return _refusal(status)
    if kinds & {"failed"}:
        return Reply(451, "4.3.0", "the company could not take it", Stage.DATA)
    if not kinds & {"sent", "queued"}:
        raise OutcomeUnknown("the company did not say whether it took the message")
    return Reply(250, "2.0.0", f"taken as {status.message_id}"[:200], Stage.DOT)


def _in_a_thread(work: Callable[[], Reply]) -> asyncio.Future[Reply]:
    """Do a piece of work in a thread of its own, at once; nobody has to wait for it to end.

    Those of a pool are few, so that what was let go would stand in a queue, and a process does not
    end before they have.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Reply] = loop.create_future()

    def tell(reply: Reply | None, error: BaseException | None) -> None:
        if outcome.done():
            return
        if reply is not None:
            outcome.set_result(reply)
        else:
            outcome.set_exception(error or RuntimeError("nothing came of it"))

    def run() -> None:
        reply, error = None, None
        try:
            reply = work()
        except BaseException as trouble:
            error = trouble
        # Where nobody waits any more, the loop may be closed.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(tell, reply, error)

    threading.Thread(target=run, name="company", daemon=True).start()
    return outcome


def _look_away(sending: asyncio.Future[Reply]) -> None:
    """Take note of how it ended, which nobody waits for any more."""
    if not sending.cancelled():
        sending.exception()


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).replace("\n", " ")[:300]
