"""One article into a large archive: `python bench/publish.py --sizes 1000 10000 100000`.

As in the background work of `handpress serve`, one `Press` is kept by a process that lives. The
article is saved with its topics and contributors in one transaction; the clock runs from just
before that transaction commits until every file it touches is in place and recorded. Hugo, which
keeps nothing between two builds, builds its whole site again after one file was added.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles

import hugo_site
import load
import measure
from corpus import SEED, Article, Corpus

import press

PUBLISHES = 60
WARM_UP = 10
CPU_TARGET_MS = 15.0
GROWTH_TARGET = 1.2


@dataclass(frozen=True, slots=True)
class Publish:
    """One publish: processor time and wall clock from the commit on, saving before it, files."""

    cpu_ms: float
    wall_ms: float
    save_cpu_ms: float
    files: int


def publish_all(newsroom: Path, size: int, *, seed: int = SEED) -> list[Publish]:
    """Publish article after article into a pressed newsroom, in this process."""
    load.enter_newsroom(newsroom)
    from handpress.press.actions import Press

    # As the background of `handpress serve` does.
    gc.freeze()
    work = Press()
    corpus = Corpus(size, seed)
    return [_publish(corpus.article(size + n), work) for n in range(WARM_UP + PUBLISHES)][WARM_UP:]


def _publish(article: Article, work: object) -> Publish:
    from django.db import transaction

    from handpress.press.actions import Press
    from handpress.press.site import site_store

    assert isinstance(work, Press)
    begun = _cpu_s()
    with transaction.atomic():
        _save(article)
        cpu, clock = _cpu_s(), time.perf_counter()
    # The background looks at the theme's files each second, whether or not anything is published.
    report = work.press(looks=False)
    spent, passed = _cpu_s() - cpu, time.perf_counter() - clock
    path = f"{article.published_at:%Y/%m}/{article.slug}.html"
    if path not in report.paths or not (site_store().root / path).is_file():
        raise SystemExit(f"{path} was published and is not there.")
    return Publish(spent * 1e3, passed * 1e3, (cpu - begun) * 1e3, report.written)


def _save(article: Article) -> None:
    from handpress.newsroom.models import ArticleContributor, ArticleTopic, Contributor, Topic

    row = load.unsaved_row(article, _source_id(article.source))
    row.pk = None
    row.save()
    for order, slug in enumerate(article.topics):
        topic = Topic.objects.get(slug=slug)
        ArticleTopic.objects.create(article=row, topic=topic, sort_order=order)
    for order, name in enumerate(article.contributors):
        person = Contributor.objects.get(name=name)
        ArticleContributor.objects.create(article=row, contributor=person, sort_order=order)


def _source_id(slug: str) -> int:
    from handpress.newsroom.models import Source

    return int(Source.objects.values_list("pk", flat=True).get(slug=slug))


def _cpu_s() -> float:
    """Return the processor time of this process and of the children it waited for."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def run_publishes(newsroom: Path, size: int) -> list[Publish]:
    """Publish in a process of its own; it can only ever enter one newsroom."""
    command = [sys.executable, __file__, "--newsroom", str(newsroom), "--sizes", str(size)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return [Publish(**one) for one in json.loads(answer.stdout)]


def rebuild_hugo(sides: press.Sides, out: Path) -> measure.Cost:
    """Add one article to Hugo's content and build into the folder that holds the last build."""
    corpus = Corpus(sides.size)
    hugo_site.ContentWriter(sides.hugo, corpus).add(corpus.article(sides.size))
    return press.run_hugo(sides.hugo, out)


def measure_sizes(
    folder: Path, sizes: Sequence[int]
) -> tuple[dict[int, list[Publish]], dict[int, measure.Cost]]:
    """Publish into an archive of each size, and let Hugo build each again; by size."""
    found, rebuilds = {}, {}
    for size in sizes:
        sides = press.prepare(folder, size)
        newsroom, out = press.outputs(folder, size, 1)
        if not newsroom.exists():
            press.run_pairs(folder, sides, rounds=1)
        press.say(f"Publishing {WARM_UP + PUBLISHES} articles into {size:,}")
        found[size] = run_publishes(newsroom, size)
        rebuilds[size] = rebuild_hugo(sides, out)
    return found, rebuilds


def print_table(found: dict[int, list[Publish]], rebuilds: dict[int, measure.Cost]) -> None:
    """Print medians and slowest tenths, and whether the archive's size can be felt."""
    print(
        "\n| articles | CPU median | CPU p90 | wall median | wall p90 | saving before, CPU | files "
        "| Hugo again, CPU | Hugo again, wall |\n|" + " --- |" * 9
    )
    for size, runs in found.items():
        cpu, wall = [run.cpu_ms for run in runs], [run.wall_ms for run in runs]
        again = rebuilds.get(size)
        hugo = f"{again.cpu_s * 1e3:,.0f} ms | {again.wall_s * 1e3:,.0f} ms" if again else "– | –"
        print(
            f"| {size:,} | {median(cpu):.1f} ms | {_p90(cpu):.1f} ms | {median(wall):.1f} ms "
            f"| {_p90(wall):.1f} ms | {median(run.save_cpu_ms for run in runs):.1f} ms "
            f"| {median(run.files for run in runs):.0f} | {hugo} |"
        )
    medians = [median(run.cpu_ms for run in runs) for runs in found.values()]
    _print_verdict("CPU at every size", max(medians), CPU_TARGET_MS, "ms")
    _print_verdict("largest archive to smallest", medians[-1] / medians[0], GROWTH_TARGET, "times")


def _p90(values: Sequence[float]) -> float:
    return quantiles(values, n=10)[-1]


def _print_verdict(what: str, value: float, target: float, unit: str) -> None:
    word = "reached" if value <= target else "MISSED"
    print(f"\n{what}: {value:.2f} {unit}, to be at most {target:g}: {word}")


def main() -> int:
    """Prepare and press what is missing, publish into each size, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--folder", type=Path, help="work here and leave everything in place")
    parser.add_argument("--newsroom", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.newsroom:
        runs = publish_all(options.newsroom, options.sizes[0])
        print(json.dumps([asdict(run) for run in runs]))
        return 0
    with tempfile.TemporaryDirectory(prefix="handpress-bench-") as scratch:
        folder = (options.folder or Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        print_table(*measure_sizes(folder, options.sizes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
