"""The live surfaces as Dagster assets: which hours can be captured, what fails and how, and runs that meet or are killed."""

import multiprocessing as mp
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.context import SpawnProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
import pytest

from trend_assets.capture.assets import surface_key
from trend_assets.capture.live import Due, due_in, due_now, slot_of
from trend_assets.capture.live import capture as live_capture
from trend_assets.capture.runs import commit
from trend_assets.capture.surfaces import save_surfaces
from trend_assets.capture.visible import visible_items
from trend_assets.definitions import CAPTURE, build_defs
from trend_assets.hours import HOUR, Span, floor_hour
from trend_assets.lake.lake import Lake
from trend_assets.launch import run_job
from trend_assets.partitions import range_tags
from trend_assets.sandbox.server import Running
from trend_assets.trends import spine
from trend_assets_tests.capture import jobs
from trend_assets_tests.capture.live import (
    DISCOVER,
    RISING,
    SOUNDS,
    SURFACES,
    address,
    capture,
    capture_span,
    network_to,
    present,
)
from trend_assets_tests.net.pages import needs_chromium
from trend_assets_tests.net.processes import Process, descendants, running
from trend_assets_tests.sandbox.conftest import control, order
from trend_assets_tests.stores import dicts, open_stores

START = datetime(2026, 3, 1, 6, tzinfo=UTC).replace(tzinfo=None)
PATIENCE = 120
"""Seconds after which a test gives up; nothing is claimed about how long it takes."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for lake, ledger and state, in memory where that is possible."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None, prefix="trend-") as folder:
        yield Path(folder)


@pytest.fixture
def live(folder: Path, box: Running) -> dg.Definitions:
    control(box, "POST", "/time", json={"at": None})
    return jobs.real_time(folder, address(box))


def running_hour() -> Span:
    """Return the running hour, with some minutes of it left."""
    while present().minute >= 57:
        time.sleep(1)
    return Span.of(floor_hour(present()))


def rows(folder: Path) -> list[dict[str, Any]]:
    return sorted(dicts(Lake(folder / "lake"), "capture_runs"), key=lambda row: (row["slot"], row["surface"], row["attempt"]))


def test_where_time_is_simulated_past_hours_are_captured_and_a_repetition_changes_nothing(folder: Path, box: Running) -> None:
    definitions, span = build_defs(jobs.simulated(folder, address(box))), Span(START, START + 2 * HOUR)
    for _ in range(2):
        assert jobs.run(definitions, span, [RISING]) == ({RISING.asset_name}, "")
        made = rows(folder)
        assert [row["slot"] for row in made] == [START + timedelta(minutes=30 * step) for step in range(4)]
        assert {(row["status"], row["attempt"]) for row in made} == {("success", 0)}
        assert [row["hour"] for row in made] == [START, START, START + HOUR, START + HOUR]


def test_where_time_is_simulated_a_repetition_mends_what_failed(folder: Path, box: Running) -> None:
    definitions, span = build_defs(jobs.simulated(folder, address(box))), Span.of(START)
    order(box, "changed_shape", platform="reddit")
    assert jobs.run(definitions, span, [RISING])[0] == set()
    control(box, "DELETE", "/faults")
    assert jobs.run(definitions, span, [RISING]) == ({RISING.asset_name}, "")
    work = open_stores(folder)
    spine.run(work, span)
    assert [(row["status"], row["run_count"]) for row in dicts(work.lake, "coverage")] == [("good", 2)]


def test_the_running_hour_is_captured_as_often_as_asked(folder: Path, live: dg.Definitions) -> None:
    hour = running_hour()
    for attempts in (1, 2):
        assert jobs.run(live, hour, [RISING]) == ({RISING.asset_name}, "")
        made = rows(folder)
        assert len({row["run_id"] for row in made}) == len(made) == attempts
        assert {row["hour"] for row in made} == {hour.start}


def test_a_slot_of_a_day_counts_all_its_attempts(folder: Path, box: Running) -> None:
    """Of two runs of one slot in different hours, a run id with two times of capture would count in both."""
    daily = RISING.model_copy(update={"cadence_minutes": 1440, "requests_per_run": 3})
    save_surfaces(folder / "surfaces.yaml", [daily])
    hour = running_hour()
    slot = slot_of(daily, hour.start)
    with network_to(address(box), folder, simulated=False) as network:
        commit(open_stores(folder).lake, capture(network, [Due(daily, slot)], slot).values(), slot)
    control(box, "POST", "/time", json={"at": None})
    definitions = jobs.real_time(folder, address(box), surfaces=folder / "surfaces.yaml")
    assert jobs.run(definitions, hour, [daily])[1] == ""
    assert [(row["slot"], row["attempt"], row["hour"]) for row in rows(folder)] == [(slot, 0, slot), (slot, 1, hour.start)]


def test_a_past_hour_that_was_captured_is_done_and_one_that_was_not_is_a_failure_that_says_so(
    folder: Path, live: dg.Definitions, box: Running
) -> None:
    past = running_hour().start - 5 * HOUR
    with network_to(address(box), folder, simulated=False) as network:
        run = capture(network, due_now([RISING], past, {}), past + timedelta(minutes=1))[RISING.id]
    commit(open_stores(folder).lake, [run], past)
    assert jobs.run(live, Span.of(past), [RISING]) == ({RISING.asset_name}, "")
    done, told = jobs.run(live, Span(past - HOUR, past + HOUR), [RISING])
    assert done == set()
    assert told == (
        f"reddit:rising: nothing was captured in the hour {past - HOUR:%Y-%m-%dT%H:00}, and what is past cannot be captured. "
        "Coverage says that it is missing; choose later hours."
    )
    assert len(rows(folder)) == 1, "the past is not asked for"


def test_a_past_hour_in_which_nothing_was_due_is_done(folder: Path, live: dg.Definitions) -> None:
    odd = running_hour().start - 4 * HOUR
    odd -= HOUR * (1 - odd.hour % 2)
    assert jobs.run(live, Span.of(odd), [SURFACES["tiktok:hashtag:ai"]]) == ({"tiktok_hashtag_ai"}, "")
    assert rows(folder) == []


def test_what_follows_a_surface_of_which_nothing_was_due_is_computed(folder: Path, box: Running) -> None:
    odd, surface = Span.of(START + HOUR), SURFACES["tiktok:hashtag:ai"]
    definitions = build_defs(jobs.simulated(folder, address(box)))
    keys = [surface_key(surface), dg.AssetKey("coverage")]
    job = definitions.resolve_implicit_global_asset_job_def()
    done, told = jobs.outcome(job.execute_in_process(asset_selection=keys, tags=range_tags(odd), raise_on_error=False))
    assert (done, told) == ({surface.asset_name, "coverage"}, "")
    assert rows(folder) == []


@needs_chromium
def test_a_failed_surface_fails_the_asset_with_its_reason_and_the_others_are_there(folder: Path, box: Running) -> None:
    order(box, "server_error", path="/explore")
    definitions = build_defs(jobs.simulated(folder, address(box)))
    done, told = jobs.run(definitions, Span.of(START), [DISCOVER, SOUNDS])
    assert done == {SOUNDS.asset_name}
    assert told == "tiktok:discover: www.tiktok.com/explore failed (HTTP 500): try again later."
    assert {row["surface"]: row["status"] for row in rows(folder)} == {DISCOVER.id: "failed", SOUNDS.id: "success"}


def test_a_capture_that_crosses_the_hour_belongs_to_that_of_its_start(folder: Path, box: Running) -> None:
    started, ended = START + timedelta(minutes=59, seconds=58), START + timedelta(minutes=61)
    times = iter([started, ended])
    with network_to(address(box), folder, simulated=False) as network:
        (runs,) = live_capture(network, due_now([RISING], started, {}), lambda: next(times))
    work = open_stores(folder, ended + HOUR)
    commit(work.lake, runs, ended)
    (row,) = rows(folder)
    assert (row["hour"], row["captured_at"], row["ended_at"]) == (START, started, ended)
    assert row["slot"] == START + timedelta(minutes=30)
    spine.run(work, Span(START, START + 2 * HOUR))
    assert {row["hour"] for row in dicts(work.lake, "observations")} == {START}


def test_a_tick_that_starts_an_hour_late_fails_with_a_sentence_and_the_next_one_works(
    folder: Path, live: dg.Definitions
) -> None:
    hour = running_hour().start
    schedule, repository = live.resolve_schedule_def("capture_every_30_minutes"), live.get_repository_def()

    def tick(at: datetime) -> jobs.Outcome:
        context = dg.build_schedule_context(scheduled_execution_time=at.replace(tzinfo=UTC), repository_def=repository)
        requests = {request.tags["platform"]: request for request in schedule.evaluate_tick(context).run_requests or ()}
        return jobs.run_requested(live, requests["reddit"])

    done, told = tick(hour - timedelta(minutes=30))
    assert done == set()
    assert f"nothing was captured in the hour {hour - HOUR:%Y-%m-%dT%H:00}, and what is past cannot be captured" in told
    assert tick(hour) == ({RISING.asset_name}, "")
    assert [row["hour"] for row in rows(folder)] == [hour]


def test_the_time_of_a_page_is_not_trusted(folder: Path, live: dg.Definitions, box: Running) -> None:
    """A site whose clock is years ahead: its posts say so, the capture is ours."""
    control(box, "POST", "/time", json={"at": "2031-07-01T12:00:00Z"})
    hour = running_hour()
    assert jobs.run(live, hour, [RISING])[1] == ""
    work = open_stores(folder, hour.end)
    spine.run(work, hour)
    evidence = dicts(work.lake, "evidence")
    assert {row["item_created_at"].year for row in dicts(work.lake, "captures")} == {2031}
    assert evidence
    assert {row["hour"] for row in (*rows(folder), *evidence, *dicts(work.lake, "clusters"))} == {hour.start}


def test_two_runs_of_a_surface_at_once_are_two_attempts(folder: Path, box: Running) -> None:
    control(box, "POST", "/latency", json={"seconds": 0.5})
    hour, context = running_hour(), mp.get_context("spawn")
    together = context.Barrier(2)
    arguments = (folder, address(box), together, hour, [RISING.id])
    processes = [context.Process(target=jobs.in_a_process, args=arguments) for _ in range(2)]
    try:
        for process in processes:
            process.start()
        for process in processes:
            process.join(PATIENCE)
        assert [process.exitcode for process in processes] == [0, 0]
    finally:
        for process in processes:
            process.kill()
            process.join()
    first, second = rows(folder)
    assert first["run_id"] != second["run_id"]
    assert first["slot"] != second["slot"] or (first["attempt"], second["attempt"]) == (0, 1)
    assert max(row["captured_at"] for row in (first, second)) >= min(row["ended_at"] for row in (first, second))


def until(claim: Callable[[], Any], process: SpawnProcess) -> None:
    """Wait until something is true, as long as the process lives."""
    end = time.monotonic() + PATIENCE
    lives = True
    while not claim():
        assert time.monotonic() < end, "it never came true"
        assert lives, "it ended before it was killed"
        lives = process.is_alive()
        time.sleep(0.02)


def asked(box: Running) -> int:
    return len(control(box, "GET", "/requests")["requests"])


def paths(box: Running) -> set[str]:
    return {request["path"] for request in control(box, "GET", "/requests")["requests"]}


def commits(folder: Path, table: str) -> int:
    return len(list((folder / "lake" / table / "_delta_log").glob("*.json")))


KILLS: list[Callable[[Running, Path, dict[str, int]], bool]] = [
    lambda box, _, __: asked(box) > 0,
    lambda box, _, __: asked(box) > 3,
    lambda box, _, __: asked(box) > 5,
    lambda _, folder, before: commits(folder, "captures") > before["captures"],
    lambda _, folder, before: commits(folder, "capture_runs") > before["capture_runs"],
]
"""When a capture is killed: at its first request, while pages load and scroll, with the items, with the runs."""


@contextmanager
def capturing(folder: Path, box: Running, span: Span) -> Iterator[SpawnProcess]:
    """Capture the span slowly in a process of its own, which is ended with the block."""
    control(box, "DELETE", "/requests")
    control(box, "POST", "/latency", json={"seconds": 0.3})
    process = mp.get_context("spawn").Process(target=capture_span, args=(folder, address(box), span))
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()
        control(box, "POST", "/latency", json={"seconds": 0})


@needs_chromium
@pytest.mark.usefixtures("own_temporary_folder")
def test_killed_captures_are_made_again_with_nothing_twice_and_nobody_left(folder: Path, box: Running) -> None:
    span, started = Span(START, START + len(KILLS) * HOUR), list[Process]()
    open_stores(folder)
    for hour, comes in zip(span, KILLS, strict=True):
        before = {table: commits(folder, table) for table in ("captures", "capture_runs")}
        with capturing(folder, box, Span.of(hour)) as process:
            until(lambda comes=comes, before=before: comes(box, folder, before), process)  # type: ignore[misc]
            started += descendants(process.pid or 0)
            process.kill()
    wait_for_the_end_of(started)
    capture_span(folder, address(box), span)
    assert_whole(folder, span)


@needs_chromium
def test_a_run_of_dagster_that_is_killed_keeps_its_platform_from_nobody(folder: Path, box: Running) -> None:
    """It held the platform's pool; its process could not give that back."""
    settings, span = jobs.simulated(folder, address(box)), Span.of(START)
    control(box, "POST", "/latency", json={"seconds": 2})
    process = mp.get_context("spawn").Process(target=run_job, args=(settings, CAPTURE, span, print))
    process.start()
    try:
        until(lambda: "/r/marketing/rising.json" in paths(box), process)
    finally:
        process.kill()
        process.join()
    control(box, "POST", "/latency", json={"seconds": 0})
    again = run_job(settings, CAPTURE, span, lambda _: None)
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        ended = {run.run_id: run.status.value for run in instance.get_runs()}
    assert ended.pop(again) == "SUCCESS"
    assert list(ended.values()) == ["FAILURE"]
    assert_whole(folder, span)


