"""The `handpress` command: find the newsroom, then run the management command of that name.

Django is imported only once it is known what to do, so that --help answers at once.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from handpress import __version__

VERBS = {
    "init": "make a newsroom: settings, key, folders, database",
    "import": "bring saved pages into the newsroom",
    "press": "print what is stale; --all, --verify",
    "serve": "serve the site, the desk and forms",
    "demo": "make an invented newsroom and serve it",
    "digest": "the editions: compose, preview, keys",
    "readers": "count, import, export and erase readers of the digest",
    "fund": "the books: report, export, verify",
    "user": "invite, reset, lock, unlock and list who uses the desk",
    "mail": "take in what comes back: receive, listen, poll, explain",
    "theme": "begin, list and check themes",
    "doctor": "check everything that can be checked and say how to mend it",
    "manage": "run any other management command (handpress manage help)",
}

_USAGE = """\
handpress {version}: the press that nobody can take from you

  handpress [--newsroom DIR] VERB ...

{verbs}

  handpress VERB --help tells more about a verb.
  The newsroom is DIR, or what HANDPRESS_NEWSROOM names, or the nearest folder from
  here upward that holds a handpress.toml.
"""

DONE, FAILED, MISUSED = 0, 1, 2
# sysexits.h: a mail server keeps the message and comes again. Of any other it is lost.
TRY_AGAIN = 75
INTERRUPTED = 130  # 128 + SIGINT, as shells say it
PIPE_CLOSED = 141  # 128 + SIGPIPE


class MisuseError(Exception):
    """The command line cannot be understood; the message says what would be right."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command line and return its exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    status = _status_of(words)
    return TRY_AGAIN if status and _is_for_a_mail_server(words) else status


def _is_for_a_mail_server(words: list[str]) -> bool:
    """Say whether a message hangs on it, which no mistake of ours may cost."""
    return ("mail", "receive") in pairwise(words)


def _status_of(words: list[str]) -> int:
    try:
        status = _run(words)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has enough. Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except MisuseError as error:
        return _fail(str(error), MISUSED)
    return status


def _run(arguments: list[str]) -> int:
    named, words = take_newsroom(arguments)
    if not words or words[0] in {"help", "-h", "--help"}:
        print(usage(), end="", file=sys.stdout if words else sys.stderr)
        return DONE if words else MISUSED
    if words[0] in {"--version", "-V"}:
        print(f"handpress {__version__}")
        return DONE
    verb, rest = words[0], words[1:]
    if verb not in VERBS:
        raise MisuseError(_unknown(verb))
    return _explained(lambda: _start(named, verb, rest), with_traceback="--traceback" in rest)


def _start(named: str | None, verb: str, rest: list[str]) -> int:
    if verb == "init":
        return _init(named, [word for word in rest if word != "--traceback"])
    if verb == "demo":
        return _demo(named, rest)
    if verb == "manage":
        return _manage(named, rest)
    return _act(named, verb, rest)


def usage() -> str:
    """Return what `handpress --help` prints."""
    verbs = "\n".join(f"  {verb:<8} {words}" for verb, words in VERBS.items())
    return _USAGE.format(version=__version__, verbs=verbs)


def take_newsroom(arguments: list[str]) -> tuple[str | None, list[str]]:
    """Return what --newsroom names, before or after the verb, and the other arguments.

    What follows `--` is left alone.
    """
    named, rest = None, []
    words = iter(arguments)
    for word in words:
        if word == "--newsroom":
            named = next(words, "")
        elif word.startswith("--newsroom="):
            named = word.partition("=")[2]
        else:
            rest.append(word)
            if word == "--":
                rest.extend(words)
            continue
        if not named:
            raise MisuseError("--newsroom needs the folder of a newsroom after it.")
    return named, rest


def _unknown(verb: str) -> str:
    from difflib import get_close_matches

    if verb.startswith("-"):
        return f"There is no option {verb}. `handpress --help` lists what there is."
    near = get_close_matches(verb, VERBS, n=1)
    hint = f"Did you mean `handpress {near[0]}`? " if near else ""
    return f"There is no verb “{verb}”. {hint}`handpress --help` lists them."


def _act(named: str | None, verb: str, rest: list[str]) -> int:
    """Run a verb in the newsroom that is meant."""
    from handpress import conf

    if _asks_for_help(rest):
        os.environ[conf.NEWSROOM_VARIABLE] = conf.NO_NEWSROOM
        return run_django(verb, rest)
    folder = _find(named)
    if folder is None:
        raise MisuseError(
            f"There is no newsroom here: neither {Path.cwd()} nor any folder above it holds "
            f"a {conf.SETTINGS_FILE}. Go to one, name it with --newsroom DIR, or make one with "
            "`handpress init DIR`."
        )
    try:
        enter(folder)
    except conf.SettingsError as error:
        if verb != "doctor":
            raise
        return _report_settings(error, rest)
    return run_django(verb, rest)


