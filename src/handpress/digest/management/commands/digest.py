"""`handpress digest`: editions by hand."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand

from handpress.digest import editions
from handpress.digest.core.schedule import next_slot
from handpress.digest.management import sending
from handpress.digest.message import compile_edition, parts_of
from handpress.digest.models import Edition, EditionState, Frequency
from handpress.lib import clock
from handpress.lib.commands import Verb
from handpress.mail import keys
from handpress.mail.core.records import Record
from handpress.newsroom.models import Topic

_DONE, _FAILED, _MISUSED = 0, 1, 2
_NOBODY = UUID(int=0)


class Command(Verb, BaseCommand):
    """Composes and previews editions, and makes the keys that sign them."""

    help = (
        "Compose the edition that is due (compose), see the mail as readers would get it "
        "(preview), make the keys that sign mail and print their records (keys), send what is due "
        "or was interrupted (send), say how far it is (status)."
    )
    has_json = True
    has_dry_run = True

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("step", choices=sorted(self.steps()), help="what to do")
        parser.add_argument("--weekly", action="store_true", help="the weekly edition")
        parser.add_argument(
            "--now", action="store_true", help="send: the edition that waits, even if it is held"
        )
        parser.add_argument("--form", choices=("text", "html", "eml"), default="text")
        parser.add_argument("--topic", action="append", default=[], help="for readers of this")
        parser.add_argument("--language", default="", help="of the words around: en, ko")

    def steps(self) -> dict[str, Callable[[dict[str, Any]], int]]:
        return {
            "compose": self._compose,
            "preview": self._preview,
            "keys": self._keys,
            "send": lambda options: sending.send(self, options),
            "status": lambda options: sending.status(self, options),
        }

    def run(self, options: dict[str, Any]) -> int:
        return self.steps()[options["step"]](options)

    # --- compose ------------------------------------------------------------------------

    def _compose(self, options: dict[str, Any]) -> int:
        edition = self._edition(options, is_trial=options["dry_run"])
        if edition is None:
            return _FAILED
        contents = editions.contents_of(edition)
        found = [each.headline for each in contents.pieces]
        words = [f"{edition}: {edition.get_state_display()}. {edition.reason}".strip()]
        words += [f"  {edition.subject}"] if edition.subject else []
        words += [f"  · {headline}" for headline in found]
        self.print_result(
            "\n".join(words),
            {
                "edition": edition.pk,
                "day": edition.edition_on,
                "state": edition.get_state_display(),
                "reason": edition.reason,
                "subject": edition.subject,
                "articles": found,
                "send_at": edition.send_at,
            },
        )
        return _DONE

    def _edition(self, options: dict[str, Any], *, is_trial: bool) -> Edition | None:
        """Return the edition that waits, composed anew, or a new one; None says why not."""
        frequency = Frequency.WEEKLY if options["weekly"] else Frequency.DAILY
        table = editions.timetable(frequency)
        if table is None:
            self.say(
                f"The settings have no {frequency.label} edition ([digest] in handpress.toml)."
            )
            return None
        now = clock.now()
        slot = next_slot(now - table.late, table)
        known = Edition.objects.filter(frequency=frequency, edition_on=slot.on).first()
        if known is None:
            if is_trial:
                return editions.drafted(frequency, slot, now)
            made = editions.compose_edition(frequency, slot, now)
            if made is None:
                self.say("Somebody else has just made it. The same command again shows it.")
            return made
        if is_trial:
            return known
        is_left_out = known.state == EditionState.SKIPPED
        again = editions.refresh_edition(known.pk, slot, now) if is_left_out else None
        again = again or editions.recompose_edition(known.pk, now)
        if again is None:
            self.say(f"{known} is {known.get_state_display()}: nothing changes it any more.")
        return again

    # --- preview ------------------------------------------------------------------------

    def _preview(self, options: dict[str, Any]) -> int:
        choice = self._choice(options["topic"])
        edition = self._edition(options, is_trial=True) if choice != frozenset() else None
        if edition is None:
            return _MISUSED if choice == frozenset() else _FAILED
        contents = editions.contents_of(edition)
        values = editions.slots(edition.pk or 0, 0, _NOBODY, "reader@example.org")
        if options["form"] == "eml":
            message = compile_edition(edition, contents, choice, options["language"]).build(values)
            # As it is: a terminal's line ends are not those of mail.
            stream = self.stdout._out.buffer
            stream.write(message)
            stream.flush()
            return _DONE
        _, text, html = parts_of(edition, contents, choice, options["language"])
        shown = editions.filled(html if options["form"] == "html" else text, values)
        self.stdout.write(shown)
        return _DONE

    def _choice(self, slugs: list[str]) -> frozenset[int] | None:
        """Return the ids of topics; None for all, an empty set where one is not known."""
        if not slugs:
            return None
        known = dict(Topic.objects.filter(slug__in=slugs).values_list("slug", "pk"))
        for slug in slugs:
            if slug not in known:
                self.say(f"There is no topic “{slug}”. Its name here is the last of its address.")
                return frozenset()
        return frozenset(known.values())

    # --- keys ---------------------------------------------------------------------------

    def _keys(self, options: dict[str, Any]) -> int:
        if options["dry_run"]:
            return self._would_make_keys()
        made = keys.make_keys()
        signers = keys.signers()
        self.say(
            f"Made {', '.join(made)} in {keys.keys_folder()}." if made else "The keys were there."
        )
        self.say(
            "Publish these TXT records; until they are out, mail that is signed is distrusted."
        )
        lines = [str(Record(each.record_name, "TXT", each.record)) for each in signers]
        data = [{"name": each.record_name, "record": each.record} for each in signers]
        self.print_result("\n".join(lines), {"made": made, "records": data})
        return _DONE

    def _would_make_keys(self) -> int:
        missing = keys.missing_keys()
        what = f"Would make {', '.join(missing)} in {keys.keys_folder()}."
        self.print_result(what if missing else "The keys are there.", {"missing": missing})
        self.say("This was a dry run: nothing was made.")
        return _DONE