@needs_chromium
@pytest.mark.usefixtures("own_temporary_folder")
def test_a_capture_whose_chromium_is_killed_goes_on_with_another(folder: Path, box: Running) -> None:
    span = Span(START, START + 2 * HOUR)
    with capturing(folder, box, span) as process:
        until(lambda: "/music" in paths(box), process)
        os.kill(browsers_of(process)[0], signal.SIGKILL)
        process.join(PATIENCE)
        assert process.exitcode == 0
    assert_whole(folder, span)


def browsers_of(process: SpawnProcess) -> list[int]:
    """Return the main processes of its Chromium."""
    return [one.pid for one in descendants(process.pid or 0) if "chrom" in one.name and "--type=" not in one.command]


@pytest.fixture
def own_temporary_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Chromium's profiles lie in a folder of the test: who is killed cannot tidy up. A long path keeps it from starting."""
    with tempfile.TemporaryDirectory(prefix="t", ignore_cleanup_errors=True) as folder:
        monkeypatch.setenv("TMPDIR", folder)
        yield


def wait_for_the_end_of(processes: list[Process]) -> None:
    end = time.monotonic() + PATIENCE
    while left := {(one.pid, one.name) for one in processes} & {(one.pid, one.name) for one in running()}:
        assert time.monotonic() < end, f"left behind: {left}"
        time.sleep(0.05)


def assert_whole(folder: Path, span: Span) -> None:
    """Check that every run of the span is there, a success, once, with all its items, none of them twice."""
    surfaces = list(SURFACES.values())
    with Lake(folder / "lake").snapshot() as snapshot:
        visible_items(snapshot, span)
        made = snapshot.rows(
            "SELECT surface, slot, attempt, concat(status, error_message) FROM visible_runs ORDER BY slot, surface"
        )
        twice = snapshot.rows("SELECT run_id FROM visible_items GROUP BY run_id, platform_item_id HAVING count(*) > 1")
        counts = snapshot.rows(
            "SELECT item_count, count(item.run_id) FROM visible_runs LEFT JOIN visible_items AS item USING (commit_id) "
            "GROUP BY commit_id, item_count"
        )
    assert made == [(due.surface.id, due.slot, 0, "success") for due in due_in(surfaces, span, span.end)]
    assert twice == []
    assert all(claimed == there > 0 for claimed, there in counts), counts
