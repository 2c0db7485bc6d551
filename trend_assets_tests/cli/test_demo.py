"""The demo: what it captures from the sandbox and computes, that it goes on by itself, and that it leaves nothing running."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from trend_assets.capture.items import Parsed
from trend_assets.capture.live import due_in
from trend_assets.capture.runs import CaptureRun, commit
from trend_assets.cli import dev_server
from trend_assets.cli.demo import first_hour, missing_hours
from trend_assets.hours import HOUR, Span, floor_hour
from trend_assets.lake.lake import Lake
from trend_assets.settings import DAGSTER_HOME, PREFIX, get_settings
from trend_assets_tests.capture.live import DISCOVER, RISING
from trend_assets_tests.cli.command import run
from trend_assets_tests.net.pages import needs_chromium
from trend_assets_tests.net.processes import descendants, running
from trend_assets_tests.stores import dicts, open_stores

HOURS = 4
SURFACES = {
    "tiktok:discover",
    "tiktok:trending_sounds",
    "tiktok:hashtag:marketing",
    "tiktok:hashtag:ai",
    "reddit:rising",
    "mastodon:trends",
    "bluesky:trending",
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the folder of a demo that was computed once; not to be written to."""
    folder = tmp_path_factory.mktemp("demo") / ".demo"
    before = dict(os.environ)
    for name in before:
        if name.startswith(PREFIX) or name == DAGSTER_HOME:
            del os.environ[name]
    try:
        result = run("demo", "--no-ui", "--hours", HOURS, "--folder", folder)
        assert result.exit_code == 0, result.stderr
        assert "candidates were found" in result.stdout
        yield folder
    finally:
        os.environ.clear()
        os.environ.update(before)
        get_settings.cache_clear()


@needs_chromium
def test_every_surface_delivered_in_every_hour_that_it_was_due(demo: Path) -> None:
    coverage = dicts(Lake(demo / "lake"), "coverage")
    assert {row["surface"] for row in coverage} == SURFACES
    last = max(row["hour"] for row in coverage)
    assert {row["status"] for row in coverage if row["hour"] < last} <= {"good", "not_due"}
    assert len({row["hour"] for row in coverage}) == HOURS + 1


@needs_chromium
def test_what_was_captured_became_buckets_of_every_platform(demo: Path) -> None:
    buckets = dicts(Lake(demo / "lake"), "cluster_buckets")
    platforms = {surface.partition(":")[0] for row in buckets for surface in row["surfaces"]}
    assert platforms == {surface.partition(":")[0] for surface in SURFACES}
    assert any(row["growth_views"] > 0 for row in buckets)


@needs_chromium
def test_a_second_start_captures_nothing_again(demo: Path) -> None:
    before = {row["run_id"] for row in dicts(Lake(demo / "lake"), "capture_runs")}
    result = run("demo", "--no-ui", "--hours", HOURS - 1, "--folder", demo)
    assert result.exit_code == 0
    runs = dicts(Lake(demo / "lake"), "capture_runs")
    hours = {row["hour"] for row in runs if row["run_id"] not in before}
    assert hours <= {max(row["hour"] for row in runs)}  # the hour may have turned meanwhile
    assert {row["run_id"] for row in runs} >= before


@needs_chromium
def test_a_start_after_an_interruption_captures_what_is_missing_and_no_more(demo: Path, tmp_path: Path) -> None:
    """Reddit's captures come before TikTok's: an hour counted as captured as soon as it had any."""
    folder = Path(shutil.copytree(demo, tmp_path / "copy"))
    lake, now = Lake(folder / "lake"), datetime.now(UTC).replace(tzinfo=None)
    first = min(row["hour"] for row in dicts(lake, "capture_runs")) + HOUR
    commit(lake, [CaptureRun(DISCOVER, first, first, first, "failed", Parsed(None), error_message="cut off")], now)
    result = run("demo", "--no-ui", "--hours", HOURS, "--folder", folder)
    assert f"Capturing the hours {Span.of(first)} in one run" in result.stdout
    (mended,) = [row for row in dicts(lake, "capture_runs") if row["committed_at"] > now and row["slot"] < floor_hour(now)]
    assert (mended["surface"], mended["slot"], mended["status"]) == (DISCOVER.id, first, "success")


def test_an_hour_is_missing_until_each_run_that_has_come_due_is_there(tmp_path: Path) -> None:
    start = datetime(2026, 3, 1, 6, tzinfo=UTC).replace(tzinfo=None)
    span, surfaces = Span(start, start + 4 * HOUR), [DISCOVER, RISING]
    work = open_stores(tmp_path, span.end - timedelta(minutes=40))
    statuses = {
        (due.surface.id, due.slot): "partial" for due in due_in(surfaces, span, work.as_of) if due.slot != start + HOUR
    } | {(RISING.id, start + HOUR): "success", (DISCOVER.id, start + 2 * HOUR): "failed"}
    by_id = {surface.id: surface for surface in surfaces}
    runs = [CaptureRun(by_id[name], slot, slot, slot, status, Parsed(None)) for (name, slot), status in statuses.items()]
    commit(work.lake, runs, work.as_of)
    assert missing_hours(work, surfaces, span) == [start + HOUR, start + 2 * HOUR]
    later = replace(work, as_of=span.end)
    assert missing_hours(later, surfaces, span) == [start + HOUR, start + 2 * HOUR, start + 3 * HOUR]


