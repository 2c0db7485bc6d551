"""Pieces of the pipeline that tests run in other processes, several at once or killed half-way.

The processes are forked from a server that has imported everything and started no engine: a new one costs milliseconds.
"""

import itertools
import multiprocessing as mp
import random
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from trend_assets.hours import HOUR, Span
from trend_assets.steps import Work
from trend_assets.trends import spine
from trend_assets_tests.stores import LATER, commit_world, export, open_stores

Row = dict[str, Any]
Tables = dict[str, list[tuple[Any, ...]]]

CONTEXT = mp.get_context("forkserver")
CONTEXT.set_forkserver_preload(["trend_assets_tests.trends.processes"])


def rows(work: Work, before: datetime | None = None) -> Tables:
    """Return every row of the spine, sorted."""
    return export(work.lake, before)


def settle_all(work: Work) -> list[Span]:
    """Run the dirty hours until there are none; it must end."""
    done = list(itertools.islice(spine.run_dirty(work), 100))
    assert spine.dirty_hours(work) == {}
    return done


def random_spans(rng: random.Random, whole: Span, longest: int = 6) -> list[Span]:
    """Return overlapping spans that hold every hour of the whole, in random order."""
    hours = list(whole)
    found = [Span(hour, min(hour + rng.randint(1, longest) * HOUR, whole.end)) for hour in hours[:: max(1, longest // 2)]]
    missing = [Span.of(hour) for hour in hours if not any(hour in span for span in found)]
    return rng.sample(found + missing, len(found + missing))


def run_spans(folder: Path, spans: Iterable[Span]) -> None:
    """Run the spans one after the other, each in parts."""
    work = open_stores(folder, part_hours=2)
    for span in spans:
        spine.run(work, span)


def run_dirty(folder: Path) -> None:
    """Run the dirty hours until there are none."""
    for _ in spine.run_dirty(open_stores(folder)):
        pass


def commit_one_by_one(folder: Path, world: list[Row], first: int, pause: float) -> None:
    """Commit the runs, each on its own and in order; `first` is the number of the first one in its world."""
    work = open_stores(folder)
    for number, row in enumerate(world, start=first):
        commit_world(work, [row], LATER + timedelta(seconds=number))
        time.sleep(pause)


def capture_and_run(folder: Path, world: list[Row], spans: list[Span]) -> None:
    """Commit each span's runs and run the span, then run what is dirty: the whole pipeline, as a schedule would."""
    work = open_stores(folder)
    for span in spans:
        commit_world(work, [row for row in world if row["captured_at"] >= span.start and row["captured_at"] < span.end])
        spine.run(work, span)
    run_dirty(folder)


def at_once(*calls: tuple[Any, ...]) -> None:
    """Run the calls `(function, *arguments)` in one process each, all at once; each must succeed."""
    processes = [CONTEXT.Process(target=function, args=arguments) for function, *arguments in calls]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * len(processes)


def killed(delay: float, function: Any, *arguments: Any) -> bool:
    """Run the call in a process and kill it after `delay` seconds; return whether it was still at work."""
    process = CONTEXT.Process(target=function, args=arguments)
    process.start()
    process.join(delay)
    process.kill()
    process.join()
    assert process.exitcode in (0, -9)
    return process.exitcode == -9
