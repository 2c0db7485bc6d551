"""How much of what goes wrong is noticed in its hour, and how often something is noticed that is not wrong.

On recorded histories; docs/health.md publishes the numbers, and these tests are where they come from. Skipped where the
recordings are not beside the checkout.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from trend_assets.capture import health
from trend_assets.capture.items import Item
from trend_assets.capture.profile import COUNTERS
from trend_assets.capture.replay import archive_runs, archive_surfaces
from trend_assets.capture.runs import CaptureRun, commit
from trend_assets.hours import Span
from trend_assets.lake.tables import WINDOW_HOURS
from trend_assets_tests.capture.recordings import HISTORIES
from trend_assets_tests.stores import LATER, dicts, open_stores

PUBLISHED = Path(__file__).resolve().parents[2] / "docs" / "health.md"
EVERY = 4
"""Each fourth hour with captures goes wrong, in another way each time."""
WARM_UP = health.EARLIER_RUNS + 1
"""Earlier hours with captures within the window that judging needs: before that, there is no telling."""

ROW = r"\|[^|]*(\| \d+ of \d+ ){6}\|$"

Hour = tuple[CaptureRun, ...]
Sabotage = dict[int, tuple[str, Hour]]
"""What hours become, by their place, and what that is called."""


def empty(hour: Hour, _before: Hour) -> Hour:
    """The platform answers, with nothing in it."""
    return with_items(hour, lambda _: ())


def short(hour: Hour, _before: Hour) -> Hour:
    """The last three of ten items are missing."""
    return with_items(hour, lambda items: items[: len(items) - max(1, round(0.3 * len(items)))])


def stale(hour: Hour, before: Hour) -> Hour:
    """The platform answers what it answered before."""
    return with_items(hour, lambda _: before[-1].parsed.items)


def wrong_schema(hour: Hour, _before: Hour) -> Hour:
    """The platform has renamed everything but what items are recognized by."""
    gone: dict[str, Any] = dict.fromkeys((*COUNTERS, "author_id", "author_handle", "item_created_at"))
    return with_items(hour, lambda items: tuple(replace(item, **gone, raw=renamed(item.raw)) for item in items))


def renamed(raw: object) -> object:
    return {f"new_{key}": value for key, value in raw.items()} if isinstance(raw, dict) else raw


FAULTS = (empty, short, stale, wrong_schema)
COLUMNS = (*(fault.__name__ for fault in FAULTS), "lasting")


def with_items(hour: Hour, change: Callable[[tuple[Item, ...]], tuple[Item, ...]]) -> Hour:
    return tuple(replace(run, parsed=replace(run.parsed, items=change(run.parsed.items))) for run in hour)


def one_in_four(hours: Sequence[Hour]) -> Sabotage:
    """Let each fourth hour of a surface go wrong, in another way each time."""
    wrong = {}
    for index in range(0, len(hours), EVERY):
        since = hours[index][0].hour - timedelta(hours=WINDOW_HOURS)
        fault = FAULTS[index // EVERY % len(FAULTS)]
        if sum(old[0].hour > since for old in hours[:index]) >= WARM_UP and not (is_small(hours) and fault in (short, stale)):
            wrong[index] = (fault.__name__, fault(hours[index], hours[index - 1]))
    return wrong


def lasting(hours: Sequence[Hour]) -> Sabotage:
    """Let the last hours of a surface all be short: as many as a third of those within the window."""
    since = hours[-1][0].hour - timedelta(hours=WINDOW_HOURS)
    count = sum(hour[0].hour > since for hour in hours) // 3
    if is_small(hours) or len(hours) < count + WARM_UP:
        return {}
    return {index: ("lasting", short(hours[index], ())) for index in range(len(hours) - count, len(hours))}


def is_small(hours: Sequence[Hour]) -> bool:
    """Whether the surface's lists are too small to be judged by their length."""
    return median(len(run.parsed.items) for hour in hours for run in hour) < health.JUDGED_ITEMS


def statuses(folder: Path, runs: Sequence[CaptureRun], span: Span) -> dict[tuple[str, datetime], str]:
    """Return the coverage of the hours that have runs."""
    folder.mkdir()
    work = open_stores(folder)
    commit(work.lake, runs, LATER)
    health.STEP.run(work, span)
    return {(row["surface"], row["hour"]): row["status"] for row in dicts(work.lake, "coverage") if row["run_count"]}


@pytest.mark.parametrize("name", HISTORIES)
def test_what_goes_wrong_is_noticed_in_its_hour_and_nothing_else_is(name: str, shared_data: Path, tmp_path: Path) -> None:
    surfaces, all_hours = archive_surfaces(shared_data / name, *HISTORIES[name])
    span = Span.over(all_hours)
    runs = sorted(archive_runs(shared_data / name, surfaces, span), key=attrgetter("surface.id", "captured_at"))
    untouched = statuses(tmp_path / "untouched", runs, span)
    good = {
        (run.surface.id, run.hour) for run in runs if run.status == "success" and len(run.parsed.items) >= run.surface.min_items
    }
    alarms = sum(untouched[hour] != "good" for hour in good)

    noticed, of = Counter[str](), Counter[str]()
    for sabotage in (one_in_four, lasting):
        spoiled: list[CaptureRun] = []
        names: dict[tuple[str, datetime], str] = {}
        for surface, own in groupby(runs, key=attrgetter("surface.id")):
            hours = [tuple(hour) for _, hour in groupby(own, key=attrgetter("hour"))]
            wrong = sabotage(hours)
            spoiled += [run for index, hour in enumerate(hours) for run in wrong.get(index, ("", hour))[1]]
            names |= {(surface, hours[index][0].hour): fault for index, (fault, _) in wrong.items()}
        judged = statuses(tmp_path / sabotage.__name__, spoiled, span)
        of.update(fault for hour, fault in names.items() if hour in good)
        noticed.update(fault for hour, fault in names.items() if hour in good and judged[hour] != "good")

    figures = [f"{alarms} of {len(good)}", *(f"{noticed[fault]} of {of[fault]}" for fault in COLUMNS)]
    row = f"| {name.partition('.')[0]} | {' | '.join(figures)} |"
    assert row in PUBLISHED.read_text(encoding="utf-8").splitlines()


def test_what_is_published_is_what_was_asked_for() -> None:
    """At least 99 of 100 faults noticed in their hour, at most 1 of 100 good hours called otherwise."""
    cells = [line.split("|")[2:-1] for line in PUBLISHED.read_text(encoding="utf-8").splitlines() if re.match(ROW, line)]
    columns = [[[int(number) for number in cell.split(" of ")] for cell in column] for column in zip(*cells, strict=True)]
    alarms, *faults = [[sum(parts) for parts in zip(*column, strict=True)] for column in columns]
    assert len(cells) == len(HISTORIES)
    assert alarms[0] <= 0.01 * alarms[1]
    assert len(faults) == len(COLUMNS)
    assert all(noticed >= 0.99 * wrong for noticed, wrong in faults)