def test_a_start_that_was_killed_does_not_keep_the_next_one_from_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = datetime(2026, 3, 1, 6, tzinfo=UTC).replace(tzinfo=None)

    def killed(path: Path, *_: object, **__: object) -> None:
        path.touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "write_text", killed)
        first_hour(tmp_path, start)
    assert first_hour(tmp_path, start + HOUR) == start + HOUR
    assert first_hour(tmp_path, start + 2 * HOUR) == start + HOUR, "the first start decides"


@pytest.mark.parametrize("command", [("demo", "--no-ui", "--folder"), ("live", "--lake")])
def test_a_folder_that_is_at_work_is_refused(command: tuple[str, ...], tmp_path: Path) -> None:
    with dev_server.only_one(tmp_path):
        result = run(*command, tmp_path)
    assert result.exit_code == 2
    assert f"Another `trend-assets demo` or `trend-assets live` is at work in {tmp_path}" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["running.lock"]
    with dev_server.only_one(tmp_path):
        pass


def test_a_taken_port_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((dev_server.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("demo", "--port", port, "--folder", tmp_path / "demo")
    assert result.exit_code == 2
    assert f"Port {port} cannot be used" in result.stderr
    assert "--port" in result.stderr
    assert not (tmp_path / "demo").exists()


def test_a_child_that_ignores_ctrl_c_is_ended_with_its_own_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev_server, "STOP_SECONDS", ((signal.SIGINT, 0.5), (signal.SIGTERM, 0.5), (signal.SIGKILL, 10)))
    deaf = "import signal, time; signal.signal(2, signal.SIG_IGN); signal.signal(15, signal.SIG_IGN); "
    grandchild = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {deaf + 'time.sleep(60)'!r}]); "
    child = subprocess.Popen([sys.executable, "-c", grandchild + deaf + "time.sleep(60)"], start_new_session=True)
    time.sleep(1)
    dev_server.stop_group(child)
    with pytest.raises(ProcessLookupError):
        os.killpg(child.pid, 0)


@needs_chromium
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="the children of a process are read from /proc")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_the_pages_answer_and_neither_ctrl_c_nor_a_kill_leaves_a_process(
    end: signal.Signals, demo: Path, tmp_path: Path
) -> None:
    port, output = free_port(), tmp_path / "out.txt"
    command = [sys.executable, "-c", "from trend_assets.cli import app; app()", "demo"]
    with output.open("w") as stream:
        started = subprocess.Popen(
            [*command, "--folder", demo, "--port", str(port), "--hours", str(HOURS - 1)],
            stdout=stream,
            stderr=stream,
            cwd=tmp_path,
        )
    try:
        wait_for("Ctrl-C stops it", output, started)
        below = {(process.pid, process.name) for process in descendants(started.pid)}
        assert len(below) > 3, "the guard, Dagster, its pages, its daemon"
        assert set(automation(port).values()) == {"RUNNING"}
        started.send_signal(end)
        assert started.wait(60) == (0 if end is signal.SIGINT else -end)
    finally:
        started.kill()
        started.wait()
    deadline = time.monotonic() + (60 if end is signal.SIGKILL else 0)
    while left := below & {(process.pid, process.name) for process in running()}:
        assert time.monotonic() < deadline, f"left behind: {left}"
        time.sleep(0.3)
    dev_server.refuse_taken(port)
    assert output.read_text().endswith("Stopped.\n") == (end is signal.SIGINT)


def automation(port: int) -> dict[str, str]:
    """Return schedules and sensors with their status."""
    query = """{ repositoriesOrError { ... on RepositoryConnection { nodes {
        schedules { name scheduleState { status } } sensors { name sensorState { status } } } } } }"""
    answer = requests.post(f"http://{dev_server.HOST}:{port}/graphql", json={"query": query}, timeout=30).json()
    (node,) = answer["data"]["repositoriesOrError"]["nodes"]
    found = {each["name"]: each["scheduleState"]["status"] for each in node["schedules"]}
    return found | {each["name"]: each["sensorState"]["status"] for each in node["sensors"]}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((dev_server.HOST, 0))
        return int(probe.getsockname()[1])


def wait_for(text: str, output: Path, process: subprocess.Popen[bytes], seconds: int = 150) -> None:
    deadline = time.monotonic() + seconds
    while text not in output.read_text():
        assert process.poll() is None, output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.3)
