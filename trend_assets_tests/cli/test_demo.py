"""The demo: what it captures from the sandbox and computes, that it goes on by itself, and that it leaves nothing running."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from trend_assets.cli import dev_server
from trend_assets.lake.lake import Lake
from trend_assets.settings import DAGSTER_HOME, PREFIX, get_settings
from trend_assets_tests.cli.command import run
from trend_assets_tests.net.pages import needs_chromium
from trend_assets_tests.stores import dicts

HOURS = 4
SURFACES = {"tiktok:discover", "tiktok:trending_sounds", "tiktok:hashtag:marketing", "tiktok:hashtag:ai", "reddit:rising"}


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
def test_what_was_captured_became_buckets_of_both_platforms(demo: Path) -> None:
    buckets = dicts(Lake(demo / "lake"), "cluster_buckets")
    assert {surface.partition(":")[0] for row in buckets for surface in row["surfaces"]} == {"tiktok", "reddit"}
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
def test_the_pages_answer_and_ctrl_c_leaves_no_process(demo: Path, tmp_path: Path) -> None:
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
        children = Path(f"/proc/{started.pid}/task/{started.pid}/children").read_text().split()
        assert len(children) == 1
        assert set(automation(port).values()) == {"RUNNING"}
        started.send_signal(signal.SIGINT)
        assert started.wait(60) == 0
    finally:
        started.kill()
        started.wait()
    with pytest.raises(ProcessLookupError):
        os.killpg(int(children[0]), 0)
    dev_server.refuse_taken(port)
    assert output.read_text().endswith("Stopped.\n")


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
