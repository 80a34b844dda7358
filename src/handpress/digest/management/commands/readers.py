"""`handpress readers`: the readers of the digest, brought in, taken along, erased."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from handpress.digest import actions
from handpress.digest.actions.importing import Sheet, import_readers
from handpress.digest.core.incoming import Fate, NotAList
from handpress.digest.formats import Columns, Upload, open_list
from handpress.digest.models import Subscriber, SubscriberState
from handpress.digest.queries.book import totals
from handpress.digest.views.book import lines_of
from handpress.lib.commands import Verb
from handpress.lib.progress import Progress, progress
from handpress.mail.core.addresses import NotAnAddress, normal_key

_STEPS = ("count", "import", "export", "erase")
_DONE, _FAILED, _MISUSED = 0, 1, 2
_COLUMNS = [one.name for one in fields(Columns)]


class Command(Verb, BaseCommand):
    """Counts, imports, exports and erases readers."""

    help = (
        "Readers of the digest: count them, import a list (import FILE), export all (export FILE; "
        "- is standard output), erase one (erase ADDRESS)."
    )
    has_json = True
    has_dry_run = True

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("step", choices=_STEPS, help="what to do")
        parser.add_argument("what", nargs="?", default="", help="a file, or an address")
        parser.add_argument(
            "--agreed",
            metavar="WORDS",
            default="",
            help="import: what these people agreed to there; kept as proof",
        )
        parser.add_argument(
            "--column",
            metavar="WHAT=NAME",
            action="append",
            default=[],
            help=f"import: which column holds what ({', '.join(_COLUMNS)}); may be given often",
        )

    def run(self, options: dict[str, Any]) -> int:
        step, what = options["step"], options["what"]
        if step == "count":
            return self._count()
        if not what:
            thing = "ADDRESS" if step == "erase" else "FILE"
            self.say(f"What? handpress readers {step} {thing}")
            return _MISUSED
        if step == "import":
            return self._import(Path(what), options)
        if step == "export":
            return self._export(what, is_dry=options["dry_run"])
        return self._erase(what, is_dry=options["dry_run"])

    def _count(self) -> int:
        found = asdict(totals())
        self.print_result("\n".join(f"{count:>9} {word}" for word, count in found.items()), found)
        return _DONE

    def _import(self, file: Path, options: dict[str, Any]) -> int:
        try:
            upload = self._with_columns(open_list(file.name, file.read_bytes()), options["column"])
            sheet = self._take_over(upload, options)
        except OSError as error:
            self.say(f"{file} cannot be read ({error.strerror}). Nothing was changed.")
            return _FAILED
        except NotAList as refusal:
            self.say(str(refusal))
            return _FAILED
        self._report(sheet, upload)
        return _DONE

    def _with_columns(self, upload: Upload, named: list[str]) -> Upload:
        chosen = asdict(upload.columns)
        for text in named:
            what, _, name = text.partition("=")
            if what not in chosen or name not in ("", *upload.header):
                raise NotAList(
                    f"--column {text} does not fit. It is WHAT=NAME, with WHAT one of "
                    f"{', '.join(_COLUMNS)}, NAME one of {', '.join(upload.header)}, or nothing. "
                    "Nothing was changed."
                )
            chosen[what] = name
        if not chosen["address"]:
            raise NotAList("Some column must hold the addresses. Nothing was changed.")
        return upload.with_columns(Columns(**chosen)) if named else upload

    def _take_over(self, upload: Upload, options: dict[str, Any]) -> Sheet:
        lines = sum(table.text.count("\n") for table in upload.tables)
        work: Progress[None] = progress(lines, "Reading the list")
        done = 0

        def notify(found: int) -> None:
            nonlocal done
            work.update(found - done)
            done = found

        with work:
            return import_readers(
                upload.readers(),
                origin=upload.format.name,
                words=options["agreed"],
                is_dry=options["dry_run"],
                notify=notify,
            )

    def _report(self, sheet: Sheet, upload: Upload) -> None:
        for name in upload.held_back:
            self.say(f"Left out, as the people in it never asked for mail: {name}")
        if not upload.says_who_left:
            self.say(
                "No column says who has left: everybody in the list counts as a reader. If one "
                "does, name it: --column standing=NAME, or --column left=NAME."
            )
        if sheet.unread_states:
            words = ", ".join(sheet.unread_states)
            self.say(f"Not understood, so whoever has it counts as left: {words}")
        for one in sheet.refusals:
            self.say(f"Line {one['line']}: {one['what'] or '(empty)'} {one['why']}")
        if sheet.unknown_topics:
            self.say(f"No topics here: {', '.join(sheet.unknown_topics)}")
        rows = [(sheet.counts[fate.name], fate.value) for fate in Fate]
        rows += [(sheet.twice, "in the list twice"), (sheet.refused, "refused")]
        lines = [f"{sheet.found:>9} found", *(f"{n:>9} {words}" for n, words in rows if n)]
        self.print_result("\n".join(lines), sheet.as_json())
        if sheet.is_dry:
            self.say("This was a dry run: nothing was changed.")

    def _export(self, where: str, *, is_dry: bool) -> int:
        if is_dry:
            count = Subscriber.objects.exclude(state=SubscriberState.ERASED).count()
            self.print_result(f"{count:,} readers would be written.", {"readers": count})
            self.say("This was a dry run: nothing was written.")
            return _DONE
        lines = lines_of(Subscriber.objects.all())
        if where == "-":
            for line in lines:
                self.stdout.write(line, ending="")
            return _DONE
        file = Path(where)
        if file.exists():
            self.say(f"{file} is there already. Name another file; nothing was written.")
            return _FAILED
        try:
            # Nobody else on the machine is to read it.
            file.touch(mode=0o600)
            with file.open("w", encoding="utf-8", newline="") as stream:
                stream.writelines(lines)
        except OSError as error:
            self.say(f"{file} cannot be written ({error.strerror}).")
            return _FAILED
        self.say(f"{file} holds the readers. It is people’s addresses: keep it safe.")
        return _DONE

    def _erase(self, typed: str, *, is_dry: bool) -> int:
        try:
            key = normal_key(typed)
        except NotAnAddress:
            self.say("That is no e-mail address. Nothing was changed.")
            return _MISUSED
        reader = Subscriber.objects.filter(address_key=key).first()
        if reader is None:
            self.say("Nobody with that address is known. Nothing was changed.")
            return _FAILED
        if is_dry:
            self.say("A reader with that address is known. This was a dry run: nothing was erased.")
            return _DONE
        actions.erase_reader(reader)
        self.print_result("Erased.", {"erased": True})
        return _DONE