def _report_settings(error: Exception, rest: list[str]) -> int:
    # The doctor is who one asks when nothing else starts.
    from handpress.conf.faults import SettingsError
    from handpress.lib.findings import Finding, render_findings

    assert isinstance(error, SettingsError)
    findings = [
        Finding("settings", "fail", f"{fault.where}: {fault.problem}", fault.remedy)
        for fault in error.faults
    ]
    print(render_findings(findings, as_json="--json" in rest))
    return FAILED


def _manage(named: str | None, rest: list[str]) -> int:
    if not rest:
        raise MisuseError("Name a management command: `handpress manage help` lists them.")
    return _act(named, "manage", rest)


def _init(named: str | None, rest: list[str]) -> int:
    from handpress.cli.founding import init

    return init(named, rest)


def _demo(named: str | None, rest: list[str]) -> int:
    from handpress.cli.founding import found_demo

    if not _asks_for_help(rest):
        named, rest = found_demo(named, rest)
    return _act(named, "demo", rest)


def _asks_for_help(rest: list[str]) -> bool:
    return rest[:1] == ["help"] or any(word in {"-h", "--help"} for word in rest)


def _find(named: str | None) -> Path | None:
    from handpress import conf

    environ = {conf.NEWSROOM_VARIABLE: named} if named else os.environ
    return conf.find_newsroom(Path.cwd(), environ)


def enter(folder: Path) -> None:
    """Check the settings of the newsroom in `folder` and let Django load them."""
    from handpress import conf

    conf.load(folder, os.environ)
    os.environ[conf.NEWSROOM_VARIABLE] = str(folder.resolve())


def run_django(verb: str, rest: list[str]) -> int:
    """Run a verb's management command, or the one that follows `manage`; return its status."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "handpress.project.settings"
    # What is imported stays: the collector would go through it again and again to free nothing.
    gc.disable()
    import django
    from django.core.management import ManagementUtility

    django.setup()
    gc.freeze()
    gc.enable()
    try:
        if verb == "manage":
            ManagementUtility(["handpress manage", *rest]).execute()
        else:
            # With --traceback Django hands its errors on instead of printing them.
            words = ["handpress", verb, "--traceback", *rest]
            ManagementUtility(words).fetch_command(verb).run_from_argv(words)
    except SystemExit as leaving:
        return _leave(leaving)
    return DONE


def _leave(leaving: SystemExit) -> int:
    if isinstance(leaving.code, str):
        return _fail(leaving.code, FAILED)
    return leaving.code or DONE


def _explained(run: Callable[[], int], *, with_traceback: bool) -> int:
    """Run, and turn what nobody below could handle into words."""
    from handpress.conf.faults import SettingsError
    from handpress.conf.founding import FoundingError

    try:
        return run()
    except (KeyboardInterrupt, BrokenPipeError, MisuseError):
        raise
    except SystemExit as leaving:
        return _leave(leaving)
    except SettingsError as error:
        return _fail(str(error), MISUSED)
    except FoundingError as error:
        return _fail(str(error), FAILED)
    except Exception as error:
        if with_traceback:
            raise
        return _fail(_explain(error), getattr(error, "returncode", FAILED))


def _explain(error: Exception) -> str:
    what = f"{type(error).__name__}: {error}".strip().rstrip(":")
    # Django's classes are known by name: importing Django here could fail in the same way.
    if type(error).__name__ in {"CommandError", "SystemCheckError"}:
        return str(error)
    if type(error).__name__ == "OperationalError":
        return (
            f"The database could not do its work ({error}). What was saved before is safe, and "
            "what was under way has been undone. `handpress doctor` looks for the cause."
        )
    if isinstance(error, OSError):
        place = f" at {error.filename}" if error.filename else ""
        return (
            f"The system refused{place}: {error.strerror or error}. What was saved before is "
            "safe, and the same command may be run again. `handpress doctor` looks for the cause."
        )
    return (
        f"Handpress stopped on a fault of its own ({what}). What was saved before is safe, and "
        "the same command may be run again. With --traceback it shows where it happened."
    )


def _fail(message: str, status: int) -> int:
    print(f"handpress: {message}", file=sys.stderr)
    return status
