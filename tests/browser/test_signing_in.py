"""Signing in as a person does, with a passkey in a real browser, on a real server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from browser.conftest import Served, find_browser
from newsrooms import make_newsroom
from prepared import copy_database, copy_desk_files
from servers import free_port, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PHRASE = "lamp oil and newsprint"
PATIENCE_MS = 15_000
# What the security chip of a phone does, as the browser's own tools pretend it.
CHIP = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Person:
    """Somebody with a browser of their own, which may hold passkeys."""

    context: BrowserContext
    url: str
    page: Page = field(init=False)
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", self._note)

    def _note(self, message: Any) -> None:
        if message.type == "error":
            self.troubles.append(message.text)

    def gets_a_chip(self, **changed: Any) -> None:
        tools = self.context.new_cdp_session(self.page)
        tools.send("WebAuthn.enable")
        options = {"options": CHIP | changed}
        tools.send("WebAuthn.addVirtualAuthenticator", options)

    def goes_to(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")

    def reads(self, heading: str) -> None:
        self.page.get_by_role("heading", name=heading, level=1).wait_for()

    def presses(self, name: str) -> None:
        self.page.get_by_role("main").get_by_role("button", name=name, exact=True).click()

    def follows(self, name: str) -> None:
        self.page.get_by_role("main").get_by_role("link", name=name, exact=True).click()

    def chooses_password(self) -> None:
        self.page.get_by_label("New password").fill(PHRASE)
        self.page.get_by_label("The same once more").fill(PHRASE)

    def gives_password(self, name: str) -> None:
        self.goes_to("desk/sign-in/")
        self.page.get_by_label("User name or e-mail address").fill(name)
        self.page.get_by_label("Password").fill(PHRASE)
        self.presses("Sign in")

    def signs_out(self) -> None:
        self.goes_to("desk/sign-out/")
        self.presses("Sign out")
        self.reads("Sign in to the desk")

    def is_at_the_desk(self) -> None:
        self.goes_to("desk/")
        self.page.get_by_role("navigation", name="Main menu").wait_for()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A newsroom that requires a second factor, served under a name: passkeys need one."""
    find_browser()
    folder = make_newsroom(tmp_path_factory.mktemp("signing-in") / "newsroom")
    settings = folder / "handpress.toml"
    settings.write_text(settings.read_text().replace('"offered"', '"required"'))
    copy_database(folder / "newsroom.sqlite3")
    copy_desk_files(folder)
    port = free_port()
    log = folder / "var" / "log"
    with log.open("w") as out:
        serve = [sys.executable, "-m", "handpress", "serve", "--workers", "2"]
        environ = environ_of(folder, port)
        process = subprocess.Popen(serve, env=environ, stdout=out, stderr=out)
    try:
        wait_until(lambda: process.poll() is not None or (folder / "site/index.html").exists())
        assert process.poll() is None, log.read_text()
        yield Served(folder, f"http://localhost:{port}/")
    finally:
        process.terminate()
        assert process.wait(20) == 0, log.read_text()
    assert "Traceback" not in log.read_text(), log.read_text()


def environ_of(folder: Path, port: int) -> dict[str, str]:
    return {
        **os.environ,
        "HANDPRESS_NEWSROOM": str(folder),
        "HANDPRESS_NEWSROOM_ADDRESS": f"http://localhost:{port}/",
        "HANDPRESS_SERVER_PORT": str(port),
    }


