"""Capture commits: whole or not at all, the last one counts, one time of capture per run."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from trend_assets.capture.runs import Committed, commit
from trend_assets.errors import PermanentError
from trend_assets.hours import Span
from trend_assets.lake.tables import CAPTURE_RUNS
from trend_assets.trends import spine
from trend_assets_tests.stores import LATER, capture_run, commit_world, dicts, open_stores, without_columns
from trend_assets_tests.worlds import START, random_world

WORLD = [run for run in random_world(random.Random(1), 4, surfaces=1, topics=4, recommits=0) if len(run["items"]) > 2]


def test_the_same_content_again_is_not_written(tmp_path: Path) -> None:
    work = open_stores(tmp_path)
    runs = [capture_run(row) for row in WORLD]
    first = commit(work.lake, runs, LATER)
    assert first == Committed(len(runs), sum(len(row["items"]) for row in WORLD), 0, 0)
    assert commit(work.lake, runs, LATER) == Committed(0, 0, 0, len(runs))
    assert len(dicts(work.lake, "capture_runs")) == len(runs)


def test_a_run_with_two_times_of_capture_is_refused(tmp_path: Path) -> None:
    work = open_stores(tmp_path)
    row = WORLD[0]
    with pytest.raises(PermanentError, match="another attempt"):
        commit_world(work, [row, row | {"captured_at": row["captured_at"] + timedelta(hours=1)}])
    assert dicts(work.lake, "captures") == []


def test_a_run_whose_time_moved_between_commits_counts_in_both_hours_and_ends(tmp_path: Path) -> None:
    """Two calls cannot know of each other: each hour still is a function of its own captures, and nothing stays dirty."""
    work = open_stores(tmp_path)
    row = WORLD[0]
    commit_world(work, [row])
    spine.run(work, Span.of(capture_run(row).hour))
    before = dicts(work.lake, "observations")
    commit_world(work, [row | {"captured_at": row["captured_at"] + timedelta(hours=2)}], LATER + timedelta(seconds=1))
    for number, _ in enumerate(spine.run_dirty(work)):
        assert number < 5, "it must end"
    hour = capture_run(row).hour
    assert [seen for seen in dicts(work.lake, "observations") if seen["hour"] == hour] == before


def test_items_without_their_run_row_do_not_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit was cut off before its last write; it is made again as if nothing had happened."""
    work = open_stores(tmp_path)
    append = type(work.lake).append

    def cut_off(lake: object, table: object, *arguments: object) -> None:
        if table is CAPTURE_RUNS:
            raise KeyboardInterrupt
        append(lake, table, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(type(work.lake), "append", cut_off)
        commit_world(work, WORLD)
    assert spine.dirty_hours(work) == {}
    spine.run(work, Span(START, START + timedelta(hours=4)))
    assert dicts(work.lake, "observations") == []
    commit_world(work, WORLD)
    for _ in spine.run_dirty(work):
        pass
    seen = {(row["run_id"], row["platform_item_id"]) for row in dicts(work.lake, "observations")}
    assert len(dicts(work.lake, "observations")) == len(seen) == sum(len(row["items"]) for row in WORLD)


@pytest.mark.parametrize("captured", [True, False], ids=["with runs", "empty"])
def test_a_lake_of_an_earlier_version_keeps_its_captures(captured: bool, tmp_path: Path) -> None:
    """What a later version says of a run is empty in the runs of earlier ones; the hours are computed as before."""
    work = open_stores(tmp_path)
    commit_world(work, WORLD[: 3 if captured else 0])
    before = dicts(work.lake, "capture_runs")
    added = ("item_digests", "profile")
    without_columns(work.lake, CAPTURE_RUNS, *added)

    later = open_stores(tmp_path)
    assert dicts(later.lake, "capture_runs") == [row | {name: [] for name in added} for row in before]
    commit_world(later, WORLD[3:], LATER + timedelta(seconds=1))
    assert len(dicts(later.lake, "capture_runs")) == (len(WORLD) if captured else len(WORLD[3:]))
    for _ in spine.run_dirty(later):
        pass
    assert {row["status"] for row in dicts(later.lake, "coverage")} >= {"good"}


def test_processes_that_open_a_lake_of_an_earlier_version_at_once_all_find_it_whole(tmp_path: Path) -> None:
    work = open_stores(tmp_path)
    commit_world(work, WORLD)
    before = dicts(work.lake, "capture_runs")
    without_columns(work.lake, CAPTURE_RUNS, "item_digests", "profile")
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: dicts(open_stores(tmp_path).lake, "capture_runs"), range(6)))
    assert found == [[row | {"item_digests": [], "profile": []} for row in before]] * 6
