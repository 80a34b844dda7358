"""Mailboxes, as Python's own clients see them: a small IMAP and a small POP3 server of ours."""

import re
import socketserver
import threading
from collections.abc import Iterator

import pytest
from django.db import OperationalError

from factories.returned_mail import away, report
from handpress.conf.mailbox import MailboxSettings
from handpress.mail.inbound.mailbox import Emptied, MailboxTrouble, empty_mailbox
from handpress.mail.models import EventKind, MailEvent, Outcome

LETTER = b"From: a@b.example\r\nSubject: Thanks\r\n\r\nA fine paper.\r\n"


class Box(socketserver.ThreadingTCPServer):
    """Messages by number, and what was marked."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, handler: type[socketserver.BaseRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.messages: dict[int, bytes] = {}
        self.flags: dict[int, set[str]] = {}
        self.fetched: list[int] = []
        self.keeps_marks = True
        self.locked: set[int] = set()
        self.selected = ""

    def fill(self, *messages: bytes) -> None:
        for number, raw in enumerate(messages, 1):
            self.messages[number] = re.sub(rb"\r?\n", b"\r\n", raw)
            self.flags[number] = set()


class _Imap(socketserver.StreamRequestHandler):
    server: Box

    def handle(self) -> None:
        self.wfile.write(b"* OK ready\r\n")
        while line := self.rfile.readline():
            tag, words = line.decode().rstrip().split(" ", 1)
            verb = words.upper()
            if verb.startswith("LOGIN") and "wrong" in words:
                self._say(f"{tag} NO [AUTHENTICATIONFAILED] wrong password")
                continue
            if verb.startswith("CAPABILITY"):
                self._say("* CAPABILITY IMAP4rev1")
            elif verb.startswith("SELECT"):
                self.server.selected = words.partition(" ")[2]
                own = " \\*" if self.server.keeps_marks else ""
                self._say(f"* OK [PERMANENTFLAGS (\\Deleted{own})] flags")
                self._say(f"* {len(self.server.messages)} EXISTS")
            elif verb.startswith("UID FETCH") and int(words.split()[2]) in self.server.locked:
                self._say(f"{tag} NO [INUSE] somebody else has it")
                continue
            elif verb.startswith("UID"):
                self._uid(words[4:])
            elif verb.startswith("EXPUNGE"):
                for number in [n for n, each in self.server.flags.items() if "\\Deleted" in each]:
                    del self.server.messages[number], self.server.flags[number]
            self._say(f"{tag} OK done")
            if verb.startswith("LOGOUT"):
                return

    def _uid(self, words: str) -> None:
        box = self.server
        verb, rest = words.split(" ", 1)
        if verb == "SEARCH":
            mark = (re.search(r"UNKEYWORD (\S+)", rest) or [None, None])[1]
            found = [n for n, each in box.flags.items() if not each & {"\\Deleted", mark}]
            self._say(f"* SEARCH {' '.join(map(str, found))}")
            return
        number = int(rest.split(" ", 1)[0])
        if verb == "FETCH":
            raw = box.messages[number]
            box.fetched.append(number)
            self.wfile.write(b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (number, number, len(raw)))
            self.wfile.write(raw + b")\r\n")
        else:
            box.flags[number] |= set(re.findall(r"[\\$]\w+", rest.partition("(")[2]))

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class _Pop3(socketserver.StreamRequestHandler):
    server: Box

    def handle(self) -> None:
        box, gone = self.server, []
        self.wfile.write(b"+OK ready\r\n")
        while line := self.rfile.readline():
            verb, _, rest = line.decode().rstrip().partition(" ")
            if verb == "PASS" and rest == "wrong":
                self.wfile.write(b"-ERR wrong password\r\n")
                continue
            if verb == "QUIT":
                for number in gone:
                    del box.messages[number]
            if verb == "RETR" and int(rest) in box.locked:
                self.wfile.write(b"-ERR [SYS/TEMP] cannot be read now\r\n")
                continue
            self.wfile.write(b"+OK\r\n")
            if verb == "LIST":
                for number, raw in box.messages.items():
                    self.wfile.write(b"%d %d\r\n" % (number, len(raw)))
                self.wfile.write(b".\r\n")
            elif verb == "RETR":
                box.fetched.append(int(rest))
                self.wfile.write(re.sub(rb"(?m)^\.", b"..", box.messages[int(rest)]) + b"\r\n.\r\n")
            elif verb == "DELE":
                gone.append(int(rest))
            elif verb == "QUIT":
                return


@pytest.fixture(params=["imap", "pop3"])
def box(request: pytest.FixtureRequest) -> Iterator[Box]:
    with Box(_Imap if request.param == "imap" else _Pop3) as server:
        server.kind = request.param  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _settings(box, password="right", **more):
    return MailboxSettings(
        **more,
        host="127.0.0.1",
        kind=box.kind,
        port=box.server_address[1],
        security="none",
        user="bounces",
        password=password,
    )


def _take(raw: bytes) -> list[MailEvent]:
    """Understand reports of failure, nothing else."""
    assert b"\r" not in raw or b"\r\n" in raw
    if b"delivery-status" in raw:
        return [MailEvent(kind=EventKind.BOUNCED, outcome=Outcome.SUPPRESSED)]
    return [MailEvent(kind=EventKind.AUTOMATIC)] if b"Out of office" in raw else []


def test_what_is_understood_is_taken_out_and_letters_stay(box):
    box.fill(report(), LETTER, report(), away())
    assert empty_mailbox(_settings(box), _take) == Emptied(taken=2, left=2)
    assert sorted(box.messages) == [2, 4]


def test_a_message_is_taken_out_only_after_it_was_taken(box):
    box.fill(report(), report())

    def fail(raw: bytes) -> list[MailEvent]:
        raise OperationalError

    with pytest.raises(OperationalError):
        empty_mailbox(_settings(box), fail)
    assert sorted(box.messages) == [1, 2]


def test_a_letter_over_which_we_stumble_hides_no_other_and_is_met_again(box, caplog):
    box.fill(report(), LETTER, report())

    def stumble(raw: bytes) -> list[MailEvent]:
        if raw.split() == LETTER.split():
            raise ValueError("what somebody wrote")
        return _take(raw)

    assert empty_mailbox(_settings(box), stumble) == Emptied(taken=2, left=1)
    assert empty_mailbox(_settings(box), stumble) == Emptied(taken=0, left=1)
    assert box.fetched.count(2) == 2
    assert "letter_not_read" in caplog.text
    assert "somebody wrote" not in caplog.text


def test_a_letter_that_cannot_be_fetched_hides_no_other_and_is_met_again(box):
    box.fill(report(), report(), report())
    box.locked = {2}
    assert empty_mailbox(_settings(box), _take) == Emptied(taken=2, left=1)
    box.locked = set()
    assert empty_mailbox(_settings(box), _take) == Emptied(taken=1)


def test_a_line_longer_than_any_may_be_hides_nothing(box):
    long = LETTER + b"x" * 30_000 + b"\r\n"
    box.fill(report(), long, report())
    assert empty_mailbox(_settings(box), _take) == Emptied(taken=2, left=1)
    assert list(box.messages) == [2]


def test_a_wrong_password_is_told(box):
    with pytest.raises(MailboxTrouble, match="wrong password"):
        empty_mailbox(_settings(box, "wrong"), _take)


def test_a_server_that_is_not_there_is_told(box):
    gone = MailboxSettings(
        host="127.0.0.1", kind=box.kind, port=1, security="none", user="a", password="b"
    )
    with pytest.raises(MailboxTrouble):
        empty_mailbox(gone, _take)


def test_a_server_that_cannot_prove_its_name_gets_no_password(box):
    secure = MailboxSettings(
        host="127.0.0.1", kind=box.kind, port=box.server_address[1], user="a", password="b"
    )
    with pytest.raises(MailboxTrouble):
        empty_mailbox(secure, _take)


def test_what_stays_is_not_fetched_again(box):
    if box.kind != "imap":
        pytest.skip("POP3 has no marks")
    box.fill(LETTER)
    empty_mailbox(_settings(box), _take)
    empty_mailbox(_settings(box), _take)
    assert box.fetched == [1]


def test_letters_that_stay_do_not_hide_what_comes_after_them(box, monkeypatch):
    monkeypatch.setattr("handpress.mail.inbound.mailbox._AT_ONCE", 3)
    box.keeps_marks = False
    box.fill(LETTER, LETTER, LETTER, LETTER, report(), report())
    assert empty_mailbox(_settings(box), _take) == Emptied(taken=2, left=1)
    assert box.fetched == [6, 5, 4]
    assert sorted(box.messages) == [1, 2, 3, 4]


def test_a_folder_has_any_name(box):
    if box.kind != "imap":
        pytest.skip("POP3 has no folders")
    box.fill(report())
    found = empty_mailbox(_settings(box, folder='Rückläufer & "mehr"'), _take)
    assert found == Emptied(taken=1)
    assert box.selected == '"R&APw-ckl&AOQ-ufer &- \\"mehr\\""'


def test_a_password_that_cannot_be_told_is_trouble_and_no_crash(box):
    if box.kind != "imap":
        pytest.skip("POP3 takes any")
    with pytest.raises(MailboxTrouble, match="cannot be told"):
        empty_mailbox(_settings(box, "pässword"), _take)