def handpress(served: Served, *words: str) -> str:
    """Run a command in the newsroom; return the last line that it prints."""
    port = int(re.findall(r":(\d+)/", served.url)[0])
    done = subprocess.run(
        [sys.executable, "-m", "handpress", *words],
        env=environ_of(served.folder, port),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip().splitlines()[-1]


@pytest.fixture
def meet(browser: Browser, guarded: Served) -> Iterator[Any]:
    """Opens browsers for people; at the end none of them has complained."""
    people: list[Person] = []

    def open_browser(**options: Any) -> Person:
        context = browser.new_context(viewport={"width": 1200, "height": 900}, **options)
        people.append(Person(context, guarded.url))
        return people[-1]

    yield open_browser
    for person in people:
        person.context.close()
        assert person.troubles == []


def invited(served: Served, meet: Any, name: str, *words: str) -> Person:
    """Invite somebody, who opens the link and chooses a password."""
    link = handpress(served, "user", "add", f"{name}@proof.example", "--name", name, *words)
    person: Person = meet()
    person.page.goto(link)
    person.reads("Welcome to The Proof")
    assert person.page.get_by_label("User name").input_value() == name
    person.chooses_password()
    person.presses("Join")
    return person


def adds_a_passkey(person: Person, name: str) -> list[str]:
    """Add a passkey; return the recovery codes that are shown."""
    person.follows("Add a passkey")
    person.page.get_by_label("Name of this passkey").fill(name)
    person.presses("Add a passkey")
    person.reads("Recovery codes")
    codes = person.page.get_by_role("main").get_by_role("code").all_inner_texts()
    assert len(codes) == 10
    return codes


def test_who_is_invited_sets_up_a_passkey_and_signs_in_with_it(guarded: Served, meet: Any) -> None:
    ada = invited(guarded, meet, "ada", "--superuser")
    ada.gets_a_chip()
    ada.reads("Set up a second factor")
    ada.goes_to("desk/images/")
    ada.reads("Set up a second factor")
    adds_a_passkey(ada, "work laptop")
    ada.follows("I have them: on to the desk")
    ada.page.get_by_role("navigation", name="Main menu").wait_for()

    ada.signs_out()
    ada.presses("Sign in with a passkey")
    ada.page.get_by_role("navigation", name="Main menu").wait_for()
    ada.goes_to("desk/security/")
    ada.page.get_by_text("work laptop").wait_for()


def test_a_stolen_password_is_stopped_and_a_recovery_code_works_once(
    guarded: Served, meet: Any
) -> None:
    bo = invited(guarded, meet, "bo", "--superuser")
    bo.gets_a_chip()
    codes = adds_a_passkey(bo, "phone")

    thief = meet()
    thief.gives_password("bo")
    thief.reads("Second step")
    for path in ("desk/", "desk/users/", "desk/account/", "desk/security/"):
        thief.goes_to(path)
        # Where the sign-in page finds a step begun, it leads on to that.
        thief.reads("Second step")

    other = meet()
    other.gives_password("bo@proof.example")
    other.page.get_by_label("Code").fill(codes[0])
    other.presses("Continue")
    other.page.get_by_role("navigation", name="Main menu").wait_for()

    thief.page.get_by_label("Code").fill(codes[0])
    thief.presses("Continue")
    thief.page.get_by_text("This did not work.").wait_for()
    thief.goes_to("desk/")
    thief.reads("Second step")


def test_a_session_that_is_ended_is_out_at_its_next_step(guarded: Served, meet: Any) -> None:
    eve = invited(guarded, meet, "eve", "--superuser")
    eve.gets_a_chip()
    codes = adds_a_passkey(eve, "phone")
    elsewhere = meet(user_agent="Mozilla/5.0 (Android 16) Firefox/150.0")
    elsewhere.gives_password("eve")
    elsewhere.page.get_by_label("Code").fill(codes[1])
    elsewhere.presses("Continue")
    elsewhere.is_at_the_desk()

    eve.goes_to("desk/security/")
    eve.presses("End the session in Firefox on Android")
    eve.page.get_by_text("That session has been ended.").wait_for()
    elsewhere.goes_to("desk/users/")
    elsewhere.reads("Sign in to the desk")
    eve.is_at_the_desk()

    handpress(guarded, "user", "lock", "eve")
    eve.goes_to("desk/")
    eve.reads("Sign in to the desk")
    # A browser that holds the passkey learns why.
    eve.presses("Sign in with a passkey")
    eve.reads("This account is locked")


def test_a_passkey_that_is_refused_changes_nothing(guarded: Served, meet: Any) -> None:
    finn = invited(guarded, meet, "finn", "--superuser")
    finn.gets_a_chip(isUserVerified=False)
    finn.follows("Add a passkey")
    finn.presses("Add a passkey")
    finn.page.get_by_role("status").get_by_text("That was cancelled, or took too long.").wait_for()
    assert finn.page.get_by_role("button", name="Add a passkey").is_enabled()


def test_at_a_numbers_address_the_page_says_where_passkeys_work(guarded: Served, meet: Any) -> None:
    gil = invited(guarded, meet, "gil", "--superuser")
    gil.goes_to("desk/sign-out/")
    gil.presses("Sign out")
    numbered = gil.url.replace("localhost", "127.0.0.1")
    gil.page.goto(f"{numbered}desk/sign-in/")
    assert not gil.page.get_by_role("button", name="Sign in with a passkey").is_visible()
    gil.page.get_by_label("User name or e-mail address").fill("gil")
    gil.page.get_by_label("Password").fill(PHRASE)
    gil.presses("Sign in")
    gil.follows("Add a passkey")
    there = gil.page.get_by_role("link", name=f"{gil.url}desk/security/passkeys/add/")
    there.wait_for()
    assert gil.page.get_by_role("button", name="Add a passkey").is_disabled()


def test_without_scripts_password_and_app_still_work(guarded: Served, meet: Any) -> None:
    import time

    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    link = handpress(guarded, "user", "add", "hal@proof.example", "--role", "editor")
    hal = meet(java_script_enabled=False)
    hal.page.goto(link)
    hal.page.get_by_label("User name").fill("hal")
    hal.chooses_password()
    hal.presses("Join")
    hal.follows("Set up an app")
    hal.page.get_by_text("It cannot scan?").click()
    secret = hal.page.get_by_role("code").inner_text()
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    hal.page.get_by_label("Code that the app shows now").fill(code)
    hal.presses("Switch on")
    hal.reads("Recovery codes")


def test_the_keyboard_alone_signs_in_and_errors_are_tied_to_fields(
    guarded: Served, meet: Any
) -> None:
    ivy = invited(guarded, meet, "ivy", "--superuser")
    ivy.goes_to("desk/sign-out/")
    ivy.presses("Sign out")
    ivy.reads("Sign in to the desk")
    ivy.page.get_by_label("User name or e-mail address").focus()
    ivy.page.keyboard.type("ivy")
    ivy.page.keyboard.press("Tab")
    ivy.page.keyboard.press("Tab")
    ivy.page.keyboard.press("Enter")
    ivy.page.get_by_text("This field is required.").wait_for()
    field = ivy.page.get_by_label("Password")
    assert field.get_attribute("aria-invalid") == "true"
    described = field.get_attribute("aria-describedby") or ""
    assert "required" in ivy.page.locator(f"#{described.split()[-1]}").inner_text()
    assert ivy.page.title().startswith("Error:")
    field.focus()
    ivy.page.keyboard.type(PHRASE)
    ivy.page.keyboard.press("Enter")
    ivy.reads("Set up a second factor")
