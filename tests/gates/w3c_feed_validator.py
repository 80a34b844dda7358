"""Ask W3C's feed validator, from a checkout, in a process of its own: `w3c_feed_validator.py DIR`.

stdin: a list of [bytes as latin-1, address]; stdout: for each a list of [check, words].
"""

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any


def main(checkout: str) -> None:
    sys.path.insert(0, str(Path(checkout) / "src"))
    validator = import_module("feedvalidator")
    kinds = import_module("feedvalidator.logging")
    print(json.dumps([judge(validator, kinds, *each) for each in json.load(sys.stdin)]))


def judge(validator: Any, kinds: Any, content: str, address: str) -> list[tuple[str, str]]:
    """Return what it says; a feed whose type it does not know counts as none, whatever it says."""
    data = content.encode("latin-1")
    try:
        result = validator.validateString(data, firstOccurrenceOnly=1, base=address)
    except UnicodeError as error:
        return [("no feed", str(error))]
    said = []
    if not result.get("feedType"):
        said.append(("no feed", "it does not know what this is"))
    for event in result.get("loggedEvents", []):
        where = f"{type(event).__name__} at line {event.params.get('line')}"
        if isinstance(event, kinds.Error):
            said.append(("error", where))
        elif isinstance(event, kinds.Warning):
            said.append(("warning", where))
    return said


if __name__ == "__main__":
    main(sys.argv[1])
