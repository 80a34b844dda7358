"""Log lines: one line, UTC, the event first and its fields after it."""

import logging
import re
import subprocess
import sys
from types import SimpleNamespace

from handpress.lib.logs import FieldFormatter


def line(event: str, **fields: object) -> str:
    record = logging.makeLogRecord({"name": "handpress.x", "levelname": "INFO", "msg": event})
    record.__dict__.update(fields)
    return FieldFormatter().format(record)


def test_fields_follow_the_event() -> None:
    said = line("page printed", page_id=7, path="topics/x/")
    assert said.endswith("INFO handpress.x: page printed page_id=7 path=topics/x/")


def test_the_moment_is_utc() -> None:
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ", line("x"))
    assert line("x", created=0.0, msecs=0.0).startswith("1970-01-01T00:00:00.000Z")


def test_a_field_cannot_break_out_of_its_line() -> None:
    said = line("refused", reason="first\nsecond", empty="")
    assert "\n" not in said
    assert said.endswith(r"reason='first\nsecond' empty=''")


def test_whole_objects_stay_out() -> None:
    assert "reader" not in line("failed", request=SimpleNamespace(user="reader"))


def test_an_error_brings_its_traceback() -> None:
    record = logging.makeLogRecord({"msg": "failed"})
    try:
        raise ValueError("odd")
    except ValueError:
        record.exc_info = sys.exc_info()
    assert "ValueError: odd" in FieldFormatter().format(record)


def test_what_readers_ask_for_is_not_written() -> None:
    code = """
import logging.config
from handpress.lib.logs import logging_config
logging.config.dictConfig(logging_config())
logging.getLogger("django.request").warning("Not Found: %s", "/secret-wish")
logging.getLogger("handpress.press").info("printed", extra={"pages": 3})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "secret-wish" not in done.stderr
    assert "handpress.press: printed pages=3" in done.stderr
    assert done.stdout == ""


def test_what_strangers_get_wrong_is_not_written() -> None:
    code = """
import logging.config
from handpress.lib.logs import logging_config
logging.config.dictConfig(logging_config())
for name in ("csrf", "DisallowedHost", "TooManyFieldsSent"):
    say = logging.getLogger(f"django.security.{name}").error
    say("Forbidden: %s", "/desk/link/a-token-that-works/", exc_info=ValueError("from a stranger"))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_an_address_that_opens_something_is_not_written_whole() -> None:
    for address in ("/desk/link/s3cret:x/", "/-/my-data/s3cret.1.x", "/-/preferences/s3cret"):
        said = line(f"Internal Server Error: {address}", path=address, status_code=500)
        assert "s3cret" not in said
        assert said.count(f"{address.partition('s3cret')[0]}…") == 2
    assert "/desk/snippets/newsroom/article/edit/7/" in line(
        "Internal Server Error: /desk/snippets/newsroom/article/edit/7/"
    )
