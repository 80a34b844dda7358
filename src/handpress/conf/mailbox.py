"""Settings of the mailbox in which bounces and complaints are looked for."""

from __future__ import annotations

from dataclasses import dataclass

from handpress.conf import kinds
from handpress.conf.declaring import setting
from handpress.conf.faults import Fault
from handpress.conf.kinds import one_of
from handpress.conf.mail import HOST, RELAY_PORT, SECRET, SECURITY, RelaySettings

_PORTS = {
    ("imap", "tls"): 993,
    ("imap", "starttls"): 143,
    ("imap", "none"): 143,
    ("pop3", "tls"): 995,
    ("pop3", "starttls"): 110,
    ("pop3", "none"): 110,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxSettings:
    """A mailbox that bounces come back to; leave host empty where they come by another way."""

    host: str = setting("", HOST, "The server of the mailbox. Empty: no mailbox is looked into.")
    kind: str = setting("imap", one_of("imap", "pop3"), "imap or pop3.")
    port: int = setting(
        0, RELAY_PORT, "Its port; 0 is 993 for imap and 995 for pop3, 143 and 110 without tls."
    )
    security: str = setting(
        "tls",
        SECURITY,
        "tls: encrypted from the first byte. starttls: encrypted before anything is said, or not "
        "at all. none: only for a server on this machine.",
    )
    user: str = setting("", kinds.LINE, "The name to sign in with.")
    password: str = setting("", SECRET, "The password. Better kept in a file than here.")
    folder: str = setting("INBOX", kinds.LINE, "With imap, the folder to look into.")

    @property
    def port_in_use(self) -> int:
        """The port to connect to."""
        return self.port or _PORTS[self.kind, self.security]


def check_mailbox(mailbox: MailboxSettings) -> list[Fault]:
    """Return what is wrong with the mailbox as a whole."""
    if not mailbox.host:
        return []
    faults = [
        Fault(f"mailbox.{key}", "this is missing.", "Give both user and password.")
        for key in ("user", "password")
        if not getattr(mailbox, key)
    ]
    is_open = mailbox.security == "none"
    if is_open and not RelaySettings(host=mailbox.host).is_loopback:
        problem = "the password would leave this machine unencrypted."
        remedy = 'Write "tls" or "starttls"; "none" is for a server at 127.0.0.1 or ::1.'
        faults.append(Fault("mailbox.security", problem, remedy))
    return faults
